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
}

const decay = (value: number): Hyperparameter => ({ value, min: 0, max: 0.9999, decay: true });
const weightDecay: Hyperparameter = { value: 0, min: 0, max: 1 };
const rate: Hyperparameter = { value: 1, min: 1e-5, max: 10, log: true };

/**
 * The optimizers offered: only what the page must know to show them. The rules are the library's; `engine/rules.ts`
 * connects the two. Learning rates are for a function of curvature one and are scaled by each problem's `rate`.
 */
export const catalog = {
  sgd: { label: "SGD", factory: "sgd", rate: "gradient", hyperparameters: { learningRate: rate } },
  momentum: {
    label: "Momentum",
    factory: "sgd",
    rate: "gradient",
    hyperparameters: { learningRate: { ...rate, value: 0.3 }, momentum: decay(0.9) },
  },
  nesterov: {
    label: "Nesterov",
    factory: "sgd",
    rate: "gradient",
    hyperparameters: { learningRate: { ...rate, value: 0.3 }, momentum: decay(0.9) },
    options: { nesterov: true },
  },
  adam: {
    label: "Adam",
    factory: "adam",
    rate: "unit",
    hyperparameters: { learningRate: { ...rate, value: 0.05 }, b1: decay(0.9), b2: decay(0.999) },
  },
  adamw: {
    label: "AdamW",
    factory: "adamw",
    rate: "unit",
    hyperparameters: {
      learningRate: { ...rate, value: 0.05 },
      b1: decay(0.9),
      b2: decay(0.999),
      weightDecay,
    },
  },
  muon: {
    label: "Muon",
    factory: "muon",
    rate: "unit",
    hyperparameters: { learningRate: { ...rate, value: 0.03 }, momentum: decay(0.95) },
    matrix: true,
  },
} as const satisfies Record<string, CatalogEntry>;

export type OptimizerName = keyof typeof catalog;

/** Entries by name, under the one type that all share. */
export const entryOf = (name: OptimizerName): CatalogEntry => catalog[name];
