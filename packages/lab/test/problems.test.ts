import { copyFileSync, existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { grad, type numpy as np, tree } from "@jax-js/jax";
import { type ArrayTree, compile, type Tensor, tensor } from "@steepest/compile";
import { describe, expect, test } from "vitest";
import {
  a9a,
  agaricus,
  boundedWell,
  breastCancer,
  breastCancerConvex,
  californiaHousing,
  denseRows,
  digitsLeastSquares,
  digitsParity,
  type FiniteSum,
  leastSquares,
  logisticRegression,
  quadratic,
  secondMomentWithin,
  sineParabola,
  sparseRows,
  toCsr,
  w8a,
} from "../src/problems/index.ts";
import { eigen } from "../src/problems/symmetric.ts";
import { randomStream } from "../src/random.ts";

const random = randomStream(3, "problems test");
const normals = (n: number) => Float64Array.from({ length: n }, () => random.normal());
const sum = (x: Float64Array) => x.reduce((a, b) => a + b, 0);
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** 12 samples in 4 dimensions; sample 5 has only zeros, sample 0 has a zero. */
const values = normals(48);
values.fill(0, 20, 24);
values[2] = 0;
const labels = range(12).map((i) => (i % 3 === 0 ? 1 : -1));
const dense = denseRows(values, 12, 4);
const sparse = sparseRows(toCsr(values, 4));
const noise = { samples: 12, variance: 0.5 };

const problems: FiniteSum[] = [
  leastSquares({ name: "least squares", rows: dense, targets: normals(12) }),
  leastSquares({ name: "ridge", rows: sparse, targets: normals(12), ridge: 0.3 }),
  logisticRegression({ name: "logistic", rows: dense, targets: labels }),
  logisticRegression({ name: "ridge-logistic", rows: dense, targets: labels, ridge: 0.2 }),
  logisticRegression({ name: "ridge-logistic, sparse", rows: sparse, targets: labels, ridge: 0.2 }),
  quadratic([0, 0.1, 1, 4], noise),
  sineParabola(4, noise),
  boundedWell([2, 2, 0.5, 1], noise),
];

for (const problem of problems) {
  describe(problem.name, () => {
    const { constants, samples: n } = problem;
    const point = normals(4);

    test("the jax-js loss, its gradient and the second moment agree with the plain functions", async () => {
      const all = problem.batch(range(n), [n]);
      const x = tensor(point, [4], "float64");
      const program = (p: np.Array, batch: ArrayTree) => [
        problem.loss(p.ref, tree.ref(batch)),
        grad(problem.loss as (x: np.Array, batch: ArrayTree) => np.Array)(p.ref, tree.ref(batch)),
        problem.secondMoment(p, batch),
      ];
      for (const executor of ["native", "wasm"] as const) {
        const compiled = await compile(program, [x, all], { executor });
        const [loss, gradient, second] = await compiled.run(x, all);
        expect(loss?.item()).toBeCloseTo(problem.value(point), 12);
        const plain = problem.gradient(point);
        range(4).forEach((j) => {
          expect(gradient?.data[j]).toBeCloseTo(plain[j] as number, 12);
        });
        // E||grad f_i||^2 = mean over single-sample batches of the squared gradient.
        const one = await compile(program, [x, problem.batch([0], [1])], { executor });
        let mean = 0;
        for (let i = 0; i < n; i++) {
          const [, g] = await one.run(x, problem.batch([i], [1]));
          mean += sum(Float64Array.from((g as Tensor).data, (v) => v * v)) / n;
        }
        expect(second?.item()).toBeCloseTo(mean, 10);
        await compiled.dispose();
        await one.dispose();
      }
    });

    test("the plain gradient is the derivative of the plain value", () => {
      const h = 1e-6;
      problem.gradient(point).forEach((g, j) => {
        const moved = (s: number) => problem.value(point.map((v, k) => (k === j ? v + s : v)));
        expect((moved(h) - moved(-h)) / (2 * h)).toBeCloseTo(g, 7);
      });
    });

    test("x* is stationary, f* its value, and no visited point violates a constant", () => {
      expect(Math.sqrt(sum(problem.gradient(constants.xStar).map((g) => g * g)))).toBeLessThan(1e-12);
      expect(problem.value(constants.xStar)).toBeCloseTo(constants.fStar, 12);
      for (let trial = 0; trial < 50; trial++) {
        const [x, y] = [normals(4), normals(4)].map((v) => v.map((t) => t * 3)) as [
          Float64Array,
          Float64Array,
        ];
        const [gx, gy] = [problem.gradient(x), problem.gradient(y)];
        const squared = (a: Float64Array, b: Float64Array) =>
          sum(a.map((v, j) => (v - (b[j] as number)) ** 2));
        expect(Math.sqrt(squared(gx, gy) / squared(x, y))).toBeLessThanOrEqual(constants.L * (1 + 1e-12));
        const gap = problem.value(x) - constants.fStar;
        expect(gap).toBeGreaterThanOrEqual(0);
        expect(0.5 * sum(gx.map((g) => g * g))).toBeGreaterThanOrEqual(constants.pl * gap * (1 - 1e-12));
        const product = sum(
          x.map((v, j) => (v - (y[j] as number)) * ((gx[j] as number) - (gy[j] as number))),
        );
        if (problem.convex)
          expect(product).toBeGreaterThanOrEqual(constants.mu * squared(x, y) * (1 - 1e-12));
      }
    });
  });
}

test("constants of two samples by hand", () => {
  // f = 1/4 ((x1 - 1)^2 + (2 x2)^2): Hessian diag(1/2, 2), L_i = 1 and 4, x* = (1, 0).
  const tiny = leastSquares({
    name: "tiny",
    rows: denseRows(Float64Array.of(1, 0, 0, 2), 2, 2),
    targets: [1, 0],
  });
  const { constants } = tiny;
  expect([constants.L, constants.mu, constants.pl, constants.Lmax]).toEqual([2, 0.5, 0.5, 4]);
  expect(Array.from(constants.Li)).toEqual([1, 4]);
  expect(Array.from(constants.xStar)).toEqual([1, 0]);
  expect(constants.varianceAtSolution).toBe(0);
  // Rank one: flat in one direction, so not strongly convex, but Polyak-Lojasiewicz with the curvature of the other.
  const flat = leastSquares({ name: "flat", rows: denseRows(Float64Array.of(3, 4), 1, 2), targets: [5] });
  expect(flat.constants.mu).toBe(0);
  expect(flat.constants.pl).toBeCloseTo(25, 12);
  expect(flat.constants.xStar[0]).toBeCloseTo(0.6, 12);
  expect(quadratic([1, 4], { samples: 9, variance: 0.7 }).constants.varianceAtSolution).toBeCloseTo(0.7, 12);
});

test("the second moment within a ball, by hand and at points of it", async () => {
  const f = leastSquares({ name: "two", rows: denseRows(Float64Array.of(1, 2), 2, 1), targets: [1, 1] });
  // x* = 3/5; g_i(x*) = -2/5 and 2/5, so v = 4/25; L_i = 1 and 4, so mean L_i^2 = 17/2.
  expect(secondMomentWithin(f.constants, 2)).toBeCloseTo((2 / 5 + Math.sqrt(17)) ** 2, 12);
  for (const r of [-1.4, -0.3, 0.9, 1.4]) {
    const x = 0.6 + r;
    const second = ((x - 1) ** 2 + (2 * (2 * x - 1)) ** 2) / 2;
    expect(second).toBeLessThanOrEqual(secondMomentWithin(f.constants, r * r));
  }
});

test("the PL constant of x^2 + 3 sin^2 x is larger than the published 1/32, and L is 8", () => {
  const { pl, L } = sineParabola(1, noise).constants;
  expect(pl).toBeCloseTo(0.17553098587973, 10);
  expect(L).toBe(8);
  const at = (t: number) => (2 * t + 3 * Math.sin(2 * t)) ** 2 / (2 * (t * t + 3 * Math.sin(t) ** 2));
  expect(range(40000).every((i) => at((i + 1) / 1000) >= pl - 1e-12)).toBe(true);
});

/** Recorded from scikit-learn 1.2.1 (LogisticRegression, newton-cg; Ridge, cholesky) and scipy (trust-exact, pinv). */
const recorded: [() => Promise<FiniteSum>, number, number[], number?][] = [
  [
    () => breastCancer(0.1),
    0.20448261373478824,
    [-0.26739861312, -0.23593858206, -0.26465423635],
    3.4204019205644802,
  ],
  [
    breastCancerConvex,
    0.404391559265398,
    [-1.3285303132775137, -1.7161537474037647, -0.8099430655151197],
    0.5207828805863088,
  ],
  [() => digitsParity(0.01), 0.3372468723372045, [0, -0.013663665033, -0.331057200271], 2.62382492173865],
  [() => digitsLeastSquares(0), 1.7053131392185314, [0, 1.5504537081716925, -0.06916435698208268]],
  [() => digitsLeastSquares(0.01), 1.9793859501452342, [0, -0.05443290421471353, 0.0018106128217019884]],
  [
    () => a9a(0.01),
    0.3727237468639261,
    [-0.6018342770275698, -0.311550375712318, 0.08054168426809126],
    1.5819196992226605,
  ],
];

test("f*, x* and L agree with scikit-learn and scipy to 1e-8", async () => {
  for (const [load, fStar, xStar, L] of recorded) {
    const { name, constants } = await load();
    expect(Math.abs(constants.fStar - fStar), name).toBeLessThan(1e-8);
    xStar.forEach((v, j) => {
      expect(Math.abs((constants.xStar[j] as number) - v), name).toBeLessThan(1e-8);
    });
    if (L !== undefined) expect(Math.abs(constants.L - L), name).toBeLessThan(1e-8);
  }
});

const tabular = join(import.meta.dirname, "../../../../shared/data/tabular");
/** The values of bench:optimum, by scipy 1.10.1. */
const optional = [
  ["w8a", "w8a.gz", "w8a/w8a.gz", w8a, 49749, 0.261373927957, 0.67119938],
  [
    "California housing",
    "california_housing.csv.gz",
    "california-housing/housing.csv.gz",
    californiaHousing,
    undefined,
    0.275546060482,
    3.9104025,
  ],
] as const;

// Skipped where the shared folder of data sets is absent.
test.skipIf(!existsSync(tabular)).each(optional)(
  "%s from a folder agrees with scipy",
  async (_, stored, path, make, count, fStar, L) => {
    const folder = mkdtempSync(join(tmpdir(), "steepest-problems-"));
    const load = () => (make === w8a ? w8a(0.01, count, folder) : californiaHousing(0.01, folder));
    await expect(load()).rejects.toThrow("is missing from");
    mkdirSync(join(folder, path, ".."), { recursive: true });
    copyFileSync(join(tabular, stored), join(folder, path));
    const { constants } = await load();
    expect(Math.abs(constants.fStar - fStar)).toBeLessThan(1e-8);
    expect(Math.abs(constants.L - L)).toBeLessThan(1e-7);
  },
);

test("agaricus can be separated: no minimizer without ridge", async () => {
  expect((await agaricus(0.01)).constants.fStar).toBeCloseTo(0.14270074369933, 10);
  const rows = denseRows(Float64Array.of(1, 2), 2, 1);
  const separable = () => logisticRegression({ name: "constant labels", rows, targets: [1, 1] }).constants;
  expect(separable).toThrow(/constant labels: Newton's method found no minimizer.*ridge > 0/);
  expect(logisticRegression({ name: "ridge", rows, targets: [1, 1], ridge: 0.1 }).constants.mu).toBe(0.1);
  await expect(async () => (await breastCancer(0)).constants.fStar).rejects.toThrow(/no minimizer/);
});

test("damaged input is refused with its place", async () => {
  await expect(a9a(0.1, 40000)).rejects.toThrow("a9a: 40000 rows; expected 1 to 32561");
  expect(() => boundedWell([1, 0], noise)).toThrow("curvatures [1, 0] must be positive");
  const nan = Float64Array.of(1, 2, Number.NaN, 4);
  expect(() => denseRows(nan, 2, 2)).toThrow(
    "features: row 1, column 0 is NaN; every feature must be a finite number",
  );
  expect(() => sparseRows(toCsr(nan, 2))).toThrow("row 1, column 0 is NaN");
  const csr = (starts: number[], indices: number[]) =>
    sparseRows({
      columns: 3,
      starts: Uint32Array.from(starts),
      indices: Uint32Array.from(indices),
      values: Float64Array.from(indices, () => 1),
    });
  expect(csr([0, 0, 2], [0, 2]).count).toBe(2);
  expect(() => csr([1, 2], [0, 2])).toThrow(
    "starts from 1 to 2, 2 indices and 2 values; the first start must be 0",
  );
  expect(() => csr([0, 1], [0, 2])).toThrow("starts from 0 to 1, 2 indices");
  expect(() => csr([0, 2, 1, 2], [0, 2])).toThrow("row 1 ends at 1, before its start 2");
  expect(() => csr([0, 2], [0, 3])).toThrow("row 0 has column 3 of 3");
  expect(() => csr([0, 2], [2, 2])).toThrow("row 0 has column 2 after 2; the columns of a row must increase");
  expect(() => denseRows(new Float64Array(0), 0, 3)).toThrow("0 values do not fill 0 rows of 3 columns");
  const nothing = leastSquares({
    name: "zeros",
    rows: denseRows(new Float64Array(4), 2, 2),
    targets: [1, 3],
  });
  expect(nothing.constants).toMatchObject({ L: 0, mu: 0, pl: 0, fStar: 2.5, varianceAtSolution: 0 });
  expect(() => denseRows(nan, 3, 2)).toThrow("4 values do not fill 3 rows of 2 columns");
  expect(() => leastSquares({ name: "f", rows: dense, targets: [1] })).toThrow("f: 1 targets for 12 rows");
  expect(() =>
    logisticRegression({ name: "f", rows: dense, targets: labels.map((y) => (y + 1) / 2) }),
  ).toThrow("f: label 1 is 0; labels must be -1 or +1");
  expect(() => leastSquares({ name: "f", rows: dense, targets: normals(12).fill(Number.NaN) })).toThrow(
    "f: target 0 is NaN",
  );
  expect(() => quadratic([0, 0], noise)).toThrow("must be nonnegative with a positive entry");
});

test("eigenvalues and vectors of a known matrix, and of a random one", () => {
  const { values: pair } = eigen(Float64Array.of(2, 1, 1, 2), 2);
  expect(pair[0]).toBeCloseTo(1, 14);
  expect(pair[1]).toBeCloseTo(3, 14);
  const b = normals(36);
  const a = b.map((_, at) => (b[at] as number) + (b[(at % 6) * 6 + Math.floor(at / 6)] as number));
  const { values: w, vectors: v } = eigen(a, 6);
  range(6).forEach((j) => {
    range(6).forEach((i) => {
      const av = sum(Float64Array.from(range(6), (k) => (a[i * 6 + k] as number) * (v[k * 6 + j] as number)));
      expect(av).toBeCloseTo((w[j] as number) * (v[i * 6 + j] as number), 10);
    });
  });
});
