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
 * - `keller`: sqrt(max(1, rows/columns)), of Jordan's code; torch's "original" and optax's default are the same
 * - `moonshot`: 0.2 sqrt(max(rows, columns)), which gives the update the root mean square of AdamW's; torch's
 *   "match_rms_adamw" and optax's `consistent_rms=0.2`
 * - `dion`: sqrt(rows/columns), the step of norm one between root mean squares
 * - `none`: 1
 */
export type MuonScale = "keller" | "moonshot" | "dion" | "none" | ((rows: number, columns: number) => number);

const scales = {
  keller: (rows: number, columns: number) => Math.sqrt(Math.max(1, rows / columns)),
  moonshot: (rows: number, columns: number) => 0.2 * Math.sqrt(Math.max(rows, columns)),
  dion: (rows: number, columns: number) => Math.sqrt(rows / columns),
  none: () => 1,
};

/**
 * Published implementations, as the defaults they stand for:
 * - `keller`: KellerJordan/Muon
 * - `moonshot`: MoonshotAI/Moonlight: the scale of that name, learning rate 1e-3, weight decay 0.1
 * - `torch`: torch.optim.Muon (in this library's precision, not bfloat16): learning rate 1e-3, weight decay 0.1, the least
 *   divisor 1e-7 in the polynomials' first step
 * - `optax`: optax.contrib.muon: momentum corrected for its zero start, eps 1e-8; its matrices are (in, out), ours (out, in)
 */
export type MuonVariant = "keller" | "moonshot" | "torch" | "optax";

type VariantDefaults = Required<
  Pick<MuonOptions, "learningRate" | "weightDecay" | "scale" | "corrected"> & { polar: () => Polar }
>;

const keller: VariantDefaults = {
  learningRate: 0.02,
  weightDecay: 0,
  scale: "keller",
  corrected: false,
  polar: () => newtonSchulz(),
};
const variants: Readonly<Record<MuonVariant, VariantDefaults>> = {
  keller,
  moonshot: { ...keller, learningRate: 1e-3, weightDecay: 0.1, scale: "moonshot" },
  torch: { ...keller, learningRate: 1e-3, weightDecay: 0.1, polar: () => newtonSchulz({ clamp: true }) },
  optax: { ...keller, corrected: true, polar: () => newtonSchulz({ eps: 1e-8 }) },
};

/** Parameters seen as batches of matrices: (..., out, in). */
export type MatrixView = (
  path: string,
  shape: readonly number[],
  role: Role,
) => readonly number[] | undefined;

export type MuonScalingOptions = {
  /** Whose defaults hold. Default "keller". */
  variant?: MuonVariant;
  /** Decay of the momentum average. Default 0.95. */
  momentum?: Scalar;
  /** Default true. */
  nesterov?: boolean;
  /** Correct the momentum for its zero start. Default: the variant's, true for "optax" alone. */
  corrected?: boolean;
  /** The orthogonalisation. Default: five steps of Keller's Newton-Schulz, with the variant's eps. */
  polar?: Polar;
  /** Default: the variant's, "keller" for all but "moonshot". */
  scale?: MuonScale;
  /** Multiply every update by <momentum, update>, its dual norm, as optax's `adaptive`: not normalised. Default false. */
  adaptive?: boolean;
  /** Query, key and value matrices (role qkv) are taken head by head, this many each. Default 1: whole. */
  heads?: number;
  /** Another shape (..., out, in) for some matrices, of the same size; undefined keeps the role's. Default: none. */
  view?: MatrixView;
};

export type MuonOptions = MuonScalingOptions & {
  /** Default: the variant's, 0.02 for "keller" and "optax", 1e-3 for "moonshot" and "torch". */
  learningRate?: ScalarOrSchedule;
  /** Decoupled decay, scaled by the learning rate. Default: the variant's, 0 or (moonshot, torch) 0.1. */
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
 *
 * @throws RangeError for an unknown variant or scale, Error naming a parameter that is not a matrix.
 */
export function scaleByMuon(
  options: MuonScalingOptions = {},
  roles?: ReadonlyMap<string, Role>,
): GradientTransformation {
  const { momentum = 0.95, nesterov = true, adaptive = false } = options;
  const defaults = defaultsOf(options.variant);
  const { corrected = defaults.corrected } = options;
  const average = averageGradients({ decay: momentum, nesterov, corrected });
  const polar = options.polar ?? defaults.polar();
  const oracle = adaptive ? timesDual(polar) : polar;
  return chain(average, scaleByLmo(muonNorm(oracle, options.scale ?? defaults.scale, options, roles)));
}

/** The polar factor O of every X times <X, O>. */
const timesDual =
  (polar: Polar): Polar =>
  (x) => {
    const factor = polar(x.ref);
    const dual = x.mul(factor.ref).sum([-2, -1], { keepdims: true });
    return factor.mul(dual);
  };

function defaultsOf(variant: MuonVariant = "keller"): VariantDefaults {
  if (!Object.hasOwn(variants, variant)) {
    throw new RangeError(
      `muon: unknown variant '${variant}'; expected one of ${Object.keys(variants).join(", ")}`,
    );
  }
  return variants[variant];
}

/** The spectral norm of every parameter in its matrix shape, its unit ball stretched by the scale. */
function muonNorm(
  polar: Polar,
  scale: MuonScale,
  { heads = 1, view }: MuonScalingOptions,
  roles?: ReadonlyMap<string, Role>,
) {
  const factor = typeof scale === "function" ? scale : scales[scale];
  if (factor === undefined) {
    throw new RangeError(
      `muon: unknown scale '${scale}'; expected a function or one of ${Object.keys(scales).join(", ")}`,
    );
  }
  const stretched = rescale(spectral(polar), (shape) => factor(...(shape.slice(-2) as [number, number])));
  return (path: string, shape: readonly number[]): Norm => {
    const where = `muon: parameter '${path}' of shape [${shape.join(", ")}]`;
    const role = roles?.get(path);
    const own = view?.(path, shape, role ?? "hidden");
    if (own !== undefined) {
      const size = (s: readonly number[]) => s.reduce((a, b) => a * b, 1);
      if (own.length < 2 || size(own) !== size(shape)) {
        throw new Error(
          `${where} cannot be seen as [${own.join(", ")}]; expected (..., out, in) of its size`,
        );
      }
      return viewedAs(stretched, () => own);
    }
    if (role === undefined && shape.length !== 2) {
      throw new Error(`${where} is not a matrix; set roles, or give it to adamw with partition()`);
    }
    const matrices = matrixShape(role ?? "hidden", shape, heads);
    if (matrices === undefined) {
      throw new Error(
        `${where} has role ${role}; give it to adamw with partition(), or set the adamw option`,
      );
    }
    if (!matrices.every(Number.isInteger)) {
      throw new Error(`${where} has role qkv, but its rows do not divide into 3 x ${heads} heads`);
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
 * (out, in h w). Fused query-key-value weights are three matrices, or with `heads` one for each head.
 * Defaults: KellerJordan/Muon, muon.py; `variant` takes those of Moonlight, torch.optim.Muon or optax.contrib.muon.
 * Use: Hidden matrices of transformers and other networks: fewer steps to the same loss than AdamW. `scale: "moonshot"`
 * lets it share AdamW's learning rate.
 * Avoid: Embeddings, heads and vectors (AdamW takes them, by `roles`); fine-tuning of a model trained with AdamW; tiny
 * batches.
 * Memory: one number per parameter.
 * Cost: Five steps of 2 r^2 c + r^3 multiplications each for an (r, c) matrix, r <= c, and one elementwise pass.
 * `polarExpress` is more exact for the same price.
 * Paper: Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024; Liu et al., Muon is scalable for
 * LLM training, 2025.
 *
 * @throws Error naming a parameter that is not a matrix and has no role, or whose role Muon does not take.
 */
export function muon({
  variant = "keller",
  learningRate = defaultsOf(variant).learningRate,
  weightDecay = defaultsOf(variant).weightDecay,
  decayMask,
  roles,
  adamw: auxiliary = {},
  ...options
}: MuonOptions = {}): GradientTransformation {
  const matrices = (byPath?: ReadonlyMap<string, Role>) =>
    chain(
      scaleByMuon({ variant, ...options }, byPath),
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
