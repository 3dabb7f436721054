import { nonnegative, positive } from "./check.ts";
import type { FiniteSumConstants } from "./variance-reduction.ts";

/**
 * The shuffling radius: how far, in f, the steps of one epoch lead away from x* even when every gradient is the one at
 * x*. Mishchenko, Khaled and Richtarik (2020), definition 2, at most a Lmax/2 i(n-i)/(n-1) v for the worst place i of
 * an epoch, where v = mean ||grad f_i(x*)||^2. Their proposition 1 goes on to i(n-i)/(n-1) <= n/2; the maximum itself,
 * about n/4 for large n, halves the bound.
 */
export function shufflingRadius(
  { n, Lmax }: Pick<FiniteSumConstants, "n" | "Lmax">,
  varianceAtSolution: number,
  a: number,
): number {
  positive("shufflingRadius", { n, Lmax });
  nonnegative("shufflingRadius", { varianceAtSolution, a });
  if (n === 1) return 0;
  const worst = (Math.floor(n / 2) * Math.ceil(n / 2)) / (n - 1);
  return ((a * Lmax) / 2) * worst * varianceAtSolution;
}

/**
 * SGD through a random order of all samples, a new one every epoch (random reshuffling) or always the same (shuffle
 * once), a <= 1/Lmax: E||x - x*||^2 <= (1 - a mu)^(nT) ||x_0 - x*||^2 + 2 a / mu `shufflingRadius` after T epochs.
 * Mishchenko, Khaled and Richtarik (2020), theorem 1, which asks every f_i to be mu-strongly convex, not f alone. The
 * neighbourhood is O(a^2); with replacement it is O(a) (`sgdStronglyConvex`).
 *
 * @throws RangeError for a > 1/Lmax.
 */
export function reshuffling(
  constants: FiniteSumConstants,
  varianceAtSolution: number,
  a: number,
  squaredDistance: number,
  epochs: number,
): number {
  const { n, Lmax, mu } = constants;
  positive("reshuffling", { n, Lmax, mu });
  nonnegative("reshuffling", { varianceAtSolution, a, squaredDistance, epochs });
  if (a * Lmax > 1 + 1e-12) throw new RangeError(`reshuffling: step size ${a} is above 1/Lmax = ${1 / Lmax}`);
  const radius = shufflingRadius(constants, varianceAtSolution, a);
  return (1 - a * mu) ** (n * epochs) * squaredDistance + ((2 * a) / mu) * radius;
}
