import { numpy as np, tree } from "@jax-js/jax";
import { ema, emaOfOnes, num, scalarZero } from "../scalar.ts";
import { discard, type GradientTransformation } from "../transformation.ts";
import { type ArrayTree, eachLeaf, zerosLike } from "../tree.ts";
import type { AdamOptions, AdamState } from "./adam.ts";
import { descendEither } from "./descend.ts";

export type AmsgradOptions = AdamOptions & {
  /** Decay the weights directly, as AdamW does, not through the gradient. Default false. */
  decoupled?: boolean;
  /** Take the maximum of v and correct it ("torch", the default), or of the corrected v ("optax"). */
  variant?: "torch" | "optax";
};

type State = AdamState & { max: ArrayTree };

/**
 * AMSGrad: Adam whose second moment never falls, which repairs Adam's missing convergence.
 *
 * Rule: Adam's, with $\max_{s \le t} v_s$ in place of $v_t$; the variant "optax" takes the maximum of $\hat v_s$ instead.
 * Defaults: torch.optim.Adam(amsgrad=True).
 * Use: Where Adam's convergence matters: rare, large, informative gradients that Adam forgets.
 * Avoid: As a default: in deep learning it seldom beats Adam, and an early gradient spike shrinks all later steps.
 * Memory: three numbers per parameter.
 * Cost: One elementwise pass: reads g, x, m, v and the maximum, writes all but g.
 * Paper: Reddi, Kale, Kumar, On the convergence of Adam and beyond, 2018.
 */
export function amsgrad({
  learningRate = 1e-3,
  b1 = 0.9,
  b2 = 0.999,
  eps = 1e-8,
  weightDecay = 0,
  decoupled = false,
  variant = "torch",
}: AmsgradOptions = {}): GradientTransformation {
  const direction: GradientTransformation<State> = {
    init(params) {
      const muWeight = scalarZero(params);
      const mu = zerosLike(params);
      return { mu, nu: tree.ref(mu), max: tree.ref(mu), muWeight, nuWeight: muWeight.ref };
    },
    update(updates, state, params, extra) {
      discard(params, extra);
      const muWeight = emaOfOnes(state.muWeight, b1);
      const nuWeight = emaOfOnes(state.nuWeight, b2);
      const [result, mu, nu, max] = eachLeaf([updates, state.mu, state.nu, state.max], (g, m, v, top) => {
        const nextM = ema(m, g.ref, b1);
        const nextV = ema(v, np.square(g), b2);
        const corrected = (x: np.Array) => x.div(num(nuWeight, nextV));
        const seen = variant === "optax" ? corrected(nextV.ref) : nextV.ref;
        const nextTop = np.maximum(top, seen);
        const second = variant === "optax" ? nextTop.ref : corrected(nextTop.ref);
        const root = np.sqrt(second).add(num(eps, nextV));
        return [nextM.ref.div(num(muWeight, nextM)).div(root), nextM, nextV, nextTop];
      });
      return [result, { mu, nu, max, muWeight, nuWeight }];
    },
  };
  return descendEither(direction, learningRate, weightDecay, decoupled);
}
