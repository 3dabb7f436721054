import { chain } from "../chain.ts";
import type { Mask } from "../mask.ts";
import type { Scalar, ScalarOrSchedule } from "../scalar.ts";
import type { GradientTransformation } from "../transformation.ts";
import { addDecayedWeights } from "../transforms/decay.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { type AdamScalingOptions, scaleByAdam } from "./adam.ts";

export type AdamWOptions = AdamScalingOptions & {
  /** Default 1e-3. */
  learningRate?: ScalarOrSchedule;
  /** Decoupled decay; a step shrinks the weights by learningRate * weightDecay. Default 1e-2. */
  weightDecay?: Scalar;
  /** The parameters that decay; all by default. */
  decayMask?: Mask;
};

/**
 * Adam with decoupled weight decay: the decay does not pass through the adaptive scaling.
 *
 * Rule: $x \leftarrow (1 - \eta\lambda) x - \eta\, \hat m / (\sqrt{\hat v} + \epsilon)$ with Adam's moments.
 * Defaults: torch.optim.AdamW (optax decays by 1e-4).
 * Use: Transformers and most deep networks: the baseline to beat.
 * Avoid: When two numbers of state per parameter are too many (adafactor, lion), or matrices dominate and time matters
 * (muon).
 * Memory: two numbers per parameter.
 * Cost: One elementwise pass: reads g, x, m, v, writes x, m, v.
 * Paper: Loshchilov, Hutter, Decoupled weight decay regularization, 2019.
 */
export function adamw({
  learningRate = 1e-3,
  weightDecay = 1e-2,
  decayMask,
  ...options
}: AdamWOptions = {}): GradientTransformation {
  return chain(
    scaleByAdam(options),
    addDecayedWeights(weightDecay, decayMask),
    scaleByLearningRate(learningRate),
  );
}
