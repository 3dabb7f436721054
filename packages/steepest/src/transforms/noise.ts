import { numpy as np, random, tree } from "@jax-js/jax";
import { pow } from "../elementary.ts";
import { num, type Scalar, scalarZero } from "../scalar.ts";
import { discard, type GradientTransformation } from "../transformation.ts";
import { eachLeaf } from "../tree.ts";

export type NoiseOptions = {
  /** Variance at the first step. Default 0.01. */
  variance?: Scalar;
  /** The variance falls as (1 + t)^-gamma. Default 0.55. */
  gamma?: number;
  /** Default 0. */
  seed?: number;
};

/** Adds normal noise of falling variance to gradients. Neelakantan et al., 2015, with their defaults. */
export function addNoise({
  variance = 0.01,
  gamma = 0.55,
  seed = 0,
}: NoiseOptions = {}): GradientTransformation<{ key: np.Array; count: np.Array }> {
  return {
    init(params) {
      const count = scalarZero(params);
      tree.dispose(params);
      return { key: random.key(seed), count };
    },
    update(updates, state, params, extra) {
      discard(params, extra);
      const count = state.count.add(1);
      const deviation = np.sqrt(pow(count.ref, -gamma).mul(num(variance, count)));
      let key = state.key;
      const [noisy] = eachLeaf([updates], (g) => {
        const keys = random.split(key);
        const own = keys.ref.slice(0);
        key = keys.slice(1);
        const noise = random.normal(own, [...g.shape]).astype(g.dtype);
        const size = num(deviation, g);
        return [g.add(noise.mul(size))];
      });
      deviation.dispose();
      return [noisy, { key, count }];
    },
  };
}
