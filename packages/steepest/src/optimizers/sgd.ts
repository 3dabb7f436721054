import { chain } from "../chain.ts";
import type { Scalar, ScalarOrSchedule } from "../scalar.ts";
import type { GradientTransformation } from "../transformation.ts";
import { addDecayedWeights } from "../transforms/decay.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { trace } from "../transforms/trace.ts";

export type SgdOptions = {
  learningRate: ScalarOrSchedule;
  /** Default 0. */
  momentum?: Scalar;
  /** Default false. */
  nesterov?: boolean;
  /** Default 0. */
  dampening?: Scalar;
  /** Added to the gradient as `weightDecay * x` (coupled, as in torch). Default 0. */
  weightDecay?: Scalar;
};

/**
 * Stochastic gradient descent, with momentum as in torch.optim.SGD.
 *
 * Rule: $g \leftarrow g + \lambda x$; $m \leftarrow \mu m + (1-\tau) g$ (at the first step $m = g$); $x \leftarrow x - \eta m$,
 * or with Nesterov's look-ahead $x \leftarrow x - \eta (g + \mu m)$.
 * Defaults: torch.optim.SGD; the learning rate has none.
 * Use: Vision models with batch normalisation, convex problems, and wherever memory is scarce; with momentum and a
 * falling rate it often generalises best.
 * Avoid: Transformers and badly scaled problems: one learning rate for all coordinates must fit the steepest of them.
 * Memory: nothing without momentum, else one number per parameter.
 * Cost: One elementwise pass: reads g, x (and m), writes x (and m).
 * Paper: Robbins, Monro, 1951; Polyak, 1964; Nesterov, 1983; Sutskever et al., 2013.
 */
export function sgd({
  learningRate,
  momentum = 0,
  nesterov = false,
  dampening = 0,
  weightDecay = 0,
}: SgdOptions): GradientTransformation {
  const parts = [addDecayedWeights(weightDecay)];
  if (momentum !== 0) parts.push(trace({ momentum, nesterov, dampening }));
  return chain(...parts, scaleByLearningRate(learningRate));
}
