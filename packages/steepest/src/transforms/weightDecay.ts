import { chain } from "../chain.ts";
import type { Mask } from "../mask.ts";
import { descend } from "../optimizers/descend.ts";
import type { ScalarOrSchedule } from "../scalar.ts";
import type { GradientTransformation } from "../transformation.ts";
import { addDecayedWeights } from "./decay.ts";
import { scaleByLearningRate } from "./scale.ts";

/**
 * How weights decay.
 * - `coupled`: `g <- g + decay x` before the rule (L2 regularisation; torch's Adam)
 * - `scaled`: a step shrinks the weights by learningRate * decay (torch's and optax's AdamW)
 * - `independent`: a step shrinks the weights by decay, whatever the learning rate (the AdamW paper)
 */
export type DecayMode = "coupled" | "scaled" | "independent";

/** A direction with a learning rate and weight decay of a chosen kind. */
export function withDecay(
  direction: GradientTransformation,
  learningRate: ScalarOrSchedule,
  decay: number,
  mode: DecayMode,
  where?: Mask,
): GradientTransformation {
  if (mode === "coupled")
    return chain(addDecayedWeights(decay, where), direction, scaleByLearningRate(learningRate));
  if (mode === "scaled") return descend(direction, learningRate, decay, where);
  return chain(direction, scaleByLearningRate(learningRate), addDecayedWeights(-decay, where));
}
