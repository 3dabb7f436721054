import { numpy as np, tree } from "@jax-js/jax";
import { chain } from "../chain.ts";
import { ema, emaOfOnes, num, type Scalar, type ScalarOrSchedule, scalarZero } from "../scalar.ts";
import type { GradientTransformation } from "../transformation.ts";
import { addDecayedWeights } from "../transforms/decay.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { type ArrayTree, eachLeaf, zerosLike } from "../tree.ts";

export type AdamScalingOptions = {
  /** Decay of the first moment. Default 0.9. */
  b1?: Scalar;
  /** Decay of the second moment. Default 0.999. */
  b2?: Scalar;
  /** Added to the root of the second moment. Default 1e-8. */
  eps?: Scalar;
};

export type AdamState = {
  /** Moving averages of gradients and of their squares. */
  mu: ArrayTree;
  nu: ArrayTree;
  /** What the averages of constant ones would be: the bias corrections, scalars. */
  muWeight: np.Array;
  nuWeight: np.Array;
};

/** The direction of Adam, without learning rate. */
export function scaleByAdam({
  b1 = 0.9,
  b2 = 0.999,
  eps = 1e-8,
}: AdamScalingOptions = {}): GradientTransformation<AdamState> {
  return {
    init(params) {
      const muWeight = scalarZero(params);
      return { mu: zerosLike(tree.ref(params)), nu: zerosLike(params), muWeight, nuWeight: muWeight.ref };
    },
    update(updates, state, params, extra) {
      tree.dispose(params);
      tree.dispose(extra as ArrayTree | undefined);
      const muWeight = emaOfOnes(state.muWeight, b1);
      const nuWeight = emaOfOnes(state.nuWeight, b2);
      const [direction, mu, nu] = eachLeaf([updates, state.mu, state.nu], (g, m, v) => {
        const nextM = ema(m, g.ref, b1);
        const nextV = ema(v, np.square(g), b2);
        const root = np.sqrt(nextV.ref.div(num(nuWeight, nextV))).add(num(eps, nextV));
        return [nextM.ref.div(num(muWeight, nextM)).div(root), nextM, nextV];
      });
      return [direction, { mu, nu, muWeight, nuWeight }];
    },
  };
}

export type AdamOptions = AdamScalingOptions & {
  /** Default 1e-3. */
  learningRate?: ScalarOrSchedule;
  /** Added to the gradient as `weightDecay * x` (coupled, as in torch.optim.Adam). Default 0. */
  weightDecay?: Scalar;
};

/**
 * Adam: a step per coordinate, sized by moving averages of the gradient and of its square.
 *
 * Rule: $m \leftarrow \beta_1 m + (1-\beta_1) g$; $v \leftarrow \beta_2 v + (1-\beta_2) g^2$;
 * $x \leftarrow x - \eta\, \hat m / (\sqrt{\hat v} + \epsilon)$ with $\hat m = m / (1-\beta_1^t)$, $\hat v = v / (1-\beta_2^t)$.
 * Defaults: torch.optim.Adam.
 * Use: The usual first choice for deep networks; sparse and badly scaled gradients.
 * Avoid: With weight decay: use adamw, since here the decay passes through the scaling. Some problems on which it
 * provably does not converge: see amsgrad.
 * Memory: two numbers per parameter.
 * Cost: One elementwise pass: reads g, x, m, v, writes x, m, v.
 * Paper: Kingma, Ba, Adam: a method for stochastic optimization, 2015.
 */
export function adam({
  learningRate = 1e-3,
  weightDecay = 0,
  ...options
}: AdamOptions = {}): GradientTransformation {
  return chain(addDecayedWeights(weightDecay), scaleByAdam(options), scaleByLearningRate(learningRate));
}
