import { ema, type Scalar, sign } from "../scalar.ts";
import { discard, type GradientTransformation } from "../transformation.ts";
import { type ArrayTree, eachLeaf, zerosLike } from "../tree.ts";
import { type DescentOptions, descend } from "./descend.ts";

export type LionOptions = DescentOptions & {
  /** Decay in the direction. Default 0.9. */
  b1?: Scalar;
  /** Decay of the momentum. Default 0.99. */
  b2?: Scalar;
};

/**
 * Lion: the sign of an interpolation between momentum and gradient.
 *
 * Rule: $c = \beta_1 m + (1-\beta_1) g$; $m \leftarrow \beta_2 m + (1-\beta_2) g$; $x \leftarrow (1-\eta\lambda) x - \eta\,\mathrm{sign}(c)$.
 * Defaults: google/automl: learning rate 1e-4, weight decay 0 (optax: 1e-3).
 * Use: Large models and batches: half of Adam's memory. Take a learning rate 3 to 10 times smaller than AdamW's and a
 * decay as much larger.
 * Avoid: Small batches: a sign has the same size however uncertain it is.
 * Memory: one number per parameter.
 * Cost: One elementwise pass: reads g, x, m, writes x, m.
 * Paper: Chen et al., Symbolic discovery of optimization algorithms, 2023.
 */
export function lion({
  learningRate = 1e-4,
  weightDecay = 0,
  decayMask,
  b1 = 0.9,
  b2 = 0.99,
}: LionOptions = {}): GradientTransformation {
  return descend(scaleByLion({ b1, b2 }), learningRate, weightDecay, decayMask);
}

/** The direction of Lion, without learning rate. */
export const scaleByLion = ({
  b1 = 0.9,
  b2 = 0.99,
}: Pick<LionOptions, "b1" | "b2"> = {}): GradientTransformation<{ mu: ArrayTree }> => ({
  init: (params) => ({ mu: zerosLike(params) }),
  update(updates, state, params, extra) {
    discard(params, extra);
    const [direction, mu] = eachLeaf([updates, state.mu], (g, m) => [
      sign(ema(m.ref, g.ref, b1)),
      ema(m, g, b2),
    ]);
    return [direction, { mu }];
  },
});
