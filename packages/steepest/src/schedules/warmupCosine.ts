import { numpy as np } from "@jax-js/jax";
import { cos } from "../elementary.ts";
import { asFloat, num, type Schedule } from "../scalar.ts";

export type WarmupCosineOptions = {
  /** Highest value, reached after the warmup. */
  peak: number;
  /** Steps of linear warmup. */
  warmupSteps: number;
  /** Steps until the end value, warmup included. */
  totalSteps: number;
  /** Value at step 0. Default 0. */
  initial?: number;
  /** Value from `totalSteps` on. Default 0. */
  end?: number;
};

/**
 * A straight line from `initial` to `peak`, then half a cosine down to `end`, and `end` ever after.
 * Loshchilov, Hutter, SGDR, 2017; with a warmup as in most training of transformers.
 *
 * @throws RangeError when the warmup is not shorter than the whole.
 */
export function warmupCosine({
  peak,
  warmupSteps,
  totalSteps,
  initial = 0,
  end = 0,
}: WarmupCosineOptions): Schedule {
  if (!(warmupSteps >= 0 && warmupSteps < totalSteps)) {
    throw new RangeError(
      `warmupCosine: warmupSteps ${warmupSteps} must lie between 0 and totalSteps ${totalSteps}`,
    );
  }
  return (count) => {
    const t = asFloat(count);
    const slope = num(warmupSteps === 0 ? 0 : (peak - initial) / warmupSteps, t);
    const rising = t.ref.mul(slope).add(num(initial, t));
    const past = t.ref.sub(num(warmupSteps, t)).mul(num(1 / (totalSteps - warmupSteps), t));
    const progress = np.minimum(np.maximum(past, num(0, t)), num(1, t));
    const wave = cos(progress.mul(num(Math.PI, t))).add(1);
    const falling = wave.mul(num((peak - end) / 2, t)).add(num(end, t));
    const warm = np.less(t.ref, num(warmupSteps, t));
    t.dispose();
    return np.where(warm, rising, falling);
  };
}
