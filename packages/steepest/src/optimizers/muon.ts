import { chain } from "../chain.ts";
import type { Mask } from "../mask.ts";
import { matrixShape } from "../matrices.ts";
import { spectral } from "../norms/matrix.ts";
import { type Norm, rescale, viewedAs } from "../norms/norm.ts";
import { scaleByLmo } from "../norms/steepestDescent.ts";
import { partition } from "../partition.ts";
import { newtonSchulz, type Polar } from "../polar/newtonSchulz.ts";
import { checkRoles, type Role, type RoleTree } from "../roles.ts";
import type { Scalar, ScalarOrSchedule } from "../scalar.ts";
import type { GradientTransformation } from "../transformation.ts";
import { averageGradients } from "../transforms/average.ts";
import { addDecayedWeights } from "../transforms/decay.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { leafPaths } from "../tree.ts";
import { type AdamWOptions, adamw } from "./adamw.ts";

/**
 * The factor on an orthogonal update of a (rows, columns) = (out, in) matrix.
 * - `keller`: sqrt(max(1, rows/columns)), of Jordan's code
 * - `moonshot`: 0.2 sqrt(max(rows, columns)), which gives the update the root mean square of AdamW's
 * - `none`: 1
 */
export type MuonScale = "keller" | "moonshot" | "none" | ((rows: number, columns: number) => number);

const scales = {
  keller: (rows: number, columns: number) => Math.sqrt(Math.max(1, rows / columns)),
  moonshot: (rows: number, columns: number) => 0.2 * Math.sqrt(Math.max(rows, columns)),
  none: () => 1,
};

export type MuonScalingOptions = {
  /** Decay of the momentum average. Default 0.95. */
  momentum?: Scalar;
  /** Default true. */
  nesterov?: boolean;
  /** The orthogonalisation. Default: five steps of Keller's Newton-Schulz. */
  polar?: Polar;
  /** Default "keller". */
  scale?: MuonScale;
};

export type MuonOptions = MuonScalingOptions & {
  /** Default 0.02. */
  learningRate?: ScalarOrSchedule;
  /** Decoupled decay, scaled by the learning rate. Default 0. */
  weightDecay?: Scalar;
  /** The parameters that decay; all by default. */
  decayMask?: Mask;
  /** What each parameter is. Without it every parameter must be a matrix of rank 2. */
  roles?: RoleTree;
  /**
   * AdamW for embeddings, heads and vectors; false refuses them. Defaults: those of Jordan's auxiliary Adam, learning
   * rate 3e-4, b1 0.9, b2 0.95, eps 1e-10, with Muon's own weight decay.
   */
  adamw?: AdamWOptions | false;
};

/**
 * The direction of Muon, without learning rate, for trees whose leaves are all matrices under their roles: momentum, and
 * the oracle of the spectral norm.
 */
export const scaleByMuon = (
  { momentum = 0.95, nesterov = true, polar = newtonSchulz(), scale = "keller" }: MuonScalingOptions = {},
  roles?: ReadonlyMap<string, Role>,
): GradientTransformation =>
  chain(averageGradients({ decay: momentum, nesterov }), scaleByLmo(muonNorm(polar, scale, roles)));

/** The spectral norm of every parameter in its matrix shape, its unit ball stretched by the scale. */
function muonNorm(polar: Polar, scale: MuonScale, roles?: ReadonlyMap<string, Role>) {
  const factor = typeof scale === "function" ? scale : scales[scale];
  const stretched = rescale(spectral(polar), (shape) => factor(...(shape.slice(-2) as [number, number])));
  return (path: string, shape: readonly number[]): Norm => {
    const role = roles?.get(path);
    if (role === undefined && shape.length !== 2) {
      throw new Error(
        `muon: parameter '${path}' of shape [${shape.join(", ")}] is not a matrix; set roles, or give it to adamw with partition()`,
      );
    }
    const matrices = matrixShape(role ?? "hidden", shape);
    if (matrices === undefined) {
      throw new Error(
        `muon: parameter '${path}' has role ${role}; give it to adamw with partition(), or set the adamw option`,
      );
    }
    return viewedAs(stretched, () => matrices);
  };
}

/**
 * Muon: momentum, orthogonalised. Steepest descent for matrices under the spectral norm.
 *
 * Rule: $M \leftarrow \mu M + (1-\mu) G$; $N = \mu M + (1-\mu) G$ (Nesterov); $X \leftarrow (1-\eta\lambda) X - \eta\, s\, O$
 * where $O$ approximates the polar factor $U V^T$ of $N = U S V^T$ (really $U S' V^T$ with $S'$ within [0.68, 1.13] for
 * the default polynomials) and $s = \sqrt{\max(1, out/in)}$.
 * Only matrices: embeddings, heads and vectors go to AdamW, by `roles`. Convolution kernels are flattened to
 * (out, in h w); fused query-key-value weights are three matrices.
 * Defaults: KellerJordan/Muon, muon.py. Variants: `scale: "moonshot"` with learning rate 1e-3 and weight decay 0.1.
 * Memory: one number per parameter.
 * Paper: Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024; Liu et al., Muon is scalable for
 * LLM training, 2025.
 *
 * @throws Error naming a parameter that is not a matrix and has no role, or whose role Muon does not take.
 */
export function muon({
  learningRate = 0.02,
  weightDecay = 0,
  decayMask,
  roles,
  adamw: auxiliary = {},
  ...options
}: MuonOptions = {}): GradientTransformation {
  const matrices = (byPath?: ReadonlyMap<string, Role>) =>
    chain(
      scaleByMuon(options, byPath),
      addDecayedWeights(weightDecay, decayMask),
      scaleByLearningRate(learningRate),
    );
  if (roles === undefined) return matrices();
  const byPath = new Map(leafPaths<Role>(roles));
  if (auxiliary === false) return checked(matrices(byPath), roles);
  const rest = adamw({ learningRate: 3e-4, b1: 0.9, b2: 0.95, eps: 1e-10, weightDecay, ...auxiliary });
  const parts = partition({ muon: matrices(byPath), adamw: rest }, (path, shape) =>
    matrixShape(byPath.get(path) ?? "vector", shape) === undefined ? "adamw" : "muon",
  );
  return checked(parts, roles);
}

/** Checks the role tree against the parameters at init. */
function checked(inner: GradientTransformation, roles: RoleTree): GradientTransformation {
  return {
    init(params) {
      checkRoles(roles, params, "muon");
      return inner.init(params);
    },
    update: (updates, state, params, extra) => inner.update(updates, state, params, extra),
  };
}
