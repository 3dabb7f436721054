import type { Executor } from "@steepest/compile";
import { defaultsOf, type OptimizerEntry } from "../optimizers/index.ts";
import type { Task } from "../tasks/index.ts";
import { codeVersion } from "../train/code.ts";
import { sourcesOf, type TrialSpec } from "../train/spec.ts";
import { sourceOf } from "../user-files/load.ts";

/** Training steps for every trial: a number, or a multiple of each task's own budget. */
export type Budget = { readonly steps: number } | { readonly scale: number };

export interface RacePlan {
  readonly tasks: readonly Task[];
  readonly optimizers: readonly OptimizerEntry[];
  /** Seeds 1..n of the race itself. Tuning uses seed 0, so that no optimizer is judged on the run that chose its rate. */
  readonly seeds: number;
  /** Learning rates tried for every optimizer; 1 takes the default without trying. */
  readonly tune: number;
  readonly budget: Budget;
  readonly executor: Executor;
}

/** Learning rates of a tuning grid are this factor apart. */
const spacing = 3;

/** `count` learning rates, evenly spaced in the logarithm around the default, ascending. */
export function learningRates(entry: OptimizerEntry, count: number): number[] {
  const rate = entry.hyperparameters.learningRate.default;
  return Array.from({ length: count }, (_, i) => roundRate(rate * spacing ** (i - (count - 1) / 2)));
}

/** Three significant digits: rates that people can read and type. */
const roundRate = (rate: number): number => Number(rate.toPrecision(3));

/** Steps of a trial of a task; at least 1. */
export function stepsOf(task: Task, budget: Budget): number {
  return "steps" in budget ? budget.steps : Math.max(1, Math.round(task.steps * budget.scale));
}

/** The specification of one trial of a race. */
export function trialSpec(
  plan: RacePlan,
  task: Task,
  optimizer: OptimizerEntry,
  learningRate: number,
  seed: number,
): TrialSpec {
  return {
    task: task.name,
    optimizer: optimizer.name,
    hyperparameters: { ...defaultsOf(optimizer), learningRate },
    seed,
    steps: stepsOf(task, plan.budget),
    executor: plan.executor,
    ...sourcesOf(sourceOf("task", task.name), sourceOf("optimizer", optimizer.name)),
    code: codeVersion(),
  };
}

/** The number of trials that a plan runs. */
export function countTrials({ tasks, optimizers, tune, seeds }: RacePlan): number {
  return tasks.length * optimizers.length * ((tune > 1 ? tune : 0) + seeds);
}
