import { numpy as np } from "@jax-js/jax";
import { pow } from "../elementary.ts";
import { num, sign } from "../scalar.ts";
import { makeNorm, type Norm } from "./norm.ts";
import { projectSimplex } from "./simplex.ts";

// Norms of an array taken as one long vector, whatever its shape.

const euclidean = (x: np.Array): np.Array => np.sqrt(np.square(x).sum());
const absoluteSum = (x: np.Array): np.Array => np.abs(x).sum();
const absoluteMax = (x: np.Array): np.Array => np.max(np.abs(x));

/** a / b with 0 where b is zero. Consumes both. */
const ratio = (a: np.Array, b: np.Array): np.Array => {
  const zero = np.equal(b.ref, 0);
  return np.where(zero.ref, num(0, a), a.div(np.where(zero, num(1, b), b)));
};

/** Scales down to a radius along the ray. */
const shrinkTo = (x: np.Array, norm: np.Array, radius: number): np.Array => {
  const r = num(radius, x);
  return x.mul(np.minimum(num(1, norm), ratio(r, norm)));
};

/** The Euclidean norm; of a matrix, the Frobenius norm. Its steepest descent is gradient descent. */
export const l2: Norm = makeNorm({
  name: "l2",
  norm: euclidean,
  dual: euclidean,
  lmo: (x) => ratio(x.ref.mul(-1), euclidean(x)),
  project(x, radius = 1) {
    const norm = euclidean(x.ref);
    return np.where(np.greater(norm.ref, radius), shrinkTo(x.ref, norm, radius), x);
  },
});

/** Another name of `l2`, for matrices. */
export const frobenius: Norm = { ...l2, name: "frobenius" };

/** The maximum norm. Its steepest descent is sign descent. */
export const linf: Norm = makeNorm({
  name: "linf",
  norm: absoluteMax,
  dual: absoluteSum,
  lmo: (x) => sign(x).mul(-1),
  project(x, radius = 1) {
    const r = num(radius, x);
    return np.minimum(np.maximum(x, r.ref.mul(-1)), r);
  },
});

/** The sum of absolute values. Its steepest descent moves one coordinate, the one of largest gradient. */
export const l1: Norm = makeNorm({
  name: "l1",
  norm: absoluteSum,
  dual: absoluteMax,
  lmo(x) {
    const shape = [...x.shape];
    const flat = x.reshape([-1]);
    const largest = np.argmax(np.abs(flat.ref), 0);
    const chosen = np.equal(np.arange(flat.size), largest);
    return np.where(chosen, sign(flat.ref).mul(-1), np.zerosLike(flat)).reshape(shape);
  },
  project(x, radius = 1) {
    const shape = [...x.shape];
    const magnitude = projectSimplex(np.abs(x.ref).reshape([-1]), radius);
    return sign(x).mul(magnitude.reshape(shape));
  },
});

/** |x|^p for p > 0, also at zero. */
function power(x: np.Array, p: number): np.Array {
  const zero = np.equal(x.ref, 0);
  const base = np.where(zero.ref, num(1, x), np.abs(x));
  const result = pow(base, p);
  return np.where(zero, num(0, result), result);
}

/** The sum of |x|^p, to the power 1/p. Scaled by the largest entry, so that nothing overflows. */
const pNorm = (x: np.Array, p: number): np.Array => {
  const top = absoluteMax(x.ref);
  return power(power(ratio(x, top.ref), p).sum(), 1 / p).mul(top);
};

/**
 * The p-norm, 1 < p < infinity. Its projection runs on the host, so it cannot be compiled.
 *
 * @throws RangeError for other p; 1 and infinity are `l1` and `linf`.
 */
export function lp(p: number): Norm {
  if (!(p > 1 && p < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`lp: p must lie between 1 and infinity, got ${p}; for the ends use l1 and linf`);
  }
  const q = p / (p - 1);
  return makeNorm({
    name: `l${p}`,
    norm: (x) => pNorm(x, p),
    dual: (x) => pNorm(x, q),
    lmo(x) {
      const unit = ratio(x.ref, pNorm(x.ref, q));
      return sign(x)
        .mul(power(unit, q - 1))
        .mul(-1);
    },
    project: (x, radius = 1) => projectP(x, radius, p),
  });
}

/**
 * Projection onto a p-ball: y + c y^(p-1) = |x| in every entry, for the one c >= 0 that puts y on the sphere. There is no
 * closed form, so two nested bisections run on the host: not inside a compiled program.
 */
function projectP(x: np.Array, radius: number, p: number): np.Array {
  const [shape, dtype] = [[...x.shape], x.dtype];
  const entries = Array.from(x.dataSync() as ArrayLike<number>);
  const lengthOf = (y: readonly number[]) => y.reduce((sum, v) => sum + Math.abs(v) ** p, 0) ** (1 / p);
  const shrink = (c: number) =>
    entries.map((v) => Math.sign(v) * bisect(0, Math.abs(v), (y) => y + c * y ** (p - 1) > Math.abs(v)));
  // At c = high every entry is so small that the whole is inside.
  const least = radius * entries.length ** (-1 / p);
  const high = Math.max(...entries.map(Math.abs)) / least ** (p - 1);
  const inside = lengthOf(entries) <= radius;
  const y = inside ? entries : shrink(bisect(0, high, (c) => lengthOf(shrink(c)) <= radius));
  return np.array(y, { dtype }).reshape(shape);
}

/** Where a condition that is false at `low` becomes true. */
function bisect(low: number, high: number, isPast: (x: number) => boolean): number {
  let [from, to] = [low, high];
  for (let k = 0; k < 60; k++) {
    const middle = (from + to) / 2;
    if (isPast(middle)) to = middle;
    else from = middle;
  }
  return to;
}
