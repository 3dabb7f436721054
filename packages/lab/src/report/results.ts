import { median } from "../statistics/quantiles.ts";
import type { Clock, ReportComparison, ReportData, ReportEntry, ReportTask, ReportTrial } from "./data.ts";
import { orMiss, type Spread } from "./numbers.ts";

/** What tables and figures read out of a report's data. No Node here: the page uses it too. */

export const taskOf = (data: Pick<ReportData, "tasks">, name: string): ReportTask =>
  data.tasks.find((task) => task.name === name) as ReportTask;

export const entryOf = (data: ReportData, task: string, optimizer: string): ReportEntry | undefined =>
  data.entries.find((entry) => entry.task === task && entry.optimizer === optimizer);

/** The trials of the setting that stands for an optimizer on a task: one a seed. */
export function chosenTrials(data: ReportData, task: string, optimizer: string): ReportTrial[] {
  const chosen = entryOf(data, task, optimizer)?.chosen;
  return data.trials.filter(
    (t) => t.task === task && t.optimizer === optimizer && t.use === "result" && t.setting === chosen,
  );
}

/** One optimizer's results on one task. */
export interface Row {
  readonly optimizer: string;
  /** The chosen setting's hyperparameters; undefined when every setting diverged. */
  readonly setting: Readonly<Record<string, number>> | undefined;
  readonly learningRate: number | undefined;
  /** Over the chosen setting's seeds; a miss is infinite. */
  readonly steps: Spread | undefined;
  readonly seconds: Spread | undefined;
  readonly final: Spread | undefined;
  readonly millisecondsPerStep: number;
  readonly runs: number;
  readonly reached: number;
  readonly diverged: number;
  /** Trials of the whole search that diverged, and all of them. */
  readonly searched: { readonly trials: number; readonly diverged: number };
}

export function rowsOf(data: ReportData, task: string): Row[] {
  return data.optimizers.flatMap(({ name: optimizer }): Row[] => {
    const all = data.trials.filter((t) => t.task === task && t.optimizer === optimizer);
    if (all.length === 0) return [];
    const entry = entryOf(data, task, optimizer);
    const setting = entry?.settings[entry.chosen ?? -1];
    const runs = chosenTrials(data, task, optimizer).filter(({ status }) => status !== "waiting");
    const [steps, seconds] = [sum(runs.map((t) => t.steps)), sum(runs.map((t) => t.seconds.training))];
    return [
      {
        optimizer,
        setting,
        learningRate: setting?.learningRate,
        steps: spread(runs.map(({ hit }) => orMiss(hit?.step ?? null))),
        seconds: spread(runs.map(({ hit }) => orMiss(hit?.seconds ?? null))),
        final: spread(runs.flatMap(({ final }) => final ?? [])),
        millisecondsPerStep: steps > 0 ? (1000 * seconds) / steps : Number.NaN,
        runs: runs.length,
        reached: runs.filter(({ hit }) => hit !== null).length,
        diverged: runs.filter(({ status }) => status === "diverged").length,
        searched: { trials: all.length, diverged: all.filter(({ status }) => status === "diverged").length },
      },
    ];
  });
}

/** Smallest, median and largest; undefined for no values. */
export function spread(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  return { low: Math.min(...values), median: median(values), high: Math.max(...values) };
}

/** Nobody has beaten these on a task for sure: the leader by a measure, and everyone who ties with it. */
export function leaders(
  data: ReportData,
  task: string | null,
  measure: ReportComparison["measure"],
): Set<string> {
  const found = data.comparisons.filter((c) => c.task === task && c.measure === measure);
  return new Set(found.flatMap(({ a, b, winner }) => (winner === null ? [a, b] : [a])));
}

export const scoreOf = (data: ReportData, clock: Clock, optimizer: string) =>
  data.scores.find((s) => s.clock === clock)?.submissions.find((s) => s.optimizer === optimizer);

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Seconds of all trials together, by purpose, and what the wall clock has beyond them. */
export function timeShares({ trials }: ReportData): { name: string; seconds: number; share: number }[] {
  const ended = trials.filter(({ seconds }) => seconds.wall !== null);
  const total = sum(ended.map(({ seconds }) => seconds.wall as number));
  if (total === 0) return [];
  const parts = ["training", "evaluation", "logging", "checkpointing", "setup"] as const;
  const rows = parts.map((name) => ({ name, seconds: sum(ended.map(({ seconds }) => seconds[name])) }));
  const rest = total - sum(rows.map(({ seconds }) => seconds));
  return [...rows, { name: "not accounted for", seconds: rest }].map((row) => ({
    ...row,
    share: row.seconds / total,
  }));
}

/** Hyperparameters that take more than one value among the settings of a task and optimizer. */
export function varied({ settings }: Pick<ReportEntry, "settings">): string[] {
  const names = Object.keys(settings[0] ?? {});
  return names.filter((name) => new Set(settings.map((setting) => setting[name])).size > 1);
}
