import {
  adadelta,
  adafactor,
  adagrad,
  adam,
  adamax,
  adamw,
  ademamix,
  amsgrad,
  dadaptAdam,
  exactPolar,
  type GradientTransformation,
  kellerQuintic,
  lamb,
  lion,
  type MuonScale,
  mars,
  muon,
  nadam,
  nagGs,
  newtonSchulz,
  normalizedSgd,
  type OddPolynomial,
  type Polar,
  polarExpress,
  prodigy,
  radam,
  rmsprop,
  rprop,
  type ScionNorm,
  scheduleFreeAdamW,
  scion,
  sgd,
  shampoo,
  signSgd,
  soap,
  sophia,
} from "steepest";
import type { Hyperparameters } from "./hyperparameters.ts";

/** Whose form of a rule a case follows, where several share its hyperparameters' names. */
export interface Origin {
  readonly optax: boolean;
  readonly tensorflow: boolean;
  /** torch before 2.0. */
  readonly oldTorch: boolean;
}

/** Read off a case's name and source. */
export const originOf = ({ name, source }: { name: string; source: string }): Origin => ({
  optax: /optax/.test(name),
  tensorflow: /tensorflow/.test(name),
  oldTorch: /torch\.optim 1\./.test(source),
});

/** How a family of cases is run. */
export interface Entry {
  /** Cases of this family, by name. */
  readonly matches: RegExp;
  /** The optimizer, every number of it read from the case. */
  readonly optimizer: (h: Hyperparameters, origin: Origin) => GradientTransformation;
  /** Allowed difference where it is not the default. */
  readonly tolerance?: number;
  /** The trace lists the points where gradients are taken rather than those after the step. */
  readonly beforeStep?: boolean;
}

/** What most of torch.optim shares. */
const torch = (h: Hyperparameters, lr: number) => ({
  learningRate: h.number("lr", lr),
  weightDecay: h.number("weight_decay", 0),
});

const torchAdam = (h: Hyperparameters, lr = 1e-3) => {
  const [b1, b2] = h.pair("betas", [0.9, 0.999]);
  return { ...torch(h, lr), b1, b2, eps: h.number("eps", 1e-8) };
};

const decoupled = (h: Hyperparameters) => ({ decoupled: h.flag("decoupled_weight_decay") });

/** Both decays of the moments, as torch's pair or one by one. */
const betas = (h: Hyperparameters) => {
  const [b1, b2] = h.has("betas") ? h.pair("betas") : [h.number("b1"), h.number("b2")];
  return { b1, b2 };
};

/** What the traces outside torch.optim call the same. */
const moments = (h: Hyperparameters) => ({
  learningRate: h.number("lr"),
  ...betas(h),
  eps: h.number("eps", 1e-8),
  weightDecay: h.number("weight_decay", 0),
});

/** The same for rules without an eps. */
const momentsAlone = (h: Hyperparameters) => ({
  learningRate: h.number("lr"),
  ...betas(h),
  weightDecay: h.number("weight_decay", 0),
});

/** Where muon's variants put their eps. */
const muonEps = { keller: 1e-7, moonshot: 1e-7, torch: 1e-7, optax: 1e-8 } as const;

function polarOf(h: Hyperparameters, variant: keyof typeof muonEps): Polar {
  const name = h.word("polar", ["newton_schulz5", "polar_express", "svd"], "newton_schulz5");
  if (name === "svd") return exactPolar();
  const steps = h.number("ns_steps", name === "polar_express" ? 8 : 5);
  if (name === "polar_express") return polarExpress({ steps });
  const polynomials = Array<OddPolynomial>(steps).fill(kellerQuintic);
  return newtonSchulz({ polynomials, eps: h.number("eps", muonEps[variant]), clamp: variant === "torch" });
}

const muonScales = { keller: "keller", "rms_0.2": "moonshot", none: "none" } as const satisfies Record<
  string,
  MuonScale
>;

/** By name, or in the words of torch (`adjust_lr_fn`) and optax (`consistent_rms`). */
function muonScale(h: Hyperparameters): MuonScale {
  if (h.has("consistent_rms")) {
    const rms = h.number("consistent_rms");
    return (rows, columns) => rms * Math.sqrt(Math.max(rows, columns));
  }
  const torch = h.word("adjust_lr_fn", ["original", "match_rms_adamw"], "original");
  if (torch === "match_rms_adamw") return "moonshot";
  return muonScales[h.word("scale", ["keller", "rms_0.2", "none"], "keller")];
}

/** The first entry that matches a case's name runs it. Fallbacks are the defaults of the case's source. */
export const registry: readonly Entry[] = [
  {
    matches: /^sgd/,
    optimizer: (h) =>
      sgd({
        learningRate: h.number("lr"),
        momentum: h.number("momentum", 0),
        nesterov: h.flag("nesterov"),
        dampening: h.number("dampening", 0),
        weightDecay: h.number("weight_decay", 0),
      }),
  },
  {
    matches: /^adagrad/,
    optimizer: (h, { optax }) =>
      adagrad({
        ...torch(h, 1e-2),
        lrDecay: h.number("lr_decay", 0),
        eps: h.number("eps", 1e-10),
        epsInRoot: optax,
        initialAccumulator: h.number("initial_accumulator_value", 0),
      }),
  },
  {
    matches: /^rmsprop/,
    optimizer: (h, { tensorflow }) =>
      rmsprop({
        epsInRoot: tensorflow,
        ...torch(h, 1e-2),
        decay: h.number("alpha", 0.99),
        eps: h.number("eps", 1e-8),
        momentum: h.number("momentum", 0),
        centered: h.flag("centered"),
      }),
  },
  {
    matches: /^adadelta/,
    optimizer: (h) => adadelta({ ...torch(h, 1), rho: h.number("rho", 0.9), eps: h.number("eps", 1e-6) }),
  },
  {
    matches: /^(amsgrad|adam_amsgrad)/,
    optimizer: (h, { optax }) => {
      h.flag("amsgrad");
      return amsgrad({ ...torchAdam(h), variant: optax ? "optax" : "torch" });
    },
  },
  {
    matches: /^adamw/,
    optimizer: (h) => {
      const options = { ...torchAdam(h), weightDecay: h.number("weight_decay", 1e-2) };
      return h.flag("amsgrad") ? amsgrad({ ...options, decoupled: true }) : adamw(options);
    },
  },
  { matches: /^adamax/, optimizer: (h) => adamax(torchAdam(h, 2e-3)) },
  {
    matches: /^nadam/,
    // torch keeps a product in float32.
    tolerance: 1e-3,
    optimizer: (h, { oldTorch }) =>
      nadam({
        ...torchAdam(h, 2e-3),
        ...decoupled(h),
        momentumDecay: h.number("momentum_decay", 4e-3),
        variant: oldTorch ? "torch 1" : "torch",
      }),
  },
  { matches: /^radam/, optimizer: (h) => radam({ ...torchAdam(h), ...decoupled(h) }) },
  {
    matches: /^adam(_l2)?$/,
    optimizer: (h) => (h.flag("amsgrad") ? amsgrad(torchAdam(h)) : adam(torchAdam(h))),
  },
  {
    matches: /^rprop/,
    optimizer: (h) =>
      rprop({
        learningRate: h.number("lr", 1e-2),
        etas: h.pair("etas", [0.5, 1.2]),
        stepSizes: h.pair("step_sizes", [1e-6, 50]),
      }),
  },
  {
    matches: /^muon/,
    optimizer: (h) => {
      const variant = h.word("variant", ["keller", "moonshot", "torch", "optax"], "keller");
      return muon({
        variant,
        learningRate: h.number("lr"),
        momentum: h.number("momentum"),
        nesterov: h.flag("nesterov"),
        weightDecay: h.number("weight_decay", 0),
        adaptive: h.flag("adaptive"),
        scale: muonScale(h),
        polar: polarOf(h, variant),
      });
    },
  },
  {
    matches: /^scion/,
    optimizer: (h) =>
      scion({
        learningRate: h.number("lr"),
        momentum: h.number("momentum"),
        radius: h.number("radius", 1),
        unconstrained: h.flag("unconstrained"),
        norm: h.word<ScionNorm>("norm", ["spectral", "sign", "col", "row", "bias"]),
      }),
  },
  {
    matches: /^lion/,
    optimizer: (h) => lion(momentsAlone(h)),
  },
  {
    matches: /^ademamix/,
    optimizer: (h) =>
      ademamix({
        ...moments(h),
        b3: h.number("b3"),
        alpha: h.number("alpha"),
        warmup: h.number("warmup", 0),
      }),
  },
  {
    matches: /^mars/,
    optimizer: (h) =>
      mars({ ...moments(h), gamma: h.number("gamma"), base: h.word("base", ["adamw", "lion"], "adamw") }),
  },
  {
    matches: /^sophia/,
    optimizer: (h) =>
      sophia({
        ...momentsAlone(h),
        eps: h.number("eps", 1e-15),
        rho: h.number("rho"),
        batchSize: h.number("batch_size"),
        every: h.number("every"),
      }),
  },
  {
    matches: /^prodigy/,
    optimizer: (h) =>
      prodigy({ ...moments(h), d0: h.number("d0"), biasCorrection: h.flag("use_bias_correction") }),
  },
  { matches: /^dadapt_adam/, optimizer: (h) => dadaptAdam({ ...moments(h), d0: h.number("d0") }) },
  {
    matches: /^schedule_free_adamw/,
    optimizer: (h) => {
      const { b1, ...options } = moments(h);
      return scheduleFreeAdamW({
        ...options,
        beta: b1,
        warmupSteps: h.number("warmup", 0),
        r: h.number("r", 0),
        power: h.number("power", 2),
      });
    },
  },
  {
    matches: /^nag_gs/,
    beforeStep: true,
    optimizer: (h) =>
      nagGs({
        alpha: h.number("alpha"),
        mu: h.number("mu"),
        gamma: h.number("gamma"),
        constantGamma: h.flag("constant_gamma"),
      }),
  },
  {
    matches: /^soap/,
    optimizer: (h) =>
      soap({ ...moments(h), shampooBeta: h.number("shampoo_beta"), every: h.number("every") }),
  },
  {
    matches: /^shampoo/,
    optimizer: (h) => shampoo({ learningRate: h.number("lr"), eps: h.number("eps") }),
  },
  { matches: /^lamb/, optimizer: (h) => lamb(moments(h)) },
  {
    matches: /^adafactor/,
    optimizer: (h) =>
      adafactor({
        learningRate: h.number("lr"),
        decayRate: h.number("decay_rate", 0.8),
        minFactored: h.number("min_factored", 128),
        clipping: h.number("clipping", 1),
      }),
  },
  {
    matches: /^sign(um|_sgd)/,
    optimizer: (h) =>
      signSgd({
        learningRate: h.number("lr"),
        momentum: h.number("momentum", 0),
        weightDecay: h.number("weight_decay", 0),
      }),
  },
  {
    matches: /^normalized_sgd/,
    optimizer: (h) => normalizedSgd({ learningRate: h.number("lr"), momentum: h.number("momentum", 0) }),
  },
];
