import type { GradientTransformation, RoleTree, Scalar } from "steepest";
import {
  chain,
  type InjectedTransformation,
  injectHyperparams,
  scaleBySchedule,
  warmupCosine,
} from "steepest";
import { type Hyperparameter, type RegisteredOptimizer, startingValues } from "steepest/registry";

export type { Hyperparameter } from "steepest/registry";

export interface OptimizerContext {
  /** Budget in steps, over which schedules stretch. */
  readonly steps: number;
  /** What each parameter of the task is. */
  readonly roles: RoleTree;
}

/** An optimizer of the library as the lab runs it: under the lab's schedule, its hyperparameters in the state. */
export interface OptimizerEntry
  extends Pick<RegisteredOptimizer, "name" | "description" | "hyperparameters" | "evaluated"> {
  create(context: OptimizerContext): InjectedTransformation;
}

/** The defaults of an optimizer's hyperparameters, by name. */
export const defaultsOf = ({
  hyperparameters,
}: Pick<OptimizerEntry, "hyperparameters">): Record<string, number> => startingValues({ hyperparameters });

/** The share of the budget in which the learning rate rises. */
const warmupShare = 0.05;

/** A linear warmup over a twentieth of the budget, then half a cosine down to zero. */
function cosineOver(steps: number) {
  const warmupSteps = Math.floor(warmupShare * steps);
  return warmupCosine({ peak: 1, initial: 1 / (warmupSteps + 1), warmupSteps, totalSteps: steps });
}

/** What the lab must know of an optimizer to race it. */
export type RacedOptimizer = Pick<
  RegisteredOptimizer,
  "name" | "description" | "hyperparameters" | "create" | "evaluated" | "scheduled"
>;

interface Definition<H extends string>
  extends Pick<RacedOptimizer, "name" | "description" | "evaluated">,
    Partial<Pick<RacedOptimizer, "scheduled">> {
  hyperparameters: Record<"learningRate" | H, Hyperparameter>;
  create(
    values: Readonly<Record<"learningRate" | H, Scalar>>,
    context: { readonly roles: RoleTree },
  ): GradientTransformation;
}

/**
 * An optimizer of one's own: the default export of a file for `--optimizer`. `create` gets the values of its
 * hyperparameters, which change without compiling anew, and the roles of the task's parameters. The lab's schedule, a
 * warmup and a cosine, scales its updates unless `scheduled` is false. Default true.
 */
export const defineOptimizer = <H extends string>(definition: Definition<H>): RacedOptimizer => ({
  scheduled: true,
  ...(definition as unknown as Omit<RacedOptimizer, "scheduled">),
});

/**
 * How the lab runs a registered optimizer. The schedule is the same for all that take one; it scales whole updates, so that
 * decoupled weight decay follows the learning rate.
 */
export function raced(optimizer: RacedOptimizer): OptimizerEntry {
  const { name, description, hyperparameters, evaluated, scheduled } = optimizer;
  return {
    name,
    description,
    hyperparameters,
    ...(evaluated && { evaluated }),
    create({ steps, roles }) {
      const make = (values: Record<string, number>): GradientTransformation => {
        const inner = optimizer.create(values, { roles });
        return scheduled ? chain(inner, scaleBySchedule(cosineOver(steps))) : inner;
      };
      const values = startingValues(optimizer);
      return injectHyperparams(
        make as (values: Record<string, unknown>) => GradientTransformation,
        Object.keys(values) as never[],
      )(values) as InjectedTransformation;
    },
  };
}
