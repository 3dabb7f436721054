import { chain } from "../chain.ts";
import type { Mask } from "../mask.ts";
import type { Scalar, ScalarOrSchedule } from "../scalar.ts";
import type { GradientTransformation } from "../transformation.ts";
import { addDecayedWeights } from "../transforms/decay.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";

/** What every optimizer with decoupled weight decay takes. */
export type DescentOptions = {
  /** The learning rate: a number, a scalar array, or a schedule. */
  learningRate?: ScalarOrSchedule;
  /** Decoupled decay: a step shrinks the weights by learningRate * weightDecay. */
  weightDecay?: Scalar;
  /** The parameters that decay; all by default. */
  decayMask?: Mask;
};

/** `x <- (1 - learningRate weightDecay) x - learningRate direction`. */
export const descend = (
  direction: GradientTransformation,
  learningRate: ScalarOrSchedule,
  weightDecay: Scalar = 0,
  decayMask?: Mask,
): GradientTransformation =>
  chain(direction, addDecayedWeights(weightDecay, decayMask), scaleByLearningRate(learningRate));

/** Coupled by default, or decoupled. */
export const descendEither = (
  direction: GradientTransformation,
  learningRate: ScalarOrSchedule,
  weightDecay: Scalar,
  decoupled: boolean,
): GradientTransformation => (decoupled ? descend : descendCoupled)(direction, learningRate, weightDecay);

/** Decay that passes through the rule like a gradient (L2 regularisation): `g <- g + weightDecay x`. */
export const descendCoupled = (
  direction: GradientTransformation,
  learningRate: ScalarOrSchedule,
  weightDecay: Scalar = 0,
): GradientTransformation =>
  chain(addDecayedWeights(weightDecay), direction, scaleByLearningRate(learningRate));
