import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as bounds from "../src/lecture/bounds/index.ts";
import { items } from "../src/lecture/items/index.ts";

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const c = { L: 2, mu: 0.5, sigma2: 3 };

describe("values by hand", () => {
  test("SGD under PL", () => {
    // (1 - 2 * 0.5 * 0.5)^2 * 8 + 2 * 3 * 0.5 / 2 = 2 + 1.5
    expect(bounds.sgdPlConstant(c, 0.5, 8, 2)).toBeCloseTo(3.5, 14);
    expect(bounds.sgdPlAnyStep(c, 0.5, 8, 2)).toBeCloseTo(3.5, 14);
    expect(bounds.sgdPlAnyStep(c, 2, 8, 0)).toBe(8);
    expect(bounds.sgdPlAnyStep(c, 2, 8, 5)).toBe(12);
    // a_0 = 1/(2 mu) = 1, a_1 = 3/(8 mu) = 3/4; 2 * 3 / (2 * 0.25 * 4) = 3
    expect([bounds.plStep(0.5, 0), bounds.plStep(0.5, 1)]).toEqual([1, 0.75]);
    expect(bounds.sgdPlDecreasing(c, 4)).toBe(3);
    // (1 - 0.25)^1 * 8 + 2 * 3 * 0.5 / (2 * 0.5) = 6 + 3
    expect(bounds.sgdPlVariance({ L: 2, mu: 0.5, variance: 3 }, 0.5, 8, 1)).toBe(9);
    // (1 - 0.05)^1 * 4 + 2 * 0.1 * 3 / 0.5 = 3.8 + 1.2
    expect(bounds.sgdStronglyConvex({ Lmax: 5, mu: 0.5, varianceAtSolution: 3 }, 0.1, 4, 1)).toBeCloseTo(
      5,
      14,
    );
  });

  test("SGD, convex and not", () => {
    // 4 / (2 * 0.5 * 10) + 0.5 * 3 / 2 = 0.4 + 0.75
    expect(bounds.sgdConvexConstant(3, 0.5, 4, 10)).toBeCloseTo(1.15, 14);
    const a = bounds.sgdConvexOptimalStep(3, 4, 12);
    expect(a).toBeCloseTo(1 / 3, 14);
    expect(bounds.sgdConvexConstant(3, a, 4, 12)).toBeCloseTo(1, 14);
    // one step a0 = 2: (4 + 3 * 4) / (2 * 2)
    expect(bounds.sgdConvexWeighted(3, [2], 4)).toBe(4);
    // (4 + 4 * 3 * 1) / (4 * 2 * (sqrt 2 - 1))
    expect(bounds.sgdConvexSqrt(3, 2, 4, 1)).toBeCloseTo(2 / (Math.SQRT2 - 1), 12);
    expect(bounds.sqrtStep(2, 3)).toBe(1);
    // (4/4 + 2 * 3) / 2
    expect(bounds.sgdConvexBoundedSet(3, 2, 4, 4)).toBe(3.5);
    // 4 / (0.5 * 8) + 2 * 3 * 0.5 / 2
    expect(bounds.sgdNonconvex(2, 3, 0.5, 4, 8)).toBe(2.5);
    // (4 + 2 * 3 * (0.25 + 1) / 2) / 1.5
    expect(bounds.sgdNonconvexWeighted(2, 3, [0.5, 1], 4)).toBeCloseTo(7.75 / 1.5, 14);
  });

  test("gradient descent and the descent lemma", () => {
    expect(bounds.gdPl(2, 0.5, 16, 2)).toBe(9);
    expect(bounds.gdPlStep(2, 0.5, 0.5, 16, 2)).toBe(9);
    expect(bounds.gdPlStep(2, 0.5, 1, 16, 2)).toBe(16);
    expect(bounds.gdConvex(2, 3, 6)).toBe(0.5);
    expect(bounds.gdConvexTight(2, 3, 1)).toBe(1);
    expect(bounds.gdStronglyConvexDistance(3, 1, 16, 2)).toBe(1);
    expect(bounds.gdNonconvex(2, 3, 6)).toBe(2);
    expect(bounds.acceleratedConvex(2, 4, 3)).toBe(1);
    // -0.5 (4 + 1) + 2 * 0.25 / 2 * (4 + 2 + 9)
    expect(bounds.descent(2, 0.5, 4, 9, 1)).toBe(1.25);
    expect(bounds.descentWithError(2, 0.5, 4, 9)).toBe(1.25);
    // 16 -> 0.75 * 16 + 4/4 = 13 -> 0.75 * 13 + 0
    expect(bounds.plWithErrors(2, 0.5, 16, [4, 0])).toEqual([16, 13, 9.75]);
    expect(bounds.batchError(6, 10, 2, true)).toBe(3);
    expect(bounds.batchError(6, 9, 3, false)).toBe(1.5);
    expect(bounds.batchError(6, 9, 9, false)).toBe(0);
  });

  test("linear recursions on quadratics", () => {
    // x' = 0.75 x - 0.5 xi: variance 3 * 0.25 / (1 - 0.5625)
    const plain = bounds.sgdStep(0.5, 0.5);
    expect(bounds.spectralRadius(plain)).toBe(0.75);
    expect(bounds.stationaryVariance(plain, 3)).toBeCloseTo(0.75 / 0.4375, 13);
    // The heavy ball's textbook value a s^2 (1 + b) / (l (1 - b) (2 (1 + b) - a l)), and no momentum is SGD.
    const [a, b, l] = [0.3, 0.6, 0.5];
    const ball = bounds.polyakStep(a, b, l);
    expect(bounds.stationaryVariance(ball, 2)).toBeCloseTo(
      (a * 2 * (1 + b)) / (l * (1 - b) * (2 * (1 + b) - a * l)),
      13,
    );
    expect(bounds.spectralRadius(ball)).toBeCloseTo(Math.sqrt(b), 13);
    for (const step of [bounds.polyakStep, bounds.nesterovStep])
      expect(bounds.stationaryVariance(step(0.5, 0, 0.5), 3)).toBeCloseTo(0.75 / 0.4375, 13);
    // Nesterov's critical momentum for a = 1/L: radius 1 - sqrt(mu/L) at mu.
    expect(bounds.spectralRadius(bounds.nesterovStep(1, 9 / 11, 0.01))).toBeCloseTo(0.9, 6);
    expect(() => bounds.stationaryVariance(bounds.sgdStep(3, 1), 1)).toThrow("the spectral radius is 2");
    // L/mu = 9: alpha = 1, so 1/(2 * 2 mu) and 1/4: Polyak's 4/(sqrt L + sqrt mu)^2 and (2/4)^2.
    expect(bounds.nagGsBestAlpha(9, 1)).toBe(1);
    expect(bounds.nagGsAsPolyak(1, 1, 1)).toEqual({ a: 0.25, beta: 0.25 });
    expect(bounds.spectralRadius(bounds.polyakStep(0.25, 0.25, 9))).toBeCloseTo(0.5, 6);
  });

  test("variance reduction and AdaGrad", () => {
    const f = { n: 10, Lmax: 3, mu: 0.9 };
    // min(1/40, 0.1) = 1/40; 4 + 20/9 * 1.8 = 8
    expect(bounds.saga(f, 4, 1.8, 1)).toBeCloseTo(7.8, 13);
    // 1/(0.9 * 0.1 * 0.4 * 100) + 0.6/0.4
    expect(bounds.svrgFactor(f, 0.1, 100)).toBeCloseTo(1 / 3.6 + 1.5, 13);
    // min(0.9/48, 1/80) = 1/80; 2 + 12/10 * 5 + 4.8/48 = 8.1
    expect(bounds.sag(f, 4.8, 5, 2, 1)).toBeCloseTo((8.1 * 79) / 80, 13);
    // 0.2 * 3/2 * (2 * 2)/3 * 5; (1 - 0.2 * 0.9)^8 * 4 + 0.4/0.9 * 2
    expect(bounds.shufflingRadius({ n: 4, Lmax: 3 }, 5, 0.2)).toBeCloseTo(2, 13);
    expect(bounds.shufflingRadius({ n: 1, Lmax: 3 }, 5, 0.2)).toBe(0);
    expect(bounds.reshuffling({ ...f, n: 4 }, 5, 0.2, 4, 2)).toBeCloseTo(0.82 ** 8 * 4 + 0.8 / 0.9, 13);
    expect(bounds.adagradRegret(2, 1, [1, 3])).toBe(12);
  });
});

describe("counter-examples: what the statements need and do not say", () => {
  // f = x^2/2, L = mu = 1, exact gradients, x0 = 1: sigma2 = sup |x|^2 = 1, D0 = 1/2.
  const exact = { L: 1, mu: 1, sigma2: 1 };

  test("PL, constant step above 1/(2 mu): the formula is negative, the error is not", () => {
    const a = 0.75;
    const error = (1 - a) ** 2 / 2;
    const formula = (1 - 2 * a) ** 1 * 0.5 + a / 4;
    expect(formula).toBeLessThan(0);
    expect(error).toBeGreaterThan(formula);
    expect(() => bounds.sgdPlConstant(exact, a, 0.5, 1)).toThrow("step size 0.75 is above 1/(2 mu) = 0.5");
    expect(error).toBeLessThanOrEqual(bounds.sgdPlAnyStep(exact, a, 0.5, 1));
  });

  test("PL, the variance at x* in place of the second moment where the method goes", () => {
    // f_i = c_i x^2 / 2 with c = 0.2 and 1.8: every f_i is minimal at 0, so the variance at x* is 0.
    const [a, mu] = [0.45, 1];
    const factor = ((1 - 0.2 * a) ** 2 + (1 - 1.8 * a) ** 2) / 2;
    const error = (k: number) => factor ** k / 2;
    expect(error(3)).toBeGreaterThan(bounds.sgdPlConstant({ L: 1, mu, sigma2: 0 }, a, 0.5, 3));
    // With the second moment over the points visited, E c_i^2 x^2 <= 1.64, it holds.
    for (const k of range(20)) {
      expect(error(k)).toBeLessThanOrEqual(bounds.sgdPlConstant({ L: 1, mu, sigma2: 1.64 }, a, 0.5, k));
    }
    // And so does the bound that needs the variance at x* only, with its smaller step.
    const small = 1 / 3.6;
    const slower = ((1 - 0.2 * small) ** 2 + (1 - 1.8 * small) ** 2) / 2;
    for (const k of range(20)) {
      const bound = bounds.sgdStronglyConvex({ Lmax: 1.8, mu, varianceAtSolution: 0 }, small, 1, k);
      expect(slower ** k).toBeLessThanOrEqual(bound + 1e-15);
    }
  });

  test("convex, the mean of x_1 ... x_k in place of x_0 ... x_{k-1}", () => {
    // x^2/2 from x* with gradients x + s, s = -1 or 1: second moment 1 at x_0.
    const a = 1.5;
    const meanOfLater = (a * a) / 2;
    expect(meanOfLater).toBeGreaterThan(bounds.sgdConvexConstant(1, a, 0, 1));
    expect(0).toBeLessThanOrEqual(bounds.sgdConvexConstant(1, a, 0, 1));
  });

  test("convex, a0/sqrt(k+1): log k or log(k+1) for the harmonic sum is too small, 1 + log k is not", () => {
    let harmonic = 0;
    for (let k = 1; k <= 1000; k++) {
      harmonic += 1 / k;
      expect(harmonic).toBeLessThanOrEqual(1 + Math.log(k));
      expect(harmonic).toBeGreaterThan(Math.log(k + 1));
      const steps = range(k).map((j) => bounds.sqrtStep(0.7, j));
      if (k % 50 === 1) {
        expect(bounds.sgdConvexSqrt(3, 0.7, 4, k)).toBeGreaterThanOrEqual(
          bounds.sgdConvexWeighted(3, steps, 4),
        );
      }
    }
  });

  test("descent with an error: false above 1/L", () => {
    // x^2/2 from 1 with e = 1 and a = 1.5: x+ = -2, f = 2; the formula allows 1/2 + 0.
    expect(2 - 0.5).toBeGreaterThan((1.5 / 2) * (1 - 1));
    expect(() => bounds.descentWithError(1, 1.5, 1, 1)).toThrow("above 1/L = 1");
    expect(2 - 0.5).toBeLessThanOrEqual(bounds.descent(1, 1.5, 1, 1, 1));
  });

  test("batches without replacement: (n-B)/n with V divided by n is too small", () => {
    const [n, g] = [4, [1, 2, 5, 10]];
    const mean = 4.5;
    const V = g.reduce((s, v) => s + (v - mean) ** 2, 0) / n;
    let total = 0;
    let pairs = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        total += (((g[i] as number) + (g[j] as number)) / 2 - mean) ** 2;
        pairs++;
      }
    }
    expect(total / pairs).toBeCloseTo(bounds.batchError(V, n, 2, false), 12);
    expect(total / pairs).toBeGreaterThan(((V / 2) * (n - 2)) / n + 0.1);
  });
});

test("docs/theory.md names every bound and only claims that there are", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/theory.md"), "utf8");
  for (const name of Object.keys(bounds)) expect(page).toContain(`\`${name}\``);
  const claims = [...page.matchAll(/\| ([a-z-]*) \|$/gm)]
    .map(([, id]) => id as string)
    .filter((id) => /[a-z]/.test(id));
  expect(claims.length).toBeGreaterThan(15);
  for (const id of claims) if (id !== "claim") expect([...items.keys()]).toContain(id);
});

test("arguments out of range are refused by name", () => {
  expect(() => bounds.sgdPlConstant({ ...c, mu: 0 }, 0.1, 1, 1)).toThrow(
    "sgdPlConstant: mu is 0; expected a number > 0",
  );
  expect(() => bounds.sgdConvexConstant(Number.NaN, 1, 1, 1)).toThrow("sigma2 is NaN");
  expect(() => bounds.sgdPlVariance({ L: 2, mu: 1, variance: 1 }, 0.6, 1, 1)).toThrow("above 1/L = 0.5");
  expect(() => bounds.sgdStronglyConvex({ Lmax: 2, mu: 1, varianceAtSolution: 1 }, 0.3, 1, 1)).toThrow(
    "1/(2 Lmax)",
  );
  expect(() => bounds.gdPlStep(2, 1, 1.1, 1, 1)).toThrow("above 2/L = 1");
  expect(() => bounds.svrgFactor({ n: 3, Lmax: 1, mu: 1 }, 0.5, 9)).toThrow("not below 1/(2 Lmax)");
  expect(() => bounds.reshuffling({ n: 3, Lmax: 2, mu: 1 }, 1, 0.6, 1, 1)).toThrow("above 1/Lmax = 0.5");
  expect(() => bounds.batchError(1, 3, 4, false)).toThrow("4 of 3 samples without replacement");
});
