import { ema, type Scalar } from "../scalar.ts";
import { discard, type GradientTransformation } from "../transformation.ts";
import { type ArrayTree, eachLeaf, zerosLike } from "../tree.ts";

export type AverageOptions = {
  /** Weight of the past. */
  decay: Scalar;
  /** Look ahead: average once more with the current gradient. Default false. */
  nesterov?: boolean;
};

/** Momentum as a moving average: `m <- decay m + (1 - decay) g`. */
export const averageGradients = ({
  decay,
  nesterov = false,
}: AverageOptions): GradientTransformation<{ mu: ArrayTree }> => ({
  init: (params) => ({ mu: zerosLike(params) }),
  update(updates, state, params, extra) {
    discard(params, extra);
    const [direction, mu] = eachLeaf([updates, state.mu], (g, m) => {
      const next = ema(m, g.ref, decay);
      const ahead = nesterov ? ema(next.ref, g.ref, decay) : next.ref;
      g.dispose();
      return [ahead, next];
    });
    return [direction, { mu }];
  },
});
