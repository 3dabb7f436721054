import { numpy as np, random } from "@jax-js/jax";
import { type Tensor, tensor } from "@steepest/compile";

/** The random key of the next training step, uint32 [2]: the seed and the number of steps done. */
export type DropoutBuffers = { key: np.Array };

/** The key of step 0. */
export const initKey = (seed: number): { key: Tensor } => ({ key: tensor([seed >>> 0, 0], [2], "uint32") });

/** The key of the next step. A step's key depends on seed and step alone. */
const nextKey = (key: np.Array): np.Array => key.add(np.array(Uint32Array.of(0, 1)));

/** Throws a RangeError unless the rate is in [0, 1). */
export function checkRate(model: string, rate: number): void {
  if (!(rate >= 0 && rate < 1)) throw new RangeError(`${model}: dropout ${rate}; expected a rate in [0, 1)`);
}

/** Sets a share `rate` of the elements to zero and scales the others by 1 / (1 - rate) (Srivastava et al., 2014). */
export function dropout(x: np.Array, rate: number, key: np.Array): np.Array {
  const kept = random.bernoulli(key, 1 - rate, [...x.shape]);
  return np.where(kept, x.mul(1 / (1 - rate)), 0);
}

/**
 * Runs a network in training, in which `drop` is called `places` times.
 *
 * @returns what the network returns, and the key of the next step.
 */
export function withDropout(
  rate: number,
  places: number,
  { key }: DropoutBuffers,
  network: (drop: (x: np.Array) => np.Array) => np.Array,
): [np.Array, DropoutBuffers] {
  const keys = random.split(key.ref, places);
  let at = 0;
  const out = network((x) => dropout(x, rate, keys.ref.slice(at++)));
  keys.dispose();
  return [out, { key: nextKey(key) }];
}
