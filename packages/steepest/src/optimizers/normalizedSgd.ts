import { numpy as np, tree } from "@jax-js/jax";
import { chain } from "../chain.ts";
import { num, type Scalar, type ScalarOrSchedule } from "../scalar.ts";
import { discard, type GradientTransformation, stateless } from "../transformation.ts";
import { averageGradients } from "../transforms/average.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { eachLeaf, globalNorm } from "../tree.ts";

export type NormalizedSgdOptions = {
  learningRate: ScalarOrSchedule;
  /** Weight of the past in the average that is normalised. Default 0. */
  momentum?: Scalar;
};

/** Divides updates by their Euclidean norm over all leaves; zero stays zero. */
export const normalizeByGlobalNorm = (): GradientTransformation =>
  stateless((updates, params) => {
    discard(params);
    const norm = globalNorm(tree.ref(updates));
    const safe = np.where(np.equal(norm.ref, 0), num(1, norm), norm);
    const [unit] = eachLeaf([updates], (g) => {
      const length = num(safe, g);
      return [g.div(length)];
    });
    safe.dispose();
    return unit;
  });

/**
 * Normalised gradient descent: a step of fixed length along the gradient of all parameters together.
 *
 * Rule: $m \leftarrow \mu m + (1-\mu) g$; $x \leftarrow x - \eta\, m / \|m\|_2$ with the norm over the whole tree.
 * Defaults: momentum 0; the learning rate, the length of a step, has none.
 * Use: Gradients of unknown or exploding size, and problems whose smoothness grows with the gradient.
 * Avoid: Small batches without momentum: normalising a noisy gradient biases the direction. The rate must fall, since the
 * step does not.
 * Memory: nothing, or one number per parameter with momentum.
 * Cost: One reduction over all gradients, then one elementwise pass: reads g, x (and m), writes x (and m).
 * Paper: Nesterov, 1984; Cutkosky, Mehta, Momentum improves normalized SGD, 2020.
 */
export const normalizedSgd = ({ learningRate, momentum = 0 }: NormalizedSgdOptions): GradientTransformation =>
  chain(
    ...(momentum === 0 ? [] : [averageGradients({ decay: momentum })]),
    normalizeByGlobalNorm(),
    scaleByLearningRate(learningRate),
  );
