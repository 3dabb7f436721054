import { numpy as np } from "@jax-js/jax";
import { chain } from "../chain.ts";
import { ema, num, oneMinus, type Scalar, sign } from "../scalar.ts";
import { discard, type GradientTransformation } from "../transformation.ts";
import { type ArrayTree, eachLeaf, zerosLike } from "../tree.ts";
import { type AdamScalingOptions, scaleByAdam } from "./adam.ts";
import { type DescentOptions, descend } from "./descend.ts";

export type MarsOptions = AdamScalingOptions &
  DescentOptions & {
    /** Strength of the variance reduction. Default 0.025. */
    gamma?: Scalar;
    /** The rule on the corrected gradient: "adamw" (default) or "lion" (the sign of its average). */
    base?: "adamw" | "lion";
    /** Default 0.95. */
    b1?: Scalar;
  };

/**
 * MARS: variance reduction for adaptive methods, by the difference of successive gradients.
 *
 * Rule: $c = g + \gamma \frac{\beta_1}{1-\beta_1} (g - g_{prev})$, per array scaled to norm at most 1; then AdamW on $c$, or
 * $m \leftarrow \beta_1 m + (1-\beta_1) c$ and $x \leftarrow (1-\eta\lambda)x - \eta\,\mathrm{sign}(m)$. $g_{prev}$ is the previous gradient (zero at
 * first); the exact method wants the previous parameters' gradient on the same batch: pass it as `extra.reference`.
 * Defaults: AGI-Arena/MARS: learning rate 3e-3, b1 0.95, b2 0.99, eps 1e-8, weight decay 0.
 * Use: Language models with AdamW's budget, when gradients of successive steps are alike.
 * Avoid: Tiny batches: the difference of two unrelated gradients is mostly noise, unless `extra.reference` gives the
 * exact one at twice the gradients.
 * Memory: three numbers per parameter (two with "lion").
 * Cost: An elementwise pass with one reduction per array, and a second pass: reads g, x, the previous g, m, v, writes all
 * but g.
 * Paper: Yuan et al., MARS: unleashing the power of variance reduction for training large models, 2024.
 */
export function mars({
  learningRate = 3e-3,
  weightDecay = 0,
  decayMask,
  gamma = 0.025,
  base = "adamw",
  b1 = 0.95,
  b2 = 0.99,
  eps = 1e-8,
}: MarsOptions = {}): GradientTransformation {
  const rule = base === "adamw" ? scaleByAdam({ b1, b2, eps }) : signOfAverage(b1);
  const direction = chain(correctGradient(gamma, b1), rule);
  return descend(direction, learningRate, weightDecay, decayMask);
}

function correctGradient(gamma: Scalar, b1: Scalar): GradientTransformation<{ previous: ArrayTree }> {
  return {
    init: (params) => ({ previous: zerosLike(params) }),
    update(updates, { previous }, params, extra) {
      const { reference, ...rest } = extra ?? {};
      discard(params, rest);
      if (reference !== undefined) discard(previous);
      const [corrected, next] = eachLeaf([updates, reference ?? previous], (g, last) => {
        const strength = num(gamma, g).mul(num(b1, g)).div(oneMinus(b1, g));
        const c = g.ref.add(g.ref.sub(last).mul(strength));
        const norm = np.sqrt(np.square(c.ref).sum());
        return [c.div(np.maximum(norm, num(1, g))), g];
      });
      return [corrected, { previous: next }];
    },
  };
}

const signOfAverage = (decay: Scalar): GradientTransformation<{ mu: ArrayTree }> => ({
  init: (params) => ({ mu: zerosLike(params) }),
  update(updates, state, params, extra) {
    discard(params, extra);
    const [direction, mu] = eachLeaf([updates, state.mu], (g, m) => {
      const next = ema(m, g, decay);
      return [sign(next.ref), next];
    });
    return [direction, { mu }];
  },
});
