import { nonnegative, positive } from "./check.ts";

/** Finite sums of n convex f_i, each Lmax-smooth, f mu-strongly convex. */
export interface FiniteSumConstants {
  readonly n: number;
  readonly Lmax: number;
  readonly mu: number;
}

/**
 * SAGA with step 1/(3 Lmax): E||x_k - x*||^2 <= (1 - min(1/(4n), mu/(3 Lmax)))^k C,
 * C = ||x_0 - x*||^2 + 2n/(3 Lmax) (f(x_0) - f*). Defazio, Bach and Lacoste-Julien (2014), theorem 1 and its corollary,
 * without a regularizer, the table filled with the gradients at x_0.
 */
export function saga({ n, Lmax, mu }: FiniteSumConstants, R2: number, D0: number, k: number): number {
  positive("saga", { n, Lmax, mu });
  nonnegative("saga", { R2, D0, k });
  const start = R2 + ((2 * n) / (3 * Lmax)) * D0;
  return (1 - Math.min(1 / (4 * n), mu / (3 * Lmax))) ** k * start;
}

/**
 * SVRG: the factor by which E f - f* shrinks with every anchor, 1/(mu a (1 - 2 Lmax a) m) + 2 Lmax a/(1 - 2 Lmax a),
 * for m inner steps of size a < 1/(2 Lmax), the next anchor drawn from the inner iterates. Johnson and Zhang (2013),
 * theorem 1. It promises nothing when it is 1 or more, and the theorem's next anchor is a random iterate, not the last.
 *
 * @throws RangeError for a >= 1/(2 Lmax).
 */
export function svrgFactor({ Lmax, mu }: FiniteSumConstants, a: number, m: number): number {
  positive("svrgFactor", { Lmax, mu, a, m });
  if (2 * Lmax * a >= 1)
    throw new RangeError(`svrgFactor: step size ${a} is not below 1/(2 Lmax) = ${0.5 / Lmax}`);
  return 1 / (mu * a * (1 - 2 * Lmax * a) * m) + (2 * Lmax * a) / (1 - 2 * Lmax * a);
}

/**
 * SAG with step 1/(16 Lmax) and a table of zeros: E f(x_k) - f* <= (1 - min(mu/(16 Lmax), 1/(8n)))^k C,
 * C = D0 + 4 Lmax/n R2 + v/(16 Lmax), v = mean ||grad f_i(x*)||^2. Schmidt, Le Roux and Bach (2017), theorem 1.
 */
export function sag(
  { n, Lmax, mu }: FiniteSumConstants,
  varianceAtSolution: number,
  R2: number,
  D0: number,
  k: number,
): number {
  positive("sag", { n, Lmax, mu });
  nonnegative("sag", { varianceAtSolution, R2, D0, k });
  const start = D0 + ((4 * Lmax) / n) * R2 + varianceAtSolution / (16 * Lmax);
  return (1 - Math.min(mu / (16 * Lmax), 1 / (8 * n))) ** k * start;
}

/**
 * AdaGrad with step size a and no epsilon on a set where |x_j - x*_j| <= D for all iterates:
 * sum_t f_t(x_t) - f_t(x*) <= (D^2/(2a) + a) sum_j sqrt(sum_t g_{t,j}^2). Duchi, Hazan and Singer (2011), theorem 5.
 *
 * @param columnNorms sqrt(sum_t g_{t,j}^2) for every coordinate j.
 */
export function adagradRegret(D: number, a: number, columnNorms: ArrayLike<number>): number {
  positive("adagradRegret", { a });
  nonnegative("adagradRegret", { D });
  let sum = 0;
  for (let j = 0; j < columnNorms.length; j++) sum += columnNorms[j] as number;
  return ((D * D) / (2 * a) + a) * sum;
}
