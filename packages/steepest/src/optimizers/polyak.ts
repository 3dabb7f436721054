import { numpy as np, tree } from "@jax-js/jax";
import { num, type Scalar } from "../scalar.ts";
import type { GradientTransformation } from "../transformation.ts";
import { discard, need } from "../transformation.ts";
import { eachLeaf, sumOver } from "../tree.ts";
import { type SgdOptions, sgd } from "./sgd.ts";

export type PolyakOptions = {
  /** The least value of the loss. Default 0, which interpolating models reach. */
  minimum?: Scalar;
  /** Largest step. Default 1. */
  maxLearningRate?: Scalar;
  /** Default 0. */
  eps?: Scalar;
};

/**
 * Gradient descent with Polyak's step, which needs the loss (`extra.value`) and its least value.
 *
 * Rule: $x \leftarrow x - \min\left(\frac{f(x) - f^*}{\|g\|^2 + \epsilon}, \eta_{max}\right) g$.
 * Defaults: optax.polyak_sgd.
 * Use: Models that can interpolate their data (loss near zero), and problems whose least value is known: no learning rate
 * to tune.
 * Avoid: Losses with an unknown, positive minimum: the step is then too long near the end.
 * Memory: nothing.
 * Cost: One reduction over g and one elementwise pass: reads g, x, writes x.
 * Paper: Polyak, 1969; Loizou et al., Stochastic Polyak step-size for SGD, 2021.
 */
export function polyak({
  minimum = 0,
  maxLearningRate = 1,
  eps = 0,
}: PolyakOptions = {}): GradientTransformation<Record<string, never>> {
  return {
    init(params) {
      discard(params);
      return {};
    },
    update(updates, state, params, extra) {
      const { value, ...rest } = extra ?? {};
      discard(params, rest);
      const squared = sumOver(tree.ref(updates), (g) => np.square(g).sum());
      const divisor = squared.add(num(eps, squared));
      const zero = np.equal(divisor.ref, 0);
      const least = num(minimum, divisor);
      const gap = need(value, "polyak", "extra.value, the loss").astype(divisor.dtype).sub(least);
      const bound = num(maxLearningRate, divisor);
      const ratio = np.where(zero.ref, num(0, divisor), gap.div(np.where(zero, num(1, divisor), divisor)));
      const rate = np.minimum(ratio, bound);
      const [step] = eachLeaf([updates], (g) => {
        const size = num(rate, g);
        return [g.mul(size).mul(-1)];
      });
      rate.dispose();
      return [step, state];
    },
  };
}

/**
 * Polyak's heavy ball: gradient descent with momentum, by its own name.
 *
 * Rule: $x_{t+1} = x_t - \eta g_t + \mu (x_t - x_{t-1})$, which is `sgd` with momentum.
 * Defaults: momentum 0.9; the learning rate has none.
 * Use: Quadratics and other smooth convex functions, where its rate depends on the root of the condition number.
 * Avoid: As for sgd; on some convex functions that are not quadratic it cycles, where Nesterov's form does not.
 * Memory: one number per parameter.
 * Cost: One elementwise pass: reads g, x, m, writes x, m.
 * Paper: Polyak, Some methods of speeding up the convergence of iteration methods, 1964.
 */
export const heavyBall = ({
  momentum = 0.9,
  ...options
}: Omit<SgdOptions, "nesterov" | "dampening">): GradientTransformation => sgd({ momentum, ...options });
