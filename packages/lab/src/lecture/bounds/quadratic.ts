import { nonnegative, positive } from "./check.ts";

/**
 * On a quadratic a method with one step size and momentum is linear. In the direction of an eigenvalue, with the state
 * z = (x - x*, momentum) and gradient noise xi of its own at every step, z' = A z + b xi.
 */
export interface LinearStep {
  /** Row by row. */
  readonly A: readonly [number, number, number, number];
  readonly b: readonly [number, number];
}

/** x' = x - a g. */
export const sgdStep = (a: number, eigenvalue: number): LinearStep => ({
  A: [1 - a * eigenvalue, 0, 0, 0],
  b: [-a, 0],
});

/** v' = beta v + g, x' = x - a (g + beta v'): Nesterov's momentum as `sgd` has it. */
export const nesterovStep = (a: number, beta: number, eigenvalue: number): LinearStep => ({
  A: [1 - a * (1 + beta) * eigenvalue, -a * beta * beta, eigenvalue, beta],
  b: [-a * (1 + beta), 1],
});

/** v' = beta v + g, x' = x - a v': Polyak's momentum, the heavy ball. */
export const polyakStep = (a: number, beta: number, eigenvalue: number): LinearStep => ({
  A: [1 - a * eigenvalue, -a * beta, eigenvalue, beta],
  b: [-a, 1],
});

/**
 * NAG-GS with constant gamma is the heavy ball: inserting v = ((1 + alpha) x - x_before) / alpha into its step gives
 * x' = x + beta (x - x_before) - a g with these two. Every a > 0 and 0 < beta < 1 can be had so, with mu = 0 already.
 */
export function nagGsAsPolyak(alpha: number, mu: number, gamma: number): { a: number; beta: number } {
  positive("nagGsAsPolyak", { alpha, gamma });
  nonnegative("nagGsAsPolyak", { mu });
  const scale = (1 + alpha) * (alpha * mu + gamma);
  return { a: alpha ** 2 / scale, beta: gamma / scale };
}

/**
 * The alpha with which NAG-GS with gamma = mu is fastest on quadratics with eigenvalues from mu to L,
 * 2 / (sqrt(L/mu) - 1). Leplat et al. (2022), theorem 1, (mu + gamma + sqrt((mu-gamma)^2 + 4 gamma L)) / (L - mu), at
 * gamma = mu. It then is Polyak's (1964) heavy ball with its best step and momentum.
 */
export function nagGsBestAlpha(L: number, mu: number): number {
  positive("nagGsBestAlpha", { mu, "L - mu": L - mu });
  return 2 / (Math.sqrt(L / mu) - 1);
}

/** The spectral radius of A: without noise f - f* shrinks by its square with every step, up to powers of k. */
export function spectralRadius({ A: [p, q, r, s] }: LinearStep): number {
  const [half, determinant] = [(p + s) / 2, p * s - q * r];
  const discriminant = half * half - determinant;
  return discriminant >= 0 ? Math.abs(half) + Math.sqrt(discriminant) : Math.sqrt(determinant);
}

/**
 * E (x - x*)^2 in the long run when the noise has the given variance: the first entry of S = A S A^T + variance b b^T,
 * summed by doubling (Smith, 1968).
 *
 * @throws RangeError when the method diverges: a spectral radius of 1 or more.
 */
export function stationaryVariance(step: LinearStep, variance: number): number {
  nonnegative("stationaryVariance", { variance });
  const radius = spectralRadius(step);
  if (!(radius < 1))
    throw new RangeError(`stationaryVariance: the spectral radius is ${radius}; it must be below 1`);
  let [p, q, r, s] = step.A;
  const [b, c] = step.b;
  let [xx, xv, vv] = [b * b, b * c, c * c];
  // S = sum A^i (b b^T) A^i^T; every turn doubles the number of terms.
  for (let i = 0; i < 60; i++) {
    const [ax, av] = [p * xx + q * xv, p * xv + q * vv];
    const [cx, cv] = [r * xx + s * xv, r * xv + s * vv];
    xx += ax * p + av * q;
    xv += ax * r + av * s;
    vv += cx * r + cv * s;
    [p, q, r, s] = [p * p + q * r, p * q + q * s, r * p + s * r, r * q + s * s];
  }
  return variance * xx;
}
