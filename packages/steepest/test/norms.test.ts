import { numpy as np, random, tree } from "@jax-js/jax";
import fc from "fast-check";
import {
  type ArrayTree,
  applyUpdates,
  averageToLinf,
  columnNorm,
  frobenius,
  type GradientTransformation,
  l1,
  l1ToRms,
  l2,
  linf,
  lp,
  muon,
  type Norm,
  newtonSchulz,
  normalizedSteepestDescent,
  nuclear,
  productNorm,
  rescale,
  rms,
  rmsToLinf,
  rmsToRms,
  rowNorm,
  scion,
  sgd,
  signSgd,
  spectral,
  steepestDescent,
  viewedAs,
} from "steepest";
import { describe, expect, test } from "vitest";
import { array, difference, normals, randomArray, values } from "./support.ts";

const norms: Norm[] = [
  ...[l1, l2, frobenius, linf, lp(1.5), lp(3), spectral(), nuclear, columnNorm, rowNorm],
  ...[rmsToRms(), l1ToRms(), rmsToLinf(), averageToLinf(), rms()],
  rescale(l2, 3, "l2 / 3"),
  viewedAs(spectral(), ([a, b]) => [b as number, a as number]),
];

const inner = (x: np.Array, y: np.Array): number => x.ref.mul(y.ref).sum().item();
const item = (x: np.Array): number => x.item();

/** Seeds and small shapes: square, wide, tall, a single row or column. */
const matrices = fc.record({
  seed: fc.nat(),
  rows: fc.integer({ min: 1, max: 4 }),
  columns: fc.integer({ min: 1, max: 4 }),
});
const draw = (
  { seed, rows, columns }: { seed: number; rows: number; columns: number },
  count: number,
): np.Array[] => {
  const next = normals(seed);
  return Array.from({ length: count }, () => randomArray([rows, columns], next));
};

describe.each(norms)("$name", (norm) => {
  const runs = norm.name.startsWith("l1.5") || norm.name.startsWith("l3") ? 2 : 5;
  const holds = (property: (x: np.Array, y: np.Array) => void) =>
    fc.assert(
      fc.property(matrices, (m) => {
        const [x, y] = draw(m, 2) as [np.Array, np.Array];
        property(x, y);
      }),
      { numRuns: runs },
    );

  test("is a norm: homogeneous, and no sum is longer than its parts", () => {
    holds((x, y) => {
      expect(item(norm.norm(x.ref.mul(-2)))).toBeCloseTo(2 * item(norm.norm(x.ref)), 9);
      expect(item(norm.norm(x.ref.add(y.ref)))).toBeLessThanOrEqual(
        item(norm.norm(x)) + item(norm.norm(y)) + 1e-9,
      );
    });
  });

  test("Hoelder: <x, y> <= ||x|| ||y||_*", () => {
    holds((x, y) => {
      expect(inner(x, y)).toBeLessThanOrEqual(item(norm.norm(x)) * item(norm.dual(y)) + 1e-9);
    });
  });

  test("the oracle has norm one and attains minus the dual norm, whose dual is the norm again", () => {
    holds((x) => {
      const y = norm.lmo(x.ref);
      expect(item(norm.norm(y.ref))).toBeCloseTo(1, 7);
      expect(inner(x, y)).toBeCloseTo(-item(norm.dual(x.ref)), 7);
      // The norm is attained too: by the dual norm's dual pairing, ||y|| = <y, x'> for x' = -x / ||x||_*.
      const witness = x.mul(-1 / item(norm.dual(x.ref)));
      expect(item(norm.dual(witness.ref))).toBeCloseTo(1, 6);
      expect(inner(witness, y)).toBeCloseTo(1, 6);
    });
  });

  test("sharp is as long as the dual norm", () => {
    holds((x) => {
      const dual = item(norm.dual(x.ref));
      const up = norm.sharp(x.ref);
      expect(item(norm.norm(up.ref))).toBeCloseTo(dual, 6);
      expect(inner(x, up)).toBeCloseTo(dual * dual, 5);
    });
  });

  test("projection lands in the ball, is idempotent and nearest", () => {
    holds((x, y) => {
      const p = norm.project(x.ref, 0.7);
      expect(item(norm.norm(p.ref))).toBeLessThanOrEqual(0.7 + 1e-6);
      expect(difference(norm.project(p.ref, 0.7), p)).toBeLessThan(1e-6);
      // Variational inequality: no point z of the ball lies on x's side of p.
      const z = norm.lmo(y).mul(0.7);
      const gap = inner(x.ref.sub(p.ref), z.sub(p.ref));
      expect(gap).toBeLessThanOrEqual(1e-5);
      // A point inside stays.
      const small = x.mul(0.5 / item(norm.norm(x.ref)));
      expect(difference(norm.project(small.ref, 0.7), small)).toBeLessThan(1e-9);
    });
  });

  test("initial values lie on the sphere", () => {
    const x = norm.initialise(random.key(3), [3, 4], np.float64);
    expect(item(norm.norm(x.ref))).toBeCloseTo(1, 6);
    expect(x.shape).toEqual([3, 4]);
  });

  test("a zero array gives zeros, not NaN", () => {
    const zero = array([
      [0, 0],
      [0, 0],
    ]);
    const results = [norm.lmo(zero.ref), norm.sharp(zero.ref), norm.project(zero.ref), norm.norm(zero.ref)];
    expect(values(results).flat().map(Math.abs)).toEqual(Array(13).fill(0));
  });
});

test("lp refuses the ends", () => {
  expect(() => lp(1)).toThrow("use l1 and linf");
});

test("a product of norms takes the maximum, and its dual the sum", () => {
  const t = { a: array([3, 4]), b: array([[1, -2]]) };
  const product = productNorm({ a: l2, b: linf });
  expect(product.norm(tree.ref(t)).item()).toBe(5);
  expect(product.dual(tree.ref(t)).item()).toBe(8);
  expect(values(product.sharp(tree.ref(t)))).toEqual([
    [expect.closeTo(4.8, 12), expect.closeTo(6.4, 12)],
    [8, -8],
  ]);
  expect(() => productNorm({ a: l2 } as never).norm(t)).toThrow("parameter 'b' has no norm");
});

describe("optimizers that are steepest descent", () => {
  const same = (a: GradientTransformation, b: GradientTransformation, shape = [4, 3]) => {
    const next = normals(5);
    const start = randomArray(shape, next);
    let [x, y] = [start.ref, start] as [np.Array, np.Array];
    let [s, t] = [a.init(x.ref), b.init(y.ref)] as [ArrayTree, ArrayTree];
    for (let k = 0; k < 5; k++) {
      const g = randomArray(shape, next);
      const [u, s2] = a.update(g.ref, s, x.ref);
      const [v, t2] = b.update(g, t, y.ref);
      [s, t, x, y] = [s2, t2, applyUpdates(x, u), applyUpdates(y, v)];
      expect(difference(x, y)).toBeLessThan(1e-12);
    }
  };
  const learningRate = 0.1;
  test("gradient descent under l2", () =>
    same(sgd({ learningRate }), steepestDescent({ learningRate, norm: l2 })));
  test("sign descent under linf", () =>
    same(signSgd({ learningRate }), normalizedSteepestDescent({ learningRate, norm: linf })));
  test("Signum, with momentum", () =>
    same(
      signSgd({ learningRate, momentum: 0.9, weightDecay: 0.1 }),
      normalizedSteepestDescent({ learningRate, norm: linf, momentum: 0.9, weightDecay: 0.1 }),
    ));
  test("Muon under the spectral norm", () => {
    const norm = rescale(spectral(newtonSchulz()), ([r, c]) =>
      Math.sqrt(Math.max(1, (r as number) / (c as number))),
    );
    same(
      muon({ learningRate, weightDecay: 0.1 }),
      normalizedSteepestDescent({ learningRate, norm, momentum: 0.95, nesterov: true, weightDecay: 0.1 }),
    );
  });
  test("Scion under the RMS operator norm", () => {
    const norm = rmsToRms(newtonSchulz());
    const options = { learningRate, norm, momentum: 0.9, radius: 5 };
    same(
      scion({ learningRate, norm: "spectral", radius: 5, unconstrained: true }),
      normalizedSteepestDescent(options),
    );
    same(
      scion({ learningRate, norm: "spectral", radius: 5 }),
      normalizedSteepestDescent({ ...options, weightDecay: 1 }),
    );
  });
});
