import { nonnegative, positive } from "./check.ts";

/**
 * Stochastic (sub)gradient descent on convex functions. R2 is ||x_0 - x*||^2 and sigma2 bounds E||grad f_i(x)||^2 at
 * every point visited. All follow from ||x_{k+1} - x*||^2 = ||x_k - x*||^2 - 2 a_k g_k.(x_k - x*) + a_k^2 ||g_k||^2
 * (Nemirovski, Juditsky, Lan and Shapiro, 2009, section 2.2), summed over x_0 ... x_{k-1}.
 */

/**
 * E f(mean of x_0 ... x_{k-1}) - f* <= R2 / (2 a k) + a sigma2 / 2, for every a > 0.
 * The average must be of the points at which gradients were taken. For the mean of x_1 ... x_k the statement is false
 * when a > 1/L: from x_0 = x* one step of size a on x^2/2 with gradient noise s^2 ends at a^2 s^2 / 2.
 */
export function sgdConvexConstant(sigma2: number, a: number, R2: number, k: number): number {
  positive("sgdConvexConstant", { a, k });
  nonnegative("sgdConvexConstant", { sigma2, R2 });
  return R2 / (2 * a * k) + (a * sigma2) / 2;
}

/** The step size that minimizes `sgdConvexConstant` for a known number of steps, sqrt(R2 / (sigma2 k)); the bound is then sqrt(R2 sigma2 / k). */
export function sgdConvexOptimalStep(sigma2: number, R2: number, k: number): number {
  positive("sgdConvexOptimalStep", { sigma2, k });
  nonnegative("sgdConvexOptimalStep", { R2 });
  return Math.sqrt(R2 / (sigma2 * k));
}

/** a_k = a0 / sqrt(k+1). */
export const sqrtStep = (a0: number, k: number): number => a0 / Math.sqrt(k + 1);

/**
 * For any steps: E f(xbar) - f* <= (R2 + sigma2 sum a_j^2) / (2 sum a_j), where xbar = sum a_j x_j / sum a_j, j < k.
 */
export function sgdConvexWeighted(sigma2: number, steps: readonly number[], R2: number): number {
  nonnegative("sgdConvexWeighted", { sigma2, R2 });
  const [sum, squares] = sums(steps);
  positive("sgdConvexWeighted", { "the sum of the steps": sum });
  return (R2 + sigma2 * squares) / (2 * sum);
}

/**
 * `sgdConvexWeighted` for a_j = a0 / sqrt(j+1) in closed form:
 * E f(xbar) - f* <= (R2 + a0^2 sigma2 (1 + log k)) / (4 a0 (sqrt(k+1) - 1)), k >= 1.
 * The harmonic sum is at most 1 + log k; log k or log(k+1) alone, as sometimes written, is too small. The average must
 * be weighted by the steps: for the plain mean the iterates must also stay in a bounded set (`sgdConvexBoundedSet`).
 */
export function sgdConvexSqrt(sigma2: number, a0: number, R2: number, k: number): number {
  positive("sgdConvexSqrt", { a0, k });
  nonnegative("sgdConvexSqrt", { sigma2, R2 });
  return (R2 + a0 * a0 * sigma2 * (1 + Math.log(k))) / (4 * a0 * (Math.sqrt(k + 1) - 1));
}

/**
 * The plain mean of x_0 ... x_{k-1} under a_j = a0 / sqrt(j+1) when every ||x_j - x*||^2 <= D2:
 * E f(mean) - f* <= (D2 / (2 a0) + a0 sigma2) / sqrt(k).
 * Zinkevich (2003), theorem 1, with sum 1/sqrt(j+1) <= 2 sqrt(k).
 */
export function sgdConvexBoundedSet(sigma2: number, a0: number, D2: number, k: number): number {
  positive("sgdConvexBoundedSet", { a0, k });
  nonnegative("sgdConvexBoundedSet", { sigma2, D2 });
  return (D2 / (2 * a0) + a0 * sigma2) / Math.sqrt(k);
}

/**
 * Smooth, not convex, constant step, E||grad f_i||^2 <= sigma2 where it goes:
 * the mean over j < k of E||grad f(x_j)||^2 is at most D0 / (a k) + L sigma2 a / 2. Ghadimi and Lan (2013).
 */
export function sgdNonconvex(L: number, sigma2: number, a: number, D0: number, k: number): number {
  positive("sgdNonconvex", { L, a, k });
  nonnegative("sgdNonconvex", { sigma2, D0 });
  return D0 / (a * k) + (L * sigma2 * a) / 2;
}

/**
 * `sgdNonconvex` for any steps: the least E||grad f(x_j)||^2, j < k, and the mean weighted by the steps, are at most
 * (D0 + L sigma2/2 sum a_j^2) / sum a_j. Ghadimi and Lan (2013), theorem 2.1 with the second moment.
 */
export function sgdNonconvexWeighted(
  L: number,
  sigma2: number,
  steps: readonly number[],
  D0: number,
): number {
  positive("sgdNonconvexWeighted", { L });
  nonnegative("sgdNonconvexWeighted", { sigma2, D0 });
  const [sum, squares] = sums(steps);
  positive("sgdNonconvexWeighted", { "the sum of the steps": sum });
  return (D0 + (L * sigma2 * squares) / 2) / sum;
}

/** The sum of the steps and that of their squares. */
function sums(steps: readonly number[]): [number, number] {
  let [sum, squares] = [0, 0];
  for (const a of steps) {
    sum += a;
    squares += a * a;
  }
  return [sum, squares];
}
