import { numpy as np } from "@jax-js/jax";
import { num } from "../scalar.ts";

/**
 * Projects non-negative numbers along the last axis onto { y >= 0, sum y <= radius }: subtracts the least threshold that
 * makes the sum fit. Duchi et al., 2008. Consumes x.
 */
export function projectSimplex(x: np.Array, radius: number): np.Array {
  const n = x.shape.at(-1) as number;
  const sorted = np.flip(np.sort(x.ref, -1), -1);
  const excess = np.cumsum(sorted, -1).sub(num(radius, x));
  const counts = np.array(
    Array.from({ length: n }, (_, i) => i + 1),
    { shape: [n], dtype: x.dtype },
  );
  // Candidates for the threshold, one for every number of entries that stay positive; the right one is the largest.
  const candidates = excess.div(counts);
  const zero = num(0, x);
  const threshold = np.maximum(np.max(candidates, -1, { keepdims: true }), zero.ref);
  return np.maximum(x.sub(threshold), zero);
}
