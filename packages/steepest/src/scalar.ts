import { numpy as np } from "@jax-js/jax";
import { type ArrayTree, floatTypeOf } from "./tree.ts";

/**
 * A real hyperparameter: a number, or a scalar array, which may change between steps without compiling anew. Arrays are
 * borrowed: the caller keeps them.
 */
export type Scalar = number | np.Array;

/** A hyperparameter that may also follow a schedule. */
export type ScalarOrSchedule = Scalar | Schedule;

/**
 * A value as a function of the number of completed steps. `count` is a scalar, int32 or already in the parameters'
 * floating type; so is the result's type (float32 for int32). Consumes `count`.
 */
export type Schedule = (count: np.Array) => np.Array;

// A plain number in an expression is rounded to float32 when the program is traced, so a hyperparameter becomes an
// array of the operand's type first. Numbers that float32 holds exactly (0, 1, 2, 0.5) need no such care.

/** A hyperparameter as a scalar of x's type. Borrows both. */
export const num = (value: Scalar, x: np.Array): np.Array => numOf(value, x.dtype);

/** A hyperparameter as a scalar of a type. */
export const numOf = (value: Scalar, dtype: np.DType): np.Array =>
  typeof value === "number" ? np.array(value, { dtype }) : value.ref.astype(dtype);

/** `1 - value` as a scalar of x's type; exact for numbers. */
export const oneMinus = (value: Scalar, x: np.Array): np.Array =>
  typeof value === "number" ? num(1 - value, x) : num(1, x).sub(num(value, x));

/** Exponential moving average: `decay m + (1 - decay) x`. Consumes m and x. */
export function ema(m: np.Array, x: np.Array, decay: Scalar): np.Array {
  const keep = num(decay, m);
  const take = oneMinus(decay, m);
  return m.mul(keep).add(x.mul(take));
}

/**
 * The moving average of a constant one that started at zero: `1 - decay^t`. Dividing an average by it removes the bias
 * of the zero start. It is kept as a running scalar, since a power loses half its digits in float32 at t = 1.
 */
export const emaOfOnes = (weight: np.Array, decay: Scalar): np.Array => {
  const one = num(1, weight);
  return ema(weight, one, decay);
};

/** A scalar zero in a tree's floating type. Borrows the tree. */
export const scalarZero = (t: ArrayTree, value = 0): np.Array => np.array(value, { dtype: floatTypeOf(t) });

/** The sign, in x's own type; NaN stays NaN. Consumes x. */
export function sign(x: np.Array): np.Array {
  const positive = np.greater(x.ref, 0);
  const negative = np.less(x.ref, 0);
  const one = num(1, x);
  return np.where(positive, one.ref, np.where(negative, one.mul(-1), x));
}

/** `count` as a float scalar: int32 becomes float32, floats stay. Consumes count. */
export const asFloat = (count: np.Array): np.Array =>
  count.dtype === np.float64 ? count : count.astype(np.float32);
