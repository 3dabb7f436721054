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
 * The p-norm, 1 < p < infinity.
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
 * Projection onto a p-ball. The optimum satisfies y + s y^(p-1) = |x| for one s >= 0: bisection on s, and per entry on y.
 * No closed form exists; about 2000 elementwise operations, so this is for analysis rather than for training.
 */
function projectP(x: np.Array, radius: number, p: number): np.Array {
  const magnitude = np.abs(x.ref);
  const size = magnitude.size;
  const inside = np.lessEqual(pNorm(x.ref, p), num(radius, x));
  const entries = (s: np.Array): np.Array => {
    let [low, high] = [np.zerosLike(magnitude.ref), magnitude.ref];
    for (let k = 0; k < 45; k++) {
      const middle = low.ref.add(high.ref).mul(0.5);
      const value = middle.ref.add(power(middle.ref, p - 1).mul(s.ref));
      const tooLarge = np.greater(value, magnitude.ref);
      high = np.where(tooLarge.ref, middle.ref, high);
      low = np.where(tooLarge, low, middle);
    }
    s.dispose();
    low.dispose();
    return high;
  };
  // At least one entry keeps radius / size^(1/p), which bounds s from above.
  const least = radius * size ** (-1 / p);
  let low = num(0, x);
  let high = absoluteMax(x.ref).div(num(Math.min(least, radius) ** (p - 1), x));
  for (let k = 0; k < 45; k++) {
    const middle = low.ref.add(high.ref).mul(0.5);
    const tooLong = np.greater(pNorm(entries(middle.ref), p), num(radius, x));
    low = np.where(tooLong.ref, middle.ref, low);
    high = np.where(tooLong, high, middle);
  }
  low.dispose();
  const projected = sign(x.ref).mul(entries(high));
  magnitude.dispose();
  return np.where(inside, x, projected);
}
