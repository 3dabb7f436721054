import {
  chain,
  type GradientTransformation,
  type InjectedState,
  type RoleTree,
  scaleBySchedule,
  warmupCosine,
} from "steepest";

/** A real hyperparameter, its default and the range worth searching. */
export interface Hyperparameter {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** How the range is searched. */
  readonly scale: "log" | "linear";
}

export interface OptimizerContext {
  /** Budget in steps, over which schedules stretch. */
  readonly steps: number;
  /** What each parameter of the task is. */
  readonly roles: RoleTree;
}

/** An optimizer as the lab runs it. */
export interface OptimizerEntry {
  /** Its name on the command line. */
  readonly name: string;
  readonly description: string;
  /** Every one is part of a trial's specification and can change without compiling anew. */
  readonly hyperparameters: { readonly learningRate: Hyperparameter } & Readonly<
    Record<string, Hyperparameter>
  >;
  create(context: OptimizerContext): GradientTransformation<InjectedState>;
}

/** The defaults of an optimizer's hyperparameters, by name. */
export const defaultsOf = ({ hyperparameters }: OptimizerEntry): Record<string, number> =>
  Object.fromEntries(Object.entries(hyperparameters).map(([name, h]) => [name, h.default]));

/** The share of the budget in which the learning rate rises. */
const warmupShare = 0.05;

/**
 * The schedule that every optimizer of the lab runs under: a linear warmup over a twentieth of the budget, then half a
 * cosine down to zero. It scales whole updates, so that decoupled weight decay follows the learning rate.
 */
export function withSchedule(inner: GradientTransformation, steps: number): GradientTransformation {
  const warmupSteps = Math.floor(warmupShare * steps);
  const shape = warmupCosine({ peak: 1, initial: 1 / (warmupSteps + 1), warmupSteps, totalSteps: steps });
  return chain(inner, scaleBySchedule(shape));
}
