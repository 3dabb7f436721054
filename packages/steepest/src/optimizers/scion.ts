import { tree } from "@jax-js/jax";
import { chain } from "../chain.ts";
import { matrixShape } from "../matrices.ts";
import { averageToLinf, l1ToRms, rms, rmsToLinf, rmsToRms } from "../norms/matrix.ts";
import { type Norm, rescale, viewedAs } from "../norms/norm.ts";
import type { NormChoice } from "../norms/product.ts";
import { scaleByLmo } from "../norms/steepestDescent.ts";
import { newtonSchulz, type Polar } from "../polar/newtonSchulz.ts";
import type { Role, RoleTree } from "../roles.ts";
import { ema, type Scalar, type ScalarOrSchedule } from "../scalar.ts";
import { discard, type GradientTransformation } from "../transformation.ts";
import { addDecayedWeights } from "../transforms/decay.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { type ArrayTree, eachLeaf, leafPaths, zerosLike } from "../tree.ts";

/** The unit balls of Scion. */
export type ScionNorm = "spectral" | "sign" | "col" | "row" | "bias";

export type ScionOptions = {
  /** Default 2^-12, of the GPT example. */
  learningRate?: ScalarOrSchedule;
  /** Weight of the newest gradient in the average. Default 0.1. */
  momentum?: Scalar;
  /** Leave out the shrinking of x. Default false: x stays in the ball of radius `radius`. */
  unconstrained?: boolean;
  /** Radius of hidden parameters' ball, and of all others without their own. Default 50. */
  radius?: number;
  /** Radius of embeddings' and heads' ball. Default 3000. */
  headRadius?: number;
  /** One norm for all, by name or as an object. Default: by role (see `roles`). */
  norm?: ScionNorm | NormChoice;
  /** What each parameter is: hidden, conv and qkv get "spectral", embedding and head "sign", vector "bias". */
  roles?: RoleTree;
  /** Default: five steps of Keller's Newton-Schulz. */
  polar?: Polar;
};

/** Added to the lengths of columns and rows, as in the reference. */
const eps = 1e-8;

/** The named norms, whose unit steps are: sqrt(out/in) U V^T, sign / in, sqrt(out) g / ||column||, g / (sqrt(in) ||row||), g / rms. */
const named = (polar: Polar): Record<ScionNorm, Norm> => ({
  spectral: rmsToRms(polar),
  sign: averageToLinf(),
  col: l1ToRms(eps),
  row: rmsToLinf(eps),
  bias: rms(),
});

/**
 * Scion: stochastic conditional gradient with a norm per layer.
 *
 * Rule: $b \leftarrow (1-\alpha) b + \alpha g$; constrained $x \leftarrow (1-\eta) x + \eta\rho\, \mathrm{lmo}(b)$, unconstrained
 * $x \leftarrow x + \eta\rho\, \mathrm{lmo}(b)$.
 * Defaults: LIONS-EPFL/scion, the GPT example (radius 50, head 3000, learning rate 2^-12). Start inside the ball:
 * `norm.initialise`.
 * Use: Training across widths with one learning rate: every layer's step and size are measured in its own norm.
 * Avoid: Parameters without a role. Models that start outside the ball: the constrained form first shrinks them.
 * Memory: one number per parameter.
 * Cost: As muon for matrices; for others one reduction per row or array and one elementwise pass.
 * Paper: Pethick et al., Training deep learning models with norm-constrained LMOs, 2025.
 *
 * @throws Error naming a parameter without role, when `norm` is not given and `roles` does not cover it.
 */
export function scion({
  learningRate = 2 ** -12,
  momentum = 0.1,
  unconstrained = false,
  radius = 50,
  headRadius = 3000,
  norm,
  roles,
  polar = newtonSchulz(),
}: ScionOptions = {}): GradientTransformation {
  const norms = named(polar);
  const choice = typeof norm === "string" ? norms[norm] : (norm ?? byRole(norms, roles, headRadius, radius));
  return chain(
    averageNewest(momentum),
    scaleByLmo(choice, radius),
    addDecayedWeights(unconstrained ? 0 : 1),
    scaleByLearningRate(learningRate),
  );
}

/** A moving average given by the weight of the newest gradient, not of the past. */
const averageNewest = (weight: Scalar): GradientTransformation<{ mu: ArrayTree }> => ({
  init: (params) => ({ mu: zerosLike(params) }),
  update(updates, state, params, extra) {
    discard(params, extra);
    const [mu] = eachLeaf([updates, state.mu], (g, m) => [ema(g, m, weight)]);
    return [tree.ref(mu), { mu }];
  },
});

function byRole(
  norms: Record<ScionNorm, Norm>,
  roles: RoleTree | undefined,
  headRadius: number,
  radius: number,
): NormChoice {
  const given = new Map(roles === undefined ? [] : leafPaths<Role>(roles));
  // scaleByLmo multiplies by the radius of hidden parameters.
  const head = rescale(norms.sign, headRadius / radius);
  return (path) => {
    const role = given.get(path);
    if (role === undefined)
      throw new Error(`scion: parameter '${path}' has no role; set roles, or norm for all`);
    if (role === "embedding" || role === "head") return head;
    if (role === "vector") return norms.bias;
    return viewedAs(norms.spectral, (shape) => matrixShape(role, shape) as number[]);
  };
}
