import { numpy as np, tree } from "@jax-js/jax";
import { num, type Scalar, sign } from "../scalar.ts";
import { discard, type GradientTransformation } from "../transformation.ts";
import { type ArrayTree, eachLeaf, zerosLike } from "../tree.ts";

export type RpropOptions = {
  /** The first step of every coordinate. Default 1e-2. */
  learningRate?: Scalar;
  /** Factors on the step when the gradient's sign changed, and when it stayed. Default 0.5 and 1.2. */
  etas?: readonly [Scalar, Scalar];
  /** Least and greatest step. Default 1e-6 and 50. */
  stepSizes?: readonly [Scalar, Scalar];
};

/**
 * Rprop: only signs of gradients count; a step per coordinate grows while the sign stays. For full batches.
 *
 * Rule: $\sigma = \mathrm{sign}(g\, g_{prev})$; $s \leftarrow s \cdot (\eta^+, 1, \eta^-)$ for $\sigma = (1, 0, -1)$ within its limits;
 * where $\sigma = -1$, $g \leftarrow 0$; $x \leftarrow x - s\, \mathrm{sign}(g)$.
 * Defaults: torch.optim.Rprop.
 * Use: Full batches of smooth problems with badly scaled coordinates.
 * Avoid: Minibatches: noise flips signs, which shrinks all steps to the least.
 * Memory: two numbers per parameter.
 * Cost: One elementwise pass: reads g, x, the previous g and s, writes all but g.
 * Paper: Riedmiller, Braun, A direct adaptive method for faster backpropagation learning, 1993.
 */
export function rprop({
  learningRate = 1e-2,
  etas: [shrink, grow] = [0.5, 1.2],
  stepSizes: [least, greatest] = [1e-6, 50],
}: RpropOptions = {}): GradientTransformation<{ previous: ArrayTree; step: ArrayTree }> {
  return {
    init(params) {
      const [step] = eachLeaf([tree.ref(params)], (p) => {
        const first = num(learningRate, p);
        return [np.zerosLike(p).add(first)];
      });
      return { previous: zerosLike(params), step };
    },
    update(updates, state, params, extra) {
      discard(params, extra);
      const [result, previous, step] = eachLeaf([updates, state.previous, state.step], (g, last, s) => {
        const product = g.ref.mul(last);
        const same = np.greater(product.ref, 0);
        const turned = np.less(product, 0);
        const factor = np.where(same, num(grow, g), np.where(turned.ref, num(shrink, g), num(1, g)));
        const next = np.minimum(np.maximum(s.mul(factor), num(least, g)), num(greatest, g));
        const used = np.where(turned, num(0, g), g);
        return [sign(used.ref).mul(next.ref).mul(-1), used, next];
      });
      return [result, { previous, step }];
    },
  };
}
