import { numpy as np } from "@jax-js/jax";
import {
  bestOdd,
  classicQuintic,
  evaluate,
  exactPolar,
  expressPolynomials,
  kellerQuintic,
  newtonSchulz,
} from "steepest";
import { describe, expect, test } from "vitest";
import { array, difference, normals, randomArray } from "./support.ts";

const transpose = (x: np.Array) => np.matrixTranspose(x);

/** A matrix with given singular values, and its polar factor. */
function withSpectrum(rows: number, sigma: readonly number[], seed = 1) {
  const next = normals(seed);
  const n = sigma.length;
  const u = exactPolar()(randomArray([rows, n], next));
  const v = exactPolar()(randomArray([n, n], next));
  const x = np.matmul(u.ref.mul(array(sigma)), v.ref);
  return { x, factor: np.matmul(u, v) };
}
const geometric = (n: number, condition: number) =>
  Array.from({ length: n }, (_, i) => condition ** (-i / (n - 1)));

const orthogonality = (q: np.Array) => {
  const n = q.shape.at(-1) as number;
  return difference(np.matmul(transpose(q.ref), q), np.eye(n, n, { dtype: q.dtype }));
};

test("the published Polar Express list follows from its lower end and cushion", () => {
  const published = [
    [8.28721201814563, -23.595886519098837, 17.300387312530933],
    [4.107059111542203, -2.9478499167379106, 0.5448431082926601],
    [3.9486908534822946, -2.908902115962949, 0.5518191394370137],
    [3.3184196573706015, -2.488488024314874, 0.51004894012372],
    [2.300652019954817, -1.6689039845747493, 0.4188073119525673],
    [1.891301407787398, -1.2679958271945868, 0.37680408948524835],
    [1.8750014808534479, -1.2500016453999487, 0.3750001645474248],
    [1.875, -1.25, 0.375],
  ];
  const ours = expressPolynomials({ safety: 1 });
  for (const [i, row] of published.entries()) {
    const worst = Math.max(...row.map((c, k) => Math.abs(c - (ours[i]?.[k] as number))));
    expect(worst).toBeLessThan(i < 6 ? 2e-13 : 4.1e-9);
  }
});

test.each([3, 5])("the best polynomial of degree %i oscillates between extremes of one size", (degree) => {
  const [l, u] = [0.2, 1.1];
  const p = bestOdd(l, u, degree);
  const errors = Array.from({ length: 5001 }, (_, i) => 1 - evaluate(p, l + ((u - l) * i) / 5000));
  const worst = Math.max(...errors.map(Math.abs));
  const signs = errors.filter((e) => Math.abs(e) > worst * (1 - 1e-6)).map(Math.sign);
  const changes = signs.filter((s, i) => i > 0 && s !== signs[i - 1]).length;
  expect(changes).toBe((degree + 1) / 2);
  expect(() => bestOdd(0, 1, degree)).toThrow("needs 0 < l <= u");
});

describe("the exact polar factor", () => {
  test.each([1e2, 1e4, 1e6, 1e8])("in float64, condition %d", (condition) => {
    const { x, factor } = withSpectrum(12, geometric(8, condition));
    const q = exactPolar()(x);
    expect(orthogonality(q.ref)).toBeLessThan(1e-14);
    expect(difference(q, factor)).toBeLessThan(condition * 1e-16 + 1e-14);
  });
  test.each([1e2, 1e4, 1e6])("of a float32 matrix, condition %d", (condition) => {
    const rounded = withSpectrum(12, geometric(8, condition)).x.astype(np.float32);
    // Rounding the matrix moves its factor; what is computed must be the factor of the rounded matrix.
    const truth = exactPolar()(rounded.ref.astype(np.float64));
    const q = exactPolar()(rounded.ref);
    expect(q.dtype).toBe(np.float32);
    expect(orthogonality(q.ref)).toBeLessThan(1e-6);
    expect(difference(q.astype(np.float64), truth)).toBeLessThan(1e-7);
    // Without float64 the factor is still orthogonal.
    expect(orthogonality(exactPolar({ double: false })(rounded))).toBeLessThan(1e-5);
  });
  test("of wide, single and zero matrices, and of batches", () => {
    const wide = randomArray([2, 5], normals(1));
    expect(orthogonality(transpose(exactPolar()(wide.ref)))).toBeLessThan(1e-14);
    const row = exactPolar()(array([[3, 4]]));
    expect(row.js()).toEqual([[expect.closeTo(0.6, 14), expect.closeTo(0.8, 14)]]);
    expect(difference(exactPolar()(array([[0, 0]])), array([[0, 0]]))).toBe(0);
    const batch = exactPolar()(np.stack([wide.ref, wide.ref.mul(2)]));
    const alone = exactPolar()(wide);
    expect(difference(batch.slice(1), alone)).toBeLessThan(1e-14);
  });
});

describe("iterations", () => {
  test.each([
    ["Keller, 5 steps", Array(5).fill(kellerQuintic), 0.682, 1.134],
    ["Polar Express, 5 steps", expressPolynomials().slice(0, 5), 0.87, 1.124],
    ["Polar Express, 8 steps", expressPolynomials(), 1, 1],
    ["15/8, 8 steps", Array(8).fill(classicQuintic), 0.943, 1],
  ] as const)("%s: where singular values in [0.01, 1] go", (_, polynomials, least, greatest) => {
    const safety = polynomials[0] === kellerQuintic || polynomials[0] === classicQuintic ? 1 : 1.01;
    const ends = Array.from({ length: 20001 }, (_, i) =>
      polynomials.reduce((x, p) => evaluate(p, x), 0.01 ** (i / 20000) / safety),
    );
    expect(Math.min(...ends)).toBeCloseTo(least, 2);
    expect(Math.max(...ends)).toBeCloseTo(greatest, 2);
  });
  test("iterating on the Gram matrix gives the same", () => {
    const x = randomArray([20, 4], normals(2));
    for (const polynomials of [expressPolynomials({ steps: 5 }), Array(5).fill(classicQuintic)]) {
      const direct = newtonSchulz({ polynomials })(x.ref);
      const gram = newtonSchulz({ polynomials, gram: true })(x.ref);
      expect(difference(direct, gram)).toBeLessThan(1e-12);
    }
    expect(
      difference(
        newtonSchulz({ polynomials: [], gram: true, eps: 0 })(array([[3], [4]])),
        array([[0.6], [0.8]]),
      ),
    ).toBeLessThan(1e-15);
  });
  test("cubic polynomials run too", () => {
    const { x, factor } = withSpectrum(6, [1, 0.8, 0.5]);
    const polynomials = expressPolynomials({ degree: 3, steps: 14, lower: 0.05 });
    expect(difference(newtonSchulz({ polynomials })(x), factor)).toBeLessThan(1e-6);
  });
});
