import { formatNumber, formatSeconds } from "../report/numbers.ts";
import { findTask } from "../tasks/index.ts";
import type { Trial } from "../train/record.ts";
import type { TrialSpec } from "../train/spec.ts";
import { createEstimate } from "./estimate.ts";
import type { PlannedTrial } from "./folder.ts";
import type { PoolEvent } from "./pool.ts";

/** Tells the user how far a study is. */
export interface Progress {
  event(event: PoolEvent): void;
  /** Resolves when everything is shown. */
  close(): Promise<void>;
}

/** "adamw learningRate 0.005, seed 2": what is told apart within a task, hyperparameters that differ alone. */
export function trialLabel(spec: TrialSpec, varied: ReadonlySet<string>): string {
  const values = Object.entries(spec.hyperparameters).filter(([name]) => varied.has(name));
  const text = values.map(([name, value]) => `${name} ${formatNumber(value)}`);
  return [`${spec.task} ${spec.optimizer}`, ...text, `seed ${spec.seed}`].join(", ");
}

/** Hyperparameters that take more than one value in a study. */
export function variedNames(specs: readonly TrialSpec[]): Set<string> {
  const values = new Map<string, Set<number>>();
  for (const { optimizer, hyperparameters } of specs) {
    for (const [name, value] of Object.entries(hyperparameters)) {
      const key = JSON.stringify([optimizer, name]);
      values.set(key, (values.get(key) ?? new Set()).add(value));
    }
  }
  const several = [...values].filter(([, set]) => set.size > 1);
  return new Set(several.map(([key]) => (JSON.parse(key) as [string, string])[1]));
}

/** "loss 0.3274 after 1000 steps, 0.4 s". */
export function outcomeText({ start, records, end }: Trial): string {
  if (end === undefined) return "interrupted";
  const { metric } = findTask(start.spec.task).target;
  const value = records.at(-1)?.validation[metric];
  const early = end.status === "stopped" ? ", stopped early" : "";
  const result =
    end.status === "diverged" || value === undefined
      ? "diverged"
      : `${metric} ${formatNumber(value)}${early}`;
  return `${result} after ${end.step} steps, ${formatSeconds(end.seconds)}`;
}

/** Counts what is done and estimates the rest. */
export function follow(plan: readonly PlannedTrial[], workers: number) {
  const estimate = createEstimate();
  const rest = new Map<number, { spec: TrialSpec; step: number }>();
  const ended = ({ start, end }: Trial) => {
    if (end) estimate.took(start.spec, Math.max(1, end.step), end.overhead?.wall ?? end.seconds);
  };
  for (const [id, { spec, trial }] of plan.entries()) {
    if (trial?.end === undefined) rest.set(id, { spec, step: 0 });
    else ended(trial);
  }
  return {
    rest,
    update(event: PoolEvent) {
      if (event.kind === "progress") (rest.get(event.id) ?? { step: 0 }).step = event.step;
      if (event.kind === "ended") ended(event.trial);
      if (event.kind === "ended" || event.kind === "failed") rest.delete(event.id);
    },
    done: () => plan.length - rest.size,
    left() {
      const seconds = estimate.left(rest.values(), workers);
      return rest.size === 0 || seconds === undefined ? "" : `; about ${formatSeconds(seconds)} left`;
    },
  };
}

/** One line for every trial: for files, pipes and continuous integration. */
export function progressLines(
  plan: readonly PlannedTrial[],
  workers: number,
  print: (line: string) => void,
): Progress {
  const state = follow(plan, workers);
  const varied = variedNames(plan.map(({ spec }) => spec));
  return {
    event(event) {
      state.update(event);
      const label = trialLabel((plan[event.id] as PlannedTrial).spec, varied);
      if (event.kind === "ended") {
        print(`[${state.done()}/${plan.length}] ${label}: ${outcomeText(event.trial)}${state.left()}`);
      }
      if (event.kind === "failed")
        print(`[${state.done()}/${plan.length}] ${label}: FAILED: ${event.message}`);
      if (event.kind === "lost") print(`${label}: ${event.message}; it goes on in another`);
    },
    close: async () => {},
  };
}
