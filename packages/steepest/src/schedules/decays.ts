import { numpy as np } from "@jax-js/jax";
import { pow } from "../elementary.ts";
import { num, type Schedule } from "../scalar.ts";
import { fromStep } from "./fromStep.ts";

// Schedules that fall by a formula in the step number t = 0, 1, 2, ...

/** initial / (1 + rate t): sums to infinity while its squares do not. Robbins, Monro, 1951. */
export const inverseTime = (initial: number, rate = 1): Schedule =>
  fromStep((t) => {
    const [first, slope] = [num(initial, t), num(rate, t)];
    return first.div(t.mul(slope).add(1));
  });

/** initial / sqrt(t + 1): for convex functions with bounded gradients. */
export const inverseSqrt = (initial: number): Schedule =>
  fromStep((t) => {
    const first = num(initial, t);
    return first.div(np.sqrt(t.add(1)));
  });

/** (2t + 1) / (2 mu (t + 1)^2): for mu-strongly convex functions; from it follows the rate 1/t. Gower et al., 2019. */
export const stronglyConvex = (mu: number): Schedule =>
  fromStep((t) => {
    const factor = num(1 / (2 * mu), t);
    return t.ref
      .mul(2)
      .add(1)
      .mul(factor)
      .div(np.square(t.add(1)));
  });

/** initial * factor^floor(t / every). */
export const stepDecay = (initial: number, every: number, factor: number): Schedule =>
  fromStep((t) => {
    const width = num(1 / every, t);
    // A hair more than t / every, so that rounding cannot put a boundary before its step.
    const stage = np.floor(t.add(num(0.5, width)).mul(width));
    return powerOf(initial, factor, stage);
  });

/** initial * factor^t. */
export const exponential = (initial: number, factor: number): Schedule =>
  fromStep((t) => powerOf(initial, factor, t));

/** initial * base^exponent. Consumes the exponent. */
function powerOf(initial: number, base: number, exponent: np.Array): np.Array {
  const first = num(initial, exponent);
  const result = pow(num(base, exponent), exponent).mul(first);
  exponent.dispose();
  return result;
}
