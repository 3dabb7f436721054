import { numpy as np } from "@jax-js/jax";
import type { ArrayTree, TensorTree } from "@steepest/compile";

/** What the theorems need to know about a problem. Computed from the data, in double precision. */
export interface Constants {
  /** The smallest L with ||grad f(x) - grad f(y)|| <= L ||x - y||. */
  readonly L: number;
  /** The same for each f_i. */
  readonly Li: Float64Array;
  /** max L_i */
  readonly Lmax: number;
  /** The largest mu for which f - mu/2 ||x||^2 is convex on the whole space; 0: not strongly convex. */
  readonly mu: number;
  /** The largest mu with 1/2 ||grad f(x)||^2 >= mu (f(x) - f*) on the whole space; 0: no Polyak-Lojasiewicz constant. */
  readonly pl: number;
  readonly fStar: number;
  /** A minimizer; of several, that of smallest norm. */
  readonly xStar: Float64Array;
  /** mean ||grad f_i(x*)||^2: zero when one x minimizes every f_i. */
  readonly varianceAtSolution: number;
}

/**
 * f(x) = 1/n sum f_i(x). The loss is one jax-js function of a point and a batch of samples; gradients are jax-js's.
 * The plain functions beside it give the constants, and the tests hold the two together.
 */
export interface FiniteSum {
  /** Names the problem and its data: "ridge-logistic breast-cancer". */
  readonly name: string;
  readonly dimension: number;
  readonly samples: number;
  readonly convex: boolean;
  readonly constants: Constants;
  /** The mean of f_i(x) over the batch, a scalar. x: float64 [dimension]. */
  loss(x: np.Array, batch: ArrayTree): np.Array;
  /** The mean of ||grad f_i(x)||^2 over the batch, a scalar. */
  secondMoment(x: np.Array, batch: ArrayTree): np.Array;
  /** Samples as the batch of `loss`: every leaf has the leading axes `shape`, whose product is the number of indices. */
  batch(indices: ArrayLike<number>, shape: readonly number[]): TensorTree;
  /** All samples as one batch, features dense: the fastest form for f itself. */
  all(): TensorTree;
  /** f(x) in plain double precision. */
  value(x: Float64Array): number;
  /** grad f(x) in plain double precision. */
  gradient(x: Float64Array): Float64Array;
}

/**
 * A bound on mean ||grad f_i(x)||^2 over the whole ball ||x - x*||^2 <= radius2, by Minkowski's inequality:
 * (sqrt(v) + r sqrt(mean L_i^2))^2, where v is the variance at x*.
 */
export function secondMomentWithin({ Li, varianceAtSolution }: Constants, radius2: number): number {
  let square = 0;
  for (const l of Li) square += (l * l) / Li.length;
  return (Math.sqrt(varianceAtSolution) + Math.sqrt(radius2 * square)) ** 2;
}

/** A constant of the array's own dtype: in a traced program a bare number would be rounded to float32. */
export const constantLike = (x: np.Array, value: number): np.Array => np.array(value, { dtype: x.dtype });

/** The largest value; for arrays of any length, unlike Math.max(...). */
export const maximum = (values: ArrayLike<number>): number => {
  let largest = -Infinity;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, values[i] as number);
  return largest;
};
