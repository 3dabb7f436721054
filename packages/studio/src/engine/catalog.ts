import type { FactoryName } from "./rules.ts";

/** How a hyperparameter is offered: a slider from min to max. */
export interface Hyperparameter {
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** The slider moves over 1 - value logarithmically: for decays like 0.999. */
  readonly decay?: boolean;
  /** The slider moves logarithmically. */
  readonly log?: boolean;
}

export interface CatalogEntry {
  /** Name in running text. */
  readonly label: string;
  /** The library's function. */
  readonly factory: FactoryName;
  /** Multiplies the problem's learning rate, for optimizers whose steps do not scale with the gradient. */
  readonly rate: "gradient" | "unit";
  readonly hyperparameters: Readonly<Record<string, Hyperparameter>>;
  /** Options that are part of the program. */
  readonly options?: Readonly<Record<string, boolean>>;
  /** The point is given as a 1 x 2 matrix, for optimizers of matrices. */
  readonly matrix?: boolean;
  /** It takes the gradients of sharpness-aware minimisation, whose hyperparameter rho is the radius. */
  readonly sharpnessAware?: boolean;
}

const decay = (value: number): Hyperparameter => ({ value, min: 0, max: 0.9999, decay: true });
const weightDecay: Hyperparameter = { value: 0, min: 0, max: 1 };
const rate = (value: number): Hyperparameter => ({ value, min: 1e-5, max: 10, log: true });
const adam = { learningRate: rate(0.05), b1: decay(0.9), b2: decay(0.999) };

/**
 * The optimizers offered: only what the page must know to show them. The rules are the library's; `engine/rules.ts`
 * connects the two. Learning rates are for a function of curvature one and are scaled by each problem's `rate`.
 */
export const catalog = {
  sgd: { label: "SGD", factory: "sgd", rate: "gradient", hyperparameters: { learningRate: rate(1) } },
  momentum: {
    label: "Momentum",
    factory: "sgd",
    rate: "gradient",
    hyperparameters: { learningRate: rate(0.3), momentum: decay(0.9) },
  },
  nesterov: {
    label: "Nesterov",
    factory: "sgd",
    rate: "gradient",
    hyperparameters: { learningRate: rate(0.3), momentum: decay(0.9) },
    options: { nesterov: true },
  },
  sam: {
    label: "SAM",
    factory: "sgd",
    rate: "gradient",
    hyperparameters: { learningRate: rate(1), rho: { value: 0.3, min: 0, max: 2 } },
    sharpnessAware: true,
  },
  normalizedSgd: {
    label: "Normalised SGD",
    factory: "normalizedSgd",
    rate: "unit",
    hyperparameters: { learningRate: rate(0.03), momentum: decay(0) },
  },
  signSgd: {
    label: "signSGD",
    factory: "signSgd",
    rate: "unit",
    hyperparameters: { learningRate: rate(0.03), momentum: decay(0) },
  },
  lion: {
    label: "Lion",
    factory: "lion",
    rate: "unit",
    hyperparameters: { learningRate: rate(0.02), b1: decay(0.9), b2: decay(0.99) },
  },
  rprop: { label: "Rprop", factory: "rprop", rate: "unit", hyperparameters: { learningRate: rate(0.01) } },
  adagrad: {
    label: "Adagrad",
    factory: "adagrad",
    rate: "unit",
    hyperparameters: { learningRate: rate(0.5) },
  },
  rmsprop: {
    label: "RMSprop",
    factory: "rmsprop",
    rate: "unit",
    hyperparameters: { learningRate: rate(0.02), decay: decay(0.99), momentum: decay(0) },
  },
  adadelta: {
    label: "Adadelta",
    factory: "adadelta",
    rate: "unit",
    hyperparameters: { learningRate: { value: 30, min: 1e-5, max: 1000, log: true }, rho: decay(0.9) },
  },
  adam: { label: "Adam", factory: "adam", rate: "unit", hyperparameters: adam },
  adamw: { label: "AdamW", factory: "adamw", rate: "unit", hyperparameters: { ...adam, weightDecay } },
  nadam: { label: "NAdam", factory: "nadam", rate: "unit", hyperparameters: adam },
  amsgrad: { label: "AMSGrad", factory: "amsgrad", rate: "unit", hyperparameters: adam },
  adamax: { label: "AdaMax", factory: "adamax", rate: "unit", hyperparameters: adam },
  // It begins with plain momentum steps, which are as long as the gradient.
  radam: {
    label: "RAdam",
    factory: "radam",
    rate: "gradient",
    hyperparameters: { ...adam, learningRate: rate(0.3) },
  },
  lamb: {
    label: "LAMB",
    factory: "lamb",
    rate: "unit",
    hyperparameters: { learningRate: rate(0.03), b1: decay(0.9), b2: decay(0.999) },
  },
  sophia: {
    label: "Sophia",
    factory: "sophia",
    rate: "unit",
    hyperparameters: {
      learningRate: rate(0.03),
      b1: decay(0.9),
      b2: decay(0.99),
      rho: { value: 1, min: 0.01, max: 10, log: true },
    },
  },
  adafactor: {
    label: "Adafactor",
    factory: "adafactor",
    rate: "unit",
    hyperparameters: { learningRate: rate(0.05) },
  },
  ademamix: {
    label: "AdEMAMix",
    factory: "ademamix",
    rate: "unit",
    hyperparameters: { learningRate: rate(0.05), alpha: { value: 2, min: 0, max: 10 }, b2: decay(0.999) },
  },
  mars: {
    label: "MARS",
    factory: "mars",
    rate: "unit",
    hyperparameters: { learningRate: rate(0.05), gamma: { value: 0.025, min: 0, max: 1 }, b2: decay(0.99) },
  },
  scheduleFreeAdamW: {
    label: "Schedule-Free AdamW",
    factory: "scheduleFreeAdamW",
    rate: "unit",
    hyperparameters: { learningRate: rate(0.1), beta: decay(0.9), b2: decay(0.999) },
  },
  prodigy: {
    label: "Prodigy",
    factory: "prodigy",
    rate: "unit",
    hyperparameters: { learningRate: rate(1), b1: decay(0.9), b2: decay(0.999) },
  },
  dadaptAdam: {
    label: "D-Adapt Adam",
    factory: "dadaptAdam",
    rate: "unit",
    hyperparameters: { learningRate: rate(1), b1: decay(0.9), b2: decay(0.999) },
  },
  nagGs: {
    label: "NAG-GS",
    factory: "nagGs",
    rate: "unit",
    hyperparameters: {
      alpha: { value: 0.05, min: 0.001, max: 1, log: true },
      mu: { value: 1, min: 0.01, max: 10, log: true },
      gamma: { value: 1.5, min: 0.01, max: 10, log: true },
    },
  },
  muon: {
    label: "Muon",
    factory: "muon",
    rate: "unit",
    hyperparameters: { learningRate: rate(0.03), momentum: decay(0.95) },
    matrix: true,
  },
  shampoo: {
    label: "Shampoo",
    factory: "shampoo",
    rate: "unit",
    hyperparameters: { learningRate: rate(0.5) },
  },
  lbfgs: {
    label: "L-BFGS",
    factory: "lbfgs",
    rate: "unit",
    hyperparameters: { learningRate: rate(0.3) },
  },
  soap: {
    label: "SOAP",
    factory: "soap",
    rate: "unit",
    hyperparameters: { learningRate: rate(0.05), b1: decay(0.95), b2: decay(0.95) },
    matrix: true,
  },
} as const satisfies Record<string, CatalogEntry>;

export type OptimizerName = keyof typeof catalog;

/** Entries by name, under the one type that all share. */
export const entryOf = (name: OptimizerName): CatalogEntry => catalog[name];
