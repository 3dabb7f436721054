import { chain } from "../chain.ts";
import type { GradientTransformation } from "../transformation.ts";
import { addDecayedWeights } from "../transforms/decay.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { scaleByTrustRatio } from "../transforms/trustRatio.ts";
import { type AdamScalingOptions, scaleByAdam } from "./adam.ts";
import type { DescentOptions } from "./descend.ts";

/**
 * LAMB: AdamW whose step on every array is proportional to the norm of the array. For large batches.
 *
 * Rule: $u = \hat m / (\sqrt{\hat v} + \epsilon) + \lambda x$; $x \leftarrow x - \eta \frac{\|x\|}{\|u\|} u$, with ratio 1 where
 * either norm is zero.
 * Defaults: optax.lamb: learning rate 1e-3, b1 0.9, b2 0.999, eps 1e-6, weight decay 0.
 * Use: Very large batches (thousands of examples and more), where one rate for all layers diverges.
 * Avoid: Small batches: AdamW is as good and cheaper.
 * Memory: two numbers per parameter.
 * Cost: An elementwise pass, two reductions per array, and a second pass: reads g, x, m, v, writes x, m, v.
 * Paper: You et al., Large batch optimization for deep learning, 2020.
 */
export function lamb({
  learningRate = 1e-3,
  weightDecay = 0,
  decayMask,
  eps = 1e-6,
  ...options
}: AdamScalingOptions & DescentOptions = {}): GradientTransformation {
  return chain(
    scaleByAdam({ eps, ...options }),
    addDecayedWeights(weightDecay, decayMask),
    scaleByTrustRatio(),
    scaleByLearningRate(learningRate),
  );
}
