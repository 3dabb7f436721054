import { numpy as np, random } from "@jax-js/jax";

/** Sets a share `rate` of the elements to zero and scales the others by 1 / (1 - rate) (Srivastava et al., 2014). */
export function dropout(x: np.Array, rate: number, key: np.Array): np.Array {
  const kept = random.bernoulli(key, 1 - rate, [...x.shape]);
  return np.where(kept, x.mul(1 / (1 - rate)), 0);
}
