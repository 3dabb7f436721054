import type { numpy as np } from "@jax-js/jax";
import { ema, emaOfOnes, num, oneMinus, type Scalar, scalarZero } from "../scalar.ts";
import { discard, type GradientTransformation } from "../transformation.ts";
import { type ArrayTree, eachLeaf, zerosLike } from "../tree.ts";

export type AverageOptions = {
  /** Weight of the past. */
  decay: Scalar;
  /** Look ahead: average once more with the current gradient. Default false. */
  nesterov?: boolean;
  /** Divide by the weights' sum, so that the zero start leaves no bias (optax). Default false. */
  corrected?: boolean;
};

export type AverageGradientsState = {
  mu: ArrayTree;
  /** What the average of constant ones would be, a scalar. Kept only when corrected. */
  weight?: np.Array;
};

/**
 * Momentum as a moving average: `m <- decay m + (1 - decay) g`. Corrected, the result is `m / (1 - decay^t)`, and with the
 * look-ahead `decay m / (1 - decay^(t+1)) + (1 - decay) g / (1 - decay^t)`.
 */
export const averageGradients = ({
  decay,
  nesterov = false,
  corrected = false,
}: AverageOptions): GradientTransformation<AverageGradientsState> => ({
  init(params) {
    if (!corrected) return { mu: zerosLike(params) };
    const weight = scalarZero(params);
    return { mu: zerosLike(params), weight };
  },
  update(updates, state, params, extra) {
    discard(params, extra);
    if (state.weight === undefined) {
      const [direction, mu] = eachLeaf([updates, state.mu], (g, m) => {
        const next = ema(m, g.ref, decay);
        const ahead = nesterov ? ema(next.ref, g.ref, decay) : next.ref;
        g.dispose();
        return [ahead, next];
      });
      return [direction, { mu }];
    }
    const weight = emaOfOnes(state.weight, decay);
    const ahead = emaOfOnes(weight.ref, decay);
    const [direction, mu] = eachLeaf([updates, state.mu], (g, m) => {
      const next = ema(m, g.ref, decay);
      if (!nesterov) {
        g.dispose();
        return [next.ref.div(num(weight, next)), next];
      }
      const past = next.ref.mul(num(decay, next)).div(num(ahead, next));
      const fresh = g.mul(oneMinus(decay, next)).div(num(weight, next));
      return [past.add(fresh), next];
    });
    ahead.dispose();
    return [direction, { mu, weight }];
  },
});
