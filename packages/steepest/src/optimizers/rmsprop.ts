import { numpy as np, tree } from "@jax-js/jax";
import { chain } from "../chain.ts";
import { ema, num, type Scalar, type ScalarOrSchedule } from "../scalar.ts";
import { discard, type GradientTransformation } from "../transformation.ts";
import { addDecayedWeights } from "../transforms/decay.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { trace } from "../transforms/trace.ts";
import { type ArrayTree, eachLeaf, zerosLike } from "../tree.ts";

export type RmsScalingOptions = {
  /** Decay of the mean square. Default 0.99. */
  decay?: Scalar;
  /** Default 1e-8. */
  eps?: Scalar;
  /** Divide by the standard deviation instead of the root mean square. Default false. */
  centered?: boolean;
  /** Put eps inside the root, as TensorFlow does; torch adds it outside. Default false. */
  epsInRoot?: boolean;
};

/** Divides gradients by the root of a moving average of their squares. */
export function scaleByRms({
  decay = 0.99,
  eps = 1e-8,
  centered = false,
  epsInRoot = false,
}: RmsScalingOptions = {}): GradientTransformation {
  const root = (variance: np.Array) => {
    const e = num(eps, variance);
    return epsInRoot ? np.sqrt(variance.add(e)) : np.sqrt(variance).add(e);
  };
  const plain: GradientTransformation<{ nu: ArrayTree }> = {
    init: (params) => ({ nu: zerosLike(params) }),
    update(updates, state, params, extra) {
      discard(params, extra);
      const [direction, nu] = eachLeaf([updates, state.nu], (g, v) => {
        const next = ema(v, np.square(g.ref), decay);
        return [g.div(root(next.ref)), next];
      });
      return [direction, { nu }];
    },
  };
  const central: GradientTransformation<{ nu: ArrayTree; mu: ArrayTree }> = {
    init: (params) => ({ nu: zerosLike(tree.ref(params)), mu: zerosLike(params) }),
    update(updates, state, params, extra) {
      discard(params, extra);
      const [direction, nu, mu] = eachLeaf([updates, state.nu, state.mu], (g, v, m) => {
        const nextV = ema(v, np.square(g.ref), decay);
        const nextM = ema(m, g.ref, decay);
        return [g.div(root(nextV.ref.sub(np.square(nextM.ref)))), nextV, nextM];
      });
      return [direction, { nu, mu }];
    },
  };
  return centered ? central : plain;
}

export type RmspropOptions = RmsScalingOptions & {
  /** Default 1e-2. */
  learningRate?: ScalarOrSchedule;
  /** Heavy-ball momentum on the scaled gradient. Default 0. */
  momentum?: Scalar;
  /** Coupled. Default 0. */
  weightDecay?: Scalar;
};

/**
 * RMSprop: gradients divided by a moving root mean square.
 *
 * Rule: $v \leftarrow \alpha v + (1-\alpha) g^2$; $b \leftarrow \mu b + g / (\sqrt{v} + \epsilon)$; $x \leftarrow x - \eta b$;
 * centered: $v - \bar g^2$ in place of $v$, with $\bar g$ the moving average of $g$.
 * Defaults: torch.optim.RMSprop. With `epsInRoot` it is TensorFlow's.
 * Use: Reinforcement learning and recurrent networks, and other targets that move: it forgets old gradients.
 * Avoid: Where Adam is available and its extra number per parameter affordable: there is no correction for the zero
 * start, so first steps are long.
 * Memory: one number per parameter, and one more each for centering and for momentum.
 * Cost: One elementwise pass: reads g, x, v (and g-bar, b), writes the same but g.
 * Paper: Tieleman, Hinton, lecture 6.5, 2012; centered: Graves, 2013.
 */
export function rmsprop({
  learningRate = 1e-2,
  momentum = 0,
  weightDecay = 0,
  ...options
}: RmspropOptions = {}): GradientTransformation {
  const parts = [addDecayedWeights(weightDecay), scaleByRms(options)];
  if (momentum !== 0) parts.push(trace({ momentum }) as GradientTransformation);
  return chain(...parts, scaleByLearningRate(learningRate));
}
