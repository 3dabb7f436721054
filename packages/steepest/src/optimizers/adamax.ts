import { numpy as np, tree } from "@jax-js/jax";
import { ema, emaOfOnes, num, scalarZero } from "../scalar.ts";
import { discard, type GradientTransformation } from "../transformation.ts";
import { type ArrayTree, eachLeaf, zerosLike } from "../tree.ts";
import type { AdamOptions } from "./adam.ts";
import { descendCoupled } from "./descend.ts";

/**
 * Adamax: Adam under the maximum norm, with a decaying maximum in place of the second moment.
 *
 * Rule: $m \leftarrow \beta_1 m + (1-\beta_1) g$; $u \leftarrow \max(\beta_2 u, |g| + \epsilon)$;
 * $x \leftarrow x - \eta\, \hat m / u$.
 * Defaults: torch.optim.Adamax: learning rate 2e-3, b1 0.9, b2 0.999, eps 1e-8.
 * Use: Sparse gradients and embeddings: a coordinate's step is bounded by the learning rate even after long silence.
 * Avoid: As a default: Adam usually does as well or better.
 * Memory: two numbers per parameter.
 * Cost: One elementwise pass: reads g, x, m, u, writes x, m, u.
 * Paper: Kingma, Ba, Adam: a method for stochastic optimization, 2015, section 7.
 */
export function adamax({
  learningRate = 2e-3,
  b1 = 0.9,
  b2 = 0.999,
  eps = 1e-8,
  weightDecay = 0,
}: AdamOptions = {}): GradientTransformation {
  const direction: GradientTransformation<{ mu: ArrayTree; max: ArrayTree; muWeight: np.Array }> = {
    init(params) {
      const muWeight = scalarZero(params);
      return { mu: zerosLike(tree.ref(params)), max: zerosLike(params), muWeight };
    },
    update(updates, state, params, extra) {
      discard(params, extra);
      const muWeight = emaOfOnes(state.muWeight, b1);
      const [result, mu, max] = eachLeaf([updates, state.mu, state.max], (g, m, u) => {
        const nextM = ema(m, g.ref, b1);
        const nextU = np.maximum(u.mul(num(b2, g)), np.abs(g.ref).add(num(eps, g)));
        g.dispose();
        return [nextM.ref.div(nextU.ref.mul(num(muWeight, nextM))), nextM, nextU];
      });
      return [result, { mu, max, muWeight }];
    },
  };
  return descendCoupled(direction, learningRate, weightDecay);
}
