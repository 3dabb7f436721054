import { numpy as np, tree } from "@jax-js/jax";
import { ema, emaOfOnes, num, oneMinus, type Scalar, scalarZero } from "../scalar.ts";
import { discard, type GradientTransformation } from "../transformation.ts";
import { eachLeaf, zerosLike } from "../tree.ts";
import type { AdamOptions, AdamState } from "./adam.ts";
import { descendEither } from "./descend.ts";

export type RadamOptions = AdamOptions & {
  /** Decay the weights directly, as AdamW does, not through the gradient. Default false. */
  decoupled?: boolean;
};

type State = AdamState & { count: np.Array };

/**
 * RAdam: Adam that waits with the adaptive step until the second moment can be trusted.
 *
 * Rule: $\rho_\infty = 2/(1-\beta_2) - 1$, $\rho_t = \rho_\infty - 2t\beta_2^t/(1-\beta_2^t)$. While $\rho_t \le 5$:
 * $x \leftarrow x - \eta\, \hat m$; after that $x \leftarrow x - \eta\, r_t\, \hat m / ((\sqrt v + \epsilon)/\sqrt{1-\beta_2^t})$ with
 * $r_t^2 = \frac{(\rho_t-4)(\rho_t-2)\rho_\infty}{(\rho_\infty-4)(\rho_\infty-2)\rho_t}$.
 * Defaults: torch.optim.RAdam.
 * Use: When Adam needs a warmup and its length is not to be tuned.
 * Avoid: With a warmup already in place: then it does the same work twice.
 * Memory: two numbers per parameter.
 * Cost: One elementwise pass: reads g, x, m, v, writes x, m, v.
 * Paper: Liu et al., On the variance of the adaptive learning rate and beyond, 2020.
 */
export function radam({
  learningRate = 1e-3,
  b1 = 0.9,
  b2 = 0.999,
  eps = 1e-8,
  weightDecay = 0,
  decoupled = false,
}: RadamOptions = {}): GradientTransformation {
  const direction: GradientTransformation<State> = {
    init(params) {
      const muWeight = scalarZero(params);
      const mu = zerosLike(tree.ref(params));
      return { mu, nu: zerosLike(params), muWeight, nuWeight: muWeight.ref, count: muWeight.ref };
    },
    update(updates, state, params, extra) {
      discard(params, extra);
      const muWeight = emaOfOnes(state.muWeight, b1);
      const nuWeight = emaOfOnes(state.nuWeight, b2);
      const count = state.count.add(1);
      const { trusted, factor } = rectification(count.ref, nuWeight.ref, b2);
      const [result, mu, nu] = eachLeaf([updates, state.mu, state.nu], (g, m, v) => {
        const nextM = ema(m, g.ref, b1);
        const nextV = ema(v, np.square(g), b2);
        const plain = nextM.ref.div(num(muWeight, nextM));
        const root = np.sqrt(nextV.ref).add(num(eps, nextV));
        const adaptive = plain.ref.mul(num(factor, nextM)).div(root);
        return [np.where(trusted.ref, adaptive, plain), nextM, nextV];
      });
      trusted.dispose();
      factor.dispose();
      return [result, { mu, nu, muWeight, nuWeight, count }];
    },
  };
  return descendEither(direction, learningRate, weightDecay, decoupled);
}

/** Whether the variance is tractable, and r_t times the root of the bias correction. Consumes its arguments. */
function rectification(count: np.Array, weight: np.Array, b2: Scalar) {
  const limit = num(2, weight).div(oneMinus(b2, weight)).sub(1);
  const power = oneMinus(weight, weight);
  const lost = count.mul(2).mul(power).div(weight.ref);
  const rho = limit.ref.sub(lost);
  const trusted = np.greater(rho.ref, 5);
  // Below the threshold the root's argument may be negative; the value is not used there.
  const safe = np.maximum(rho, num(5, weight));
  const scale = limit.ref.div(limit.ref.sub(4).mul(limit.sub(2)));
  const squared = safe.ref.sub(4).mul(safe.ref.sub(2)).div(safe).mul(scale);
  return { trusted, factor: np.sqrt(squared.mul(weight)) };
}
