import { normalizedSteepestDescent } from "../norms/steepestDescent.ts";
import { linf } from "../norms/vector.ts";
import type { Scalar, ScalarOrSchedule } from "../scalar.ts";
import type { GradientTransformation } from "../transformation.ts";

export type SignSgdOptions = {
  /** Default 1e-3. */
  learningRate?: ScalarOrSchedule;
  /** Weight of the past in the average whose sign is taken (Signum). Default 0. */
  momentum?: Scalar;
  /** Decoupled. Default 0. */
  weightDecay?: Scalar;
};

/**
 * Sign descent; with momentum, Signum. Normalised steepest descent under the maximum norm.
 *
 * Rule: $m \leftarrow \mu m + (1-\mu) g$; $x \leftarrow (1-\eta\lambda) x - \eta\, \mathrm{sign}(m)$.
 * Defaults: momentum 0, weight decay 0; learning rate 1e-3 as optax.sign_sgd's examples.
 * Memory: nothing, or one number per parameter with momentum.
 * Paper: Bernstein et al., signSGD: compressed optimisation for non-convex problems, 2018.
 */
export const signSgd = ({ learningRate = 1e-3, ...options }: SignSgdOptions = {}): GradientTransformation =>
  normalizedSteepestDescent({ norm: linf, learningRate, ...options });
