import { numpy as np } from "@jax-js/jax";
import { num, type Scalar } from "./scalar.ts";

/**
 * exp, log, pow and cos for scalars. jax-js computes them with float32 accuracy also for float64; these are accurate to
 * a few units in the last place of either type, and meant for schedules and bias corrections, not for large arrays.
 * Each consumes its array argument.
 */

/** e^x. */
export function exp(x: np.Array): np.Array {
  if (x.dtype !== np.float64) return np.exp(x);
  // Taylor's series of e^(x / 2^10), squared ten times. Squaring doubles the relative error, so e^y - 1 is carried
  // instead: (1 + r)^2 - 1 = r (2 + r) loses nothing for positive r.
  const negative = np.less(x.ref, 0);
  const y = np.abs(x.ref).mul(num(2 ** -10, x));
  x.dispose();
  let r = num(0, y);
  for (let k = 7; k >= 1; k--)
    r = r
      .add(1)
      .mul(y.ref)
      .mul(num(1 / k, y));
  y.dispose();
  for (let k = 0; k < 10; k++) r = r.ref.mul(r.add(2));
  const e = r.add(1);
  return np.where(negative, np.reciprocal(e.ref), e);
}

/** The natural logarithm of a positive x. */
export function log(x: np.Array): np.Array {
  if (x.dtype !== np.float64) return np.log(x);
  // One step of Halley's method from the float32 result: its error of 1e-7 is cubed.
  const start = np.log(x.ref);
  const e = exp(start.ref);
  const correction = x.ref.sub(e.ref).mul(2).div(x.add(e));
  return start.add(correction);
}

/** base^exponent for a positive base. Consumes the base, borrows the exponent. */
export function pow(base: np.Array, exponent: Scalar): np.Array {
  const p = num(exponent, base);
  return exp(log(base).mul(p));
}

/** The cosine for |x| up to about 10. */
export function cos(x: np.Array): np.Array {
  if (x.dtype !== np.float64) return np.cos(x);
  // Taylor's series of 1 - cos(x / 2^8), and eight doublings: 1 - cos 2y = 2 v (2 - v) with v = 1 - cos y.
  const y2 = np.square(x.mul(num(2 ** -8, x)));
  let v = num(0, y2);
  for (let k = 6; k >= 1; k--) {
    const next = y2.ref.mul(num(1 / (2 * k * (2 * k - 1)), y2));
    v = next.mul(num(1, y2).sub(v));
  }
  y2.dispose();
  for (let k = 0; k < 8; k++) v = v.ref.mul(2).mul(num(2, v).sub(v));
  return num(1, v).sub(v);
}
