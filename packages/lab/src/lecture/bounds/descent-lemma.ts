import { nonnegative, positive } from "./check.ts";

/**
 * One step with an error e in the gradient, x+ = x - a (grad f(x) + e), f L-smooth.
 * Squared norms are passed in: gradient2 = ||grad f(x)||^2, error2 = ||e||^2, product = grad f(x) . e.
 */

/** The descent lemma itself, for every a: f(x+) - f(x) <= -a ||g||^2 - a g.e + L a^2/2 ||g + e||^2. */
export function descent(L: number, a: number, gradient2: number, error2: number, product: number): number {
  positive("descent", { L });
  nonnegative("descent", { a, gradient2, error2 });
  return -a * (gradient2 + product) + ((L * a * a) / 2) * (gradient2 + 2 * product + error2);
}

/**
 * f(x+) - f(x) <= -a/2 ||grad f(x)||^2 + a/2 ||e||^2, for a <= 1/L; at a = 1/L it is Friedlander and Schmidt (2012),
 * section 2. For a > 1/L it is false: on x^2/2 from x = 1 with e = 1, a = 1.5 goes to f = 2, not below f = 1/2.
 *
 * @throws RangeError for a > 1/L; use `descent`.
 */
export function descentWithError(L: number, a: number, gradient2: number, error2: number): number {
  positive("descentWithError", { L });
  nonnegative("descentWithError", { a, gradient2, error2 });
  if (a * L > 1 + 1e-12) {
    throw new RangeError(
      `descentWithError: step size ${a} is above 1/L = ${1 / L}; the error's cross term does not cancel`,
    );
  }
  return (a / 2) * (error2 - gradient2);
}

/**
 * PL and steps 1/L with errors e_0, e_1, ...: D_k <= (1 - mu/L)^k D0 + 1/(2L) sum_j (1 - mu/L)^(k-1-j) ||e_j||^2.
 * Friedlander and Schmidt (2012), theorem 2.2.
 *
 * @returns the bound after 0, 1, ..., errors2.length steps.
 */
export function plWithErrors(L: number, mu: number, D0: number, errors2: readonly number[]): number[] {
  positive("plWithErrors", { L, mu });
  nonnegative("plWithErrors", { D0 });
  const bounds = [D0];
  for (const e2 of errors2) bounds.push((1 - mu / L) * (bounds.at(-1) as number) + e2 / (2 * L));
  return bounds;
}

/**
 * The mean square error of a batch gradient of B of n samples: V/B with replacement, V/B (n-B)/(n-1) without, where
 * V = mean ||grad f_i - grad f||^2 (divided by n). With (n-B)/n, as sometimes written, V must be divided by n-1: for
 * n = 2 and B = 1 the error is V, and V/2 would be wrong.
 *
 * @throws RangeError for a batch that is empty, or larger than n without replacement.
 */
export function batchError(variance: number, samples: number, batch: number, replacement: boolean): number {
  nonnegative("batchError", { variance });
  positive("batchError", { samples, batch });
  if (replacement) return variance / batch;
  if (batch > samples) {
    throw new RangeError(
      `batchError: ${batch} of ${samples} samples without replacement; expected at most ${samples}`,
    );
  }
  return samples === 1 ? 0 : (variance / batch) * ((samples - batch) / (samples - 1));
}
