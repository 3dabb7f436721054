import { nonnegative, positive } from "./check.ts";

/** Gradient descent on L-smooth functions; step 1/L unless said otherwise. D0 = f(x_0) - f*, R2 = ||x_0 - x*||^2. */

/** PL: f(x_k) - f* <= (1 - mu/L)^k D0. Polyak (1963); Karimi, Nutini and Schmidt (2016), theorem 1. */
export function gdPl(L: number, mu: number, D0: number, k: number): number {
  positive("gdPl", { L, mu });
  nonnegative("gdPl", { D0, k });
  return (1 - mu / L) ** k * D0;
}

/**
 * PL with any step 0 <= a <= 2/L: f(x_k) - f* <= (1 - a mu (2 - a L))^k D0, by the descent lemma.
 *
 * @throws RangeError for a > 2/L, where gradient descent diverges on 1/2 L x^2.
 */
export function gdPlStep(L: number, mu: number, a: number, D0: number, k: number): number {
  positive("gdPlStep", { L, mu });
  nonnegative("gdPlStep", { a, D0, k });
  if (a * L > 2) throw new RangeError(`gdPlStep: step size ${a} is above 2/L = ${2 / L}`);
  return (1 - a * mu * (2 - a * L)) ** k * D0;
}

/** Convex: f(x_k) - f* <= L R2 / (2k), k >= 1. Nesterov (2004), in the form of Beck and Teboulle (2009), theorem 3.1. */
export function gdConvex(L: number, R2: number, k: number): number {
  positive("gdConvex", { L, k });
  nonnegative("gdConvex", { R2 });
  return (L * R2) / (2 * k);
}

/** Convex, the best possible constant: f(x_k) - f* <= L R2 / (4k + 2). Drori and Teboulle (2014), theorem 1. */
export function gdConvexTight(L: number, R2: number, k: number): number {
  positive("gdConvexTight", { L });
  nonnegative("gdConvexTight", { R2, k });
  return (L * R2) / (4 * k + 2);
}

/** Strongly convex, step 2/(L + mu): ||x_k - x*||^2 <= ((L - mu)/(L + mu))^(2k) R2. Nesterov (2004), theorem 2.1.15. */
export function gdStronglyConvexDistance(L: number, mu: number, R2: number, k: number): number {
  positive("gdStronglyConvexDistance", { L, mu });
  nonnegative("gdStronglyConvexDistance", { R2, k });
  return ((L - mu) / (L + mu)) ** (2 * k) * R2;
}

/** Not convex: the least ||grad f(x_j)||^2 over j < k is at most 2 L D0 / k. Nesterov (2004), section 1.2.3. */
export function gdNonconvex(L: number, D0: number, k: number): number {
  positive("gdNonconvex", { L, k });
  nonnegative("gdNonconvex", { D0 });
  return (2 * L * D0) / k;
}

/** Nesterov's accelerated method, convex: f(x_k) - f* <= 2 L R2 / (k+1)^2, k >= 1. Beck and Teboulle (2009), theorem 4.4. */
export function acceleratedConvex(L: number, R2: number, k: number): number {
  positive("acceleratedConvex", { L, k });
  nonnegative("acceleratedConvex", { R2 });
  return (2 * L * R2) / (k + 1) ** 2;
}
