import type { OptimizerEntry } from "../optimizers/index.ts";
import type { Task } from "../tasks/index.ts";
import type { Trial } from "../train/record.ts";
import type { Runner } from "../train/runner.ts";
import { finalValue } from "./final-value.ts";
import { learningRates, type RacePlan, trialSpec } from "./plan.ts";

/** One optimizer on one task: how its learning rate was chosen, and its runs at that rate. */
export interface Entry {
  readonly task: Task;
  readonly optimizer: OptimizerEntry;
  readonly learningRate: number;
  /** One trial for each learning rate tried, ascending; empty when the default was taken. */
  readonly tuning: readonly Trial[];
  /** One trial for each seed. */
  readonly trials: readonly Trial[];
}

export interface RaceEvent {
  readonly kind: "compiling" | "progress" | "ended" | "reused";
  /** What the trial is for: "tuning 2/3, learning rate 0.01" or "seed 1/3". */
  readonly label: string;
  readonly step: number;
  readonly steps: number;
  /** Of an ended or reused trial. */
  readonly trial?: Trial;
}

/** The part of a race that makes one entry. */
export interface Job {
  readonly task: Task;
  readonly optimizer: OptimizerEntry;
  run(onEvent: (event: RaceEvent) => void): Promise<Entry>;
}

/** The jobs of a plan, to be run one after the other: each tunes one optimizer on one task, then runs all its seeds. */
export function raceJobs(plan: RacePlan, runner: Runner): Job[] {
  return plan.tasks.flatMap((task) =>
    plan.optimizers.map((optimizer) => ({
      task,
      optimizer,
      run: (onEvent) => runEntry(plan, runner, task, optimizer, onEvent),
    })),
  );
}

async function runEntry(
  plan: RacePlan,
  runner: Runner,
  task: Task,
  optimizer: OptimizerEntry,
  onEvent: (event: RaceEvent) => void,
): Promise<Entry> {
  const run = async (rate: number, seed: number, label: string): Promise<Trial> => {
    const spec = trialSpec(plan, task, optimizer, rate, seed);
    const { steps } = spec;
    const { trial, reused } = await runner.run(spec, {
      onCompile: () => onEvent({ kind: "compiling", label, step: 0, steps }),
      onProgress: (step) => onEvent({ kind: "progress", label, step, steps }),
    });
    onEvent({ kind: reused ? "reused" : "ended", label, step: steps, steps, trial });
    return trial;
  };
  const tuning: Trial[] = [];
  for (const [i, rate] of plan.tune > 1 ? learningRates(optimizer, plan.tune).entries() : []) {
    tuning.push(await run(rate, 0, `tuning ${i + 1}/${plan.tune}, learning rate ${rate}`));
  }
  const learningRate = bestRate(task, tuning) ?? optimizer.hyperparameters.learningRate.default;
  const trials: Trial[] = [];
  for (let seed = 1; seed <= plan.seeds; seed++) {
    trials.push(await run(learningRate, seed, `seed ${seed}/${plan.seeds}`));
  }
  return { task, optimizer, learningRate, tuning, trials };
}

/** The learning rate whose run ended best on validation; undefined when there are no runs or all diverged. */
function bestRate({ target }: Task, tuning: readonly Trial[]): number | undefined {
  const sign = target.direction === "min" ? 1 : -1;
  const runs = tuning.flatMap((trial) => {
    const value = finalValue(trial, target.metric);
    return value === undefined ? [] : [{ rate: trial.start.spec.hyperparameters.learningRate, value }];
  });
  return runs.sort((a, b) => sign * (a.value - b.value))[0]?.rate;
}
