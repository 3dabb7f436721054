import { numpy as np, tree } from "@jax-js/jax";
import { exp, log } from "../elementary.ts";
import { ema, emaOfOnes, num, type Scalar, scalarZero } from "../scalar.ts";
import { discard, type GradientTransformation } from "../transformation.ts";
import { type ArrayTree, eachLeaf, zerosLike } from "../tree.ts";
import type { AdamScalingOptions, AdamState } from "./adam.ts";
import { type DescentOptions, descend } from "./descend.ts";

export type AdemamixOptions = AdamScalingOptions &
  DescentOptions & {
    /** Default 0.9; also the start of the warmup of b3. */
    b1?: Scalar;
    /** Decay of the slow average. Default 0.9999. */
    b3?: Scalar;
    /** Weight of the slow average. Default 2. */
    alpha?: Scalar;
    /** Steps over which alpha rises from 0 and b3 from b1. Default 0: none. */
    warmup?: number;
  };

type State = AdamState & { slow: ArrayTree; count: np.Array };

/**
 * AdEMAMix: Adam with a second, much slower average of the gradient in the numerator.
 *
 * Rule: $m_1, v$ as in Adam; $m_2 \leftarrow \beta_3 m_2 + (1-\beta_3) g$, not corrected for its zero start;
 * $x \leftarrow (1-\eta\lambda) x - \eta (\hat m_1 + \alpha m_2)/(\sqrt{\hat v} + \epsilon)$. During the warmup $\alpha$ rises linearly and
 * $\beta_3$ so that its half-life does.
 * Defaults: apple/ml-ademamix: learning rate 1e-3, alpha 2 (the paper and optax: 5), weight decay 0.
 * Use: Long runs (tens of thousands of steps), where gradients thousands of steps old still help.
 * Avoid: Short runs: with b3 = 0.9999 the slow average has seen too little, and needs its warmup.
 * Memory: three numbers per parameter.
 * Cost: One elementwise pass: reads g, x, both averages and v, writes all but g.
 * Paper: Pagliardini, Ablin, Grangier, The AdEMAMix optimizer, 2024.
 */
export function ademamix({
  learningRate = 1e-3,
  weightDecay = 0,
  decayMask,
  b1 = 0.9,
  b2 = 0.999,
  b3 = 0.9999,
  alpha = 2,
  eps = 1e-8,
  warmup = 0,
}: AdemamixOptions = {}): GradientTransformation {
  const direction: GradientTransformation<State> = {
    init(params) {
      const muWeight = scalarZero(params);
      const mu = zerosLike(params);
      const weights = { muWeight, nuWeight: muWeight.ref, count: muWeight.ref };
      return { mu, nu: tree.ref(mu), slow: tree.ref(mu), ...weights };
    },
    update(updates, state, params, extra) {
      discard(params, extra);
      const muWeight = emaOfOnes(state.muWeight, b1);
      const nuWeight = emaOfOnes(state.nuWeight, b2);
      const count = state.count.add(1);
      const progress =
        warmup === 0 ? num(1, count) : np.minimum(count.ref.mul(num(1 / warmup, count)), num(1, count));
      const mix = progress.ref.mul(num(alpha, count));
      const decay = slowDecay(progress, b1, b3);
      const [result, mu, nu, slow] = eachLeaf([updates, state.mu, state.nu, state.slow], (g, m, v, s) => {
        const nextM = ema(m, g.ref, b1);
        const nextV = ema(v, np.square(g.ref), b2);
        const nextS = ema(s, g, decay);
        const root = np.sqrt(nextV.ref.div(num(nuWeight, nextV))).add(num(eps, nextV));
        const numerator = nextM.ref.div(num(muWeight, nextM)).add(nextS.ref.mul(num(mix, nextS)));
        return [numerator.div(root), nextM, nextV, nextS];
      });
      mix.dispose();
      decay.dispose();
      return [result, { mu, nu, slow, muWeight, nuWeight, count }];
    },
  };
  return descend(direction, learningRate, weightDecay, decayMask);
}

/** The decay whose half-life lies at `progress` between those of b1 and b3. Consumes progress. */
function slowDecay(progress: np.Array, b1: Scalar, b3: Scalar): np.Array {
  const half = num(Math.log(0.5), progress);
  // The reference guards the logarithm like this, which moves b3 by 1e-8 until the warmup is over.
  const halfLife = (b: Scalar) => half.ref.div(log(num(b, half).add(num(1e-8, half)))).sub(1);
  const over = np.greaterEqual(progress.ref, 1);
  const full = num(b3, progress);
  const start = halfLife(b1);
  const at = progress.mul(halfLife(b3).sub(start.ref)).add(start).add(1);
  return np.where(over, full, exp(half.div(at)));
}
