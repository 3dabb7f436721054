import { chain } from "../chain.ts";
import { num, type Scalar, type ScalarOrSchedule } from "../scalar.ts";
import { discard, type GradientTransformation, stateless } from "../transformation.ts";
import { averageGradients } from "../transforms/average.ts";
import { addDecayedWeights } from "../transforms/decay.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { eachLeaf } from "../tree.ts";
import { type NormChoice, normsOf, productNorm } from "./product.ts";

/** Replaces updates by `sharp(updates)`: the direction of steepest ascent, as long as the dual norm. */
export const scaleBySharp = (norm: NormChoice): GradientTransformation =>
  stateless((updates, params) => {
    discard(params);
    return productNorm(norm).sharp(updates);
  });

/** Replaces updates by `-radius lmo(updates)`: the direction of steepest ascent, of norm `radius`. */
export const scaleByLmo = (norm: NormChoice, radius: Scalar = 1): GradientTransformation => ({
  init(params) {
    // Norms that refuse a parameter say so before the first step.
    normsOf(norm, params);
    discard(params);
    return {};
  },
  update(updates, state, params, extra) {
    discard(params, extra);
    const [direction] = eachLeaf([productNorm(norm).lmo(updates)], (y) => {
      const length = num(radius, y);
      return [y.mul(length).mul(-1)];
    });
    return [direction, state];
  },
});

export type SteepestDescentOptions = {
  learningRate: ScalarOrSchedule;
  /** The norm of every parameter; a tree of parameters has the largest of its leaves' norms. */
  norm: NormChoice;
  /** Weight of the past in a moving average of gradients. Default 0: none. */
  momentum?: Scalar;
  /** Default false. */
  nesterov?: boolean;
  /** Decoupled, scaled by the learning rate. Default 0. */
  weightDecay?: Scalar;
};

const momentumOf = ({ momentum = 0, nesterov = false }: SteepestDescentOptions): GradientTransformation[] =>
  momentum === 0 ? [] : [averageGradients({ decay: momentum, nesterov })];

/**
 * Steepest descent under a norm: the step that minimises $\langle g, d \rangle + \frac{1}{2\eta}\|d\|^2$.
 *
 * Rule: $x \leftarrow x - \eta\, g^\sharp$ with $g^\sharp = \|g\|_*\, \arg\max_{\|y\| \le 1} \langle g, y\rangle$. Under l2 it is gradient descent.
 * Defaults: the norm and the learning rate have none.
 * Use: To make an optimizer from a norm, and to see what a known one does: the step is longer where the gradient is.
 * Avoid: Norms whose dual norm is expensive (spectral: a polar factor).
 * Memory: nothing, or one number per parameter with momentum.
 * Cost: That of the norm's oracle and dual norm, and one elementwise pass.
 * Paper: Boyd, Vandenberghe, Convex optimization, section 9.4; Bernstein, Newhouse, Old optimizer, new norm, 2024.
 */
export const steepestDescent = (options: SteepestDescentOptions): GradientTransformation =>
  chain(
    ...momentumOf(options),
    scaleBySharp(options.norm),
    addDecayedWeights(options.weightDecay ?? 0),
    scaleByLearningRate(options.learningRate),
  );

/**
 * Normalised steepest descent: the step of norm $\eta$ that descends most, whatever the length of the gradient.
 *
 * Rule: $x \leftarrow x + \eta\, \mathrm{lmo}(g)$. Under l2: normalised gradient descent; under linf: sign descent; under the
 * spectral norm: Muon.
 * Defaults: the norm and the learning rate have none; `radius` multiplies the step, 1.
 * Use: To make an optimizer from a norm; steps of a fixed size suit stochastic gradients and transfer across widths.
 * Avoid: Near a minimum with a constant rate: the step does not shrink with the gradient.
 * Memory: nothing, or one number per parameter with momentum.
 * Cost: That of the norm's oracle, and one elementwise pass.
 * Paper: Bernstein, Newhouse, Old optimizer, new norm, 2024; Pethick et al., 2025.
 */
export const normalizedSteepestDescent = (
  options: SteepestDescentOptions & { radius?: Scalar },
): GradientTransformation =>
  chain(
    ...momentumOf(options),
    scaleByLmo(options.norm, options.radius ?? 1),
    addDecayedWeights(options.weightDecay ?? 0),
    scaleByLearningRate(options.learningRate),
  );
