import { numpy as np, tree } from "@jax-js/jax";
import { ema, num, type Scalar, type ScalarOrSchedule } from "../scalar.ts";
import { discard, type GradientTransformation } from "../transformation.ts";
import { type ArrayTree, eachLeaf, zerosLike } from "../tree.ts";
import { descendCoupled } from "./descend.ts";

export type AdadeltaOptions = {
  /** Default 1. */
  learningRate?: ScalarOrSchedule;
  /** Decay of both averages. Default 0.9. */
  rho?: Scalar;
  /** Inside both roots. Default 1e-6. */
  eps?: Scalar;
  /** Coupled. Default 0. */
  weightDecay?: Scalar;
};

/**
 * Adadelta: the ratio of the typical past step to the typical past gradient sets the step; no unit is left to tune.
 *
 * Rule: $v \leftarrow \rho v + (1-\rho) g^2$; $d = \sqrt{u + \epsilon} / \sqrt{v + \epsilon}\; g$;
 * $u \leftarrow \rho u + (1-\rho) d^2$; $x \leftarrow x - \eta d$.
 * Defaults: torch.optim.Adadelta.
 * Use: When no learning rate can be tuned at all; it has the right physical unit by itself.
 * Avoid: When a learning rate can be tuned: it starts slowly (the first steps are about eps large), and later methods are
 * faster.
 * Memory: two numbers per parameter.
 * Cost: One elementwise pass: reads g, x, v, u, writes x, v, u.
 * Paper: Zeiler, ADADELTA: an adaptive learning rate method, 2012.
 */
export function adadelta({
  learningRate = 1,
  rho = 0.9,
  eps = 1e-6,
  weightDecay = 0,
}: AdadeltaOptions = {}): GradientTransformation {
  const direction: GradientTransformation<{ gradients: ArrayTree; steps: ArrayTree }> = {
    init: (params) => ({ gradients: zerosLike(tree.ref(params)), steps: zerosLike(params) }),
    update(updates, state, params, extra) {
      discard(params, extra);
      const [result, gradients, steps] = eachLeaf([updates, state.gradients, state.steps], (g, v, u) => {
        const nextV = ema(v, np.square(g.ref), rho);
        const ratio = u.ref.add(num(eps, u)).div(nextV.ref.add(num(eps, u)));
        const d = g.mul(np.sqrt(ratio));
        return [d.ref, nextV, ema(u, np.square(d), rho)];
      });
      return [result, { gradients, steps }];
    },
  };
  return descendCoupled(direction, learningRate, weightDecay);
}
