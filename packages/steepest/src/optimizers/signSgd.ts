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
 * Use: Distributed training with one bit per coordinate, heavy-tailed gradient noise, and as the simplest relative of
 * Adam.
 * Avoid: Noise-dominated gradients without momentum: their signs average out, and the step never shrinks by itself, so
 * the rate must fall.
 * Memory: nothing, or one number per parameter with momentum.
 * Cost: One elementwise pass: reads g, x (and m), writes x (and m).
 * Paper: Bernstein et al., signSGD: compressed optimisation for non-convex problems, 2018.
 */
export const signSgd = ({ learningRate = 1e-3, ...options }: SignSgdOptions = {}): GradientTransformation =>
  normalizedSteepestDescent({ norm: linf, learningRate, ...options });
