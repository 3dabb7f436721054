import { nonnegative, positive } from "./check.ts";

/** Stochastic gradient descent on L-smooth functions under the Polyak-Lojasiewicz (PL) inequality. */

export interface PlConstants {
  /** f has L-Lipschitz gradients. */
  readonly L: number;
  /** The PL constant: 1/2 ||grad f(x)||^2 >= mu (f(x) - f*). */
  readonly mu: number;
  /** E||grad f_i(x)||^2 <= sigma2 at every point that the method visits. */
  readonly sigma2: number;
}

/**
 * E f(x_k) - f* <= (1 - 2 a mu)^k D0 + L sigma2 a / (4 mu), for step size a <= 1/(2 mu).
 * Karimi, Nutini and Schmidt (2016), theorem 4, second part.
 *
 * Two assumptions are easily overlooked. a <= 1/(2 mu): beyond it the powers of 1 - 2 a mu alternate in sign and the
 * formula can even be negative (`sgdPlAnyStep` is right for every a). And sigma2 bounds the second moment where the
 * iterates go, not the variance at x*: on the whole space no such number exists when f is strongly convex
 * (`sgdStronglyConvex` needs the variance at x* only).
 *
 * @throws RangeError for a > 1/(2 mu).
 */
export function sgdPlConstant({ L, mu, sigma2 }: PlConstants, a: number, D0: number, k: number): number {
  positive("sgdPlConstant", { L, mu });
  nonnegative("sgdPlConstant", { sigma2, a, D0, k });
  if (a * mu > 0.5) {
    throw new RangeError(`sgdPlConstant: step size ${a} is above 1/(2 mu) = ${0.5 / mu}; see sgdPlAnyStep`);
  }
  return (1 - 2 * a * mu) ** k * D0 + (L * sigma2 * a) / (4 * mu);
}

/**
 * The corrected form of `sgdPlConstant` for every step size: for a > 1/(2 mu) one step forgets all of D0, since
 * D_{k+1} <= (1 - 2 a mu) D_k + L sigma2 a^2 / 2 with a negative factor and D_k >= 0.
 */
export function sgdPlAnyStep(constants: PlConstants, a: number, D0: number, k: number): number {
  if (a * constants.mu <= 0.5) return sgdPlConstant(constants, a, D0, k);
  nonnegative("sgdPlAnyStep", { D0, k });
  return k === 0 ? D0 : (constants.L * constants.sigma2 * a * a) / 2;
}

/**
 * The step sizes of `sgdPlDecreasing`: a_k = (2k+1) / (2 mu (k+1)^2), k = 0, 1, ...
 * a_0 = 1/(2 mu), many times 1/L on ill-conditioned problems: the first steps may go far, and sigma2 must cover that.
 */
export function plStep(mu: number, k: number): number {
  return (2 * k + 1) / (2 * mu * (k + 1) ** 2);
}

/**
 * E f(x_k) - f* <= L sigma2 / (2 mu^2 k) with the steps of `plStep`, k >= 1.
 * Karimi, Nutini and Schmidt (2016), theorem 4, first part. D0 does not enter: 1 - 2 mu a_0 = 0.
 */
export function sgdPlDecreasing({ L, mu, sigma2 }: PlConstants, k: number): number {
  positive("sgdPlDecreasing", { L, mu, k });
  nonnegative("sgdPlDecreasing", { sigma2 });
  return (L * sigma2) / (2 * mu * mu * k);
}

/**
 * With the variance instead of the second moment, E||grad f_i(x) - grad f(x)||^2 <= variance, and a <= 1/L:
 * E f(x_k) - f* <= (1 - a mu)^k D0 + L variance a / (2 mu).
 * Bottou, Curtis and Nocedal (2018), theorem 4.6, for unbiased gradients with M_V = 0; it uses strong convexity only
 * through the PL inequality.
 *
 * @throws RangeError for a > 1/L.
 */
export function sgdPlVariance(
  { L, mu, variance }: { readonly L: number; readonly mu: number; readonly variance: number },
  a: number,
  D0: number,
  k: number,
): number {
  positive("sgdPlVariance", { L, mu });
  nonnegative("sgdPlVariance", { variance, a, D0, k });
  if (a * L > 1 + 1e-12) throw new RangeError(`sgdPlVariance: step size ${a} is above 1/L = ${1 / L}`);
  return (1 - a * mu) ** k * D0 + (L * variance * a) / (2 * mu);
}

/**
 * E||x_k - x*||^2 <= (1 - a mu)^k ||x_0 - x*||^2 + 2 a v / mu with v = mean ||grad f_i(x*)||^2, for convex f_i with
 * L_i <= Lmax, mu-strongly convex f and a <= 1/(2 Lmax). Gower et al. (2019), theorem 3.1 (uniform single-sample
 * sampling). It needs no bound on the gradients elsewhere.
 *
 * @throws RangeError for a > 1/(2 Lmax).
 */
export function sgdStronglyConvex(
  { Lmax, mu, varianceAtSolution }: { Lmax: number; mu: number; varianceAtSolution: number },
  a: number,
  squaredDistance: number,
  k: number,
): number {
  positive("sgdStronglyConvex", { Lmax, mu });
  nonnegative("sgdStronglyConvex", { varianceAtSolution, a, squaredDistance, k });
  if (a * Lmax > 0.5 + 1e-12) {
    throw new RangeError(`sgdStronglyConvex: step size ${a} is above 1/(2 Lmax) = ${0.5 / Lmax}`);
  }
  return (1 - a * mu) ** k * squaredDistance + (2 * a * varianceAtSolution) / mu;
}
