import { eigen, inner, solve, solvePositive } from "./symmetric.ts";

export interface Smooth {
  readonly name: string;
  value(x: Float64Array): number;
  gradient(x: Float64Array): Float64Array;
  /** Row-major, positive semidefinite. */
  hessian(x: Float64Array): Float64Array;
}

/**
 * Newton's method is quadratic near the solution: more steps mean that there is none. (Where the infimum is at infinity,
 * a logistic loss falls by about e a step: it never gets to 1e-24, where an attained minimum of zero counts as reached.)
 */
const maxIterations = 50;

/**
 * Minimizes a convex function by Newton's method with backtracking, to the last bits of double precision. On a singular
 * Hessian it takes the minimum-norm step, so that from zero it finds the minimizer of smallest norm.
 *
 * @throws RangeError when it does not converge: the infimum is not attained (a logistic loss of separable data).
 */
export function minimize(f: Smooth, start: Float64Array): { x: Float64Array; value: number } {
  let x = start;
  let value = f.value(x);
  let previous = Infinity;
  for (let k = 0; k < maxIterations; k++) {
    const gradient = f.gradient(x);
    const hessian = f.hessian(x);
    const step = solvePositive(hessian, gradient) ?? solve(eigen(hessian, x.length), gradient);
    // Twice the distance to the minimum in value, up to third order.
    const decrement = inner(gradient, step);
    const close = decrement <= Math.max(1e-10 * Math.abs(value), 1e-24);
    if (close && decrement >= previous / 4) return { x, value };
    // Close to the solution the value no longer resolves the progress; there the full step is safe.
    const length = close ? 1 : backtrack(f, x, step, value, decrement);
    x = x.map((xj, j) => xj - length * (step[j] as number));
    value = f.value(x);
    previous = decrement;
  }
  throw new RangeError(
    `${f.name}: Newton's method found no minimizer. Is the infimum attained? A logistic loss of separable data (or of constant labels) needs ridge > 0`,
  );
}

function backtrack(f: Smooth, x: Float64Array, step: Float64Array, value: number, decrement: number): number {
  let length = 1;
  while (length > 1e-10) {
    const trial = x.map((xj, j) => xj - length * (step[j] as number));
    if (f.value(trial) <= value - 1e-4 * length * decrement) break;
    length /= 2;
  }
  return length;
}
