import {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamw,
  ademamix,
  amsgrad,
  dadaptAdam,
  exactPolar,
  type GradientTransformation,
  lamb,
  lion,
  type MuonScale,
  mars,
  muon,
  nadam,
  nagGs,
  newtonSchulz,
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
  soap,
  sophia,
} from "steepest";
import type { Hyperparameters } from "./hyperparameters.ts";

/** How a family of cases is run. */
export interface Entry {
  /** Cases of this family, by name. */
  readonly matches: RegExp;
  /** The optimizer, every number of it read from the case. */
  readonly optimizer: (h: Hyperparameters) => GradientTransformation;
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

/** What the traces outside torch.optim call the same. */
const moments = (h: Hyperparameters) => ({
  learningRate: h.number("lr"),
  b1: h.number("b1"),
  b2: h.number("b2"),
  eps: h.number("eps", 1e-8),
  weightDecay: h.number("weight_decay", 0),
});

const polars = { newton_schulz5: newtonSchulz, polar_express: polarExpress, svd: exactPolar };
const muonScales = { keller: "keller", "rms_0.2": "moonshot", none: "none" } as const satisfies Record<
  string,
  MuonScale
>;

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
    optimizer: (h) =>
      adagrad({
        ...torch(h, 1e-2),
        lrDecay: h.number("lr_decay", 0),
        eps: h.number("eps", 1e-10),
        initialAccumulator: h.number("initial_accumulator_value", 0),
      }),
  },
  {
    matches: /^rmsprop/,
    optimizer: (h) =>
      rmsprop({
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
  { matches: /^(amsgrad|adam_amsgrad)/, optimizer: (h) => amsgrad(torchAdam(h)) },
  {
    matches: /^adamw/,
    optimizer: (h) => adamw({ ...torchAdam(h), weightDecay: h.number("weight_decay", 1e-2) }),
  },
  { matches: /^adamax/, optimizer: (h) => adamax(torchAdam(h, 2e-3)) },
  {
    matches: /^nadam/,
    // torch keeps a product in float32.
    tolerance: 1e-3,
    optimizer: (h) => nadam({ ...torchAdam(h, 2e-3), momentumDecay: h.number("momentum_decay", 4e-3) }),
  },
  { matches: /^radam/, optimizer: (h) => radam(torchAdam(h)) },
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
    optimizer: (h) =>
      muon({
        learningRate: h.number("lr"),
        momentum: h.number("momentum"),
        nesterov: h.flag("nesterov"),
        weightDecay: h.number("weight_decay", 0),
        scale: muonScales[h.word("scale", ["keller", "rms_0.2", "none"])],
        polar: polars[h.word("polar", ["newton_schulz5", "polar_express", "svd"])](),
      }),
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
    optimizer: (h) => {
      const { eps, ...options } = moments(h);
      return lion(options);
    },
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
    optimizer: (h) => {
      const { eps, ...options } = moments(h);
      return sophia({
        ...options,
        rho: h.number("rho"),
        batchSize: h.number("batch_size"),
        every: h.number("every"),
      });
    },
  },
  { matches: /^prodigy/, optimizer: (h) => prodigy({ ...moments(h), d0: h.number("d0") }) },
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
    optimizer: (h) => nagGs({ alpha: h.number("alpha"), mu: h.number("mu"), gamma: h.number("gamma") }),
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
];
