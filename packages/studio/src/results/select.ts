import type { ReportData, ReportTask, ReportTrial } from "@steepest/lab/format";
import type { ResultsState } from "./state.ts";

/** What a column of the table shows of a trial: a number, a word, or nothing. */
export interface Column {
  readonly key: string;
  readonly hyperparameter: boolean;
  value(trial: ReportTrial): number | string | null;
}

/** The task shown. Every report has one. */
export const taskOf = (report: ReportData, { task }: Pick<ResultsState, "task">): ReportTask =>
  report.tasks.find(({ name }) => name === task) ?? (report.tasks[0] as ReportTask);

/** All trials of the task. */
export const trialsOf = (report: ReportData, state: Pick<ResultsState, "task">): ReportTrial[] => {
  const { name } = taskOf(report, state);
  return report.trials.filter(({ task }) => task === name);
};

/** Hyperparameters that differ between the trials, by name, with their lowest and highest values. */
export function knobsOf(trials: readonly ReportTrial[]): Map<string, readonly [number, number]> {
  const values = new Map<string, Set<number>>();
  for (const { hyperparameters } of trials) {
    for (const [name, value] of Object.entries(hyperparameters)) {
      values.set(name, (values.get(name) ?? new Set()).add(value));
    }
  }
  const ends = [...values].flatMap(([name, set]) =>
    set.size > 1 ? [[name, [Math.min(...set), Math.max(...set)]] as const] : [],
  );
  return new Map(ends);
}

/** The columns of the table, in order. */
export function columnsOf(trials: readonly ReportTrial[]): Column[] {
  const fact = (key: string, value: Column["value"]): Column => ({ key, hyperparameter: false, value });
  return [
    fact("optimizer", ({ optimizer }) => optimizer),
    ...[...knobsOf(trials).keys()].map((key) => ({
      key,
      hyperparameter: true,
      value: ({ hyperparameters }: ReportTrial) => hyperparameters[key] ?? null,
    })),
    fact("seed", ({ seed }) => seed),
    fact("status", ({ status }) => status),
    fact("final", ({ final }) => final),
    fact("hitStep", ({ hit }) => hit?.step ?? null),
    fact("hitSeconds", ({ hit }) => hit?.seconds ?? null),
    fact("seconds", ({ seconds }) => seconds.training),
  ];
}

/** The column by which the table is sorted, and in which direction. */
export function sortingOf(
  report: ReportData,
  state: Pick<ResultsState, "task" | "sort" | "descending">,
): { key: string; descending: boolean } {
  if (state.sort !== "") return { key: state.sort, descending: state.descending };
  return { key: "final", descending: taskOf(report, state).target?.direction === "max" };
}

/** The trials that pass the filters, sorted; those without the value are last, in either direction. */
export function shownTrials(report: ReportData, state: ResultsState): ReportTrial[] {
  const hidden = new Set(state.hidden);
  const ranges = Object.entries(state.ranges);
  const passing = trialsOf(report, state).filter(
    (trial) =>
      !hidden.has(trial.optimizer) &&
      !hidden.has(trial.status) &&
      (state.use === "all" || trial.use === state.use) &&
      ranges.every(([name, [low, high]]) => {
        const value = trial.hyperparameters[name];
        return value === undefined || (value >= low && value <= high);
      }),
  );
  const { key, descending } = sortingOf(report, state);
  const column = columnsOf(trialsOf(report, state)).find((c) => c.key === key);
  if (column === undefined) return passing;
  const sign = descending ? -1 : 1;
  return passing
    .map((trial) => ({ trial, value: column.value(trial) }))
    .sort(({ value: a }, { value: b }) => {
      if (a === null || b === null) return Number(a === null) - Number(b === null);
      return (
        sign * (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)))
      );
    })
    .map(({ trial }) => trial);
}

/** Metrics that the task's trials have: "train" and the validation metrics, the target's first. */
export function metricsOf(report: ReportData, state: Pick<ResultsState, "task">): string[] {
  const names = new Set(trialsOf(report, state).flatMap(({ curve }) => Object.keys(curve.validation)));
  const { target } = taskOf(report, state);
  const first = target && names.has(target.metric) ? [target.metric] : [];
  return [...new Set([...first, ...names, "train"])];
}

/** The metric shown. */
export function metricOf(report: ReportData, state: Pick<ResultsState, "task" | "metric">): string {
  const known = metricsOf(report, state);
  return known.includes(state.metric) ? state.metric : (known[0] as string);
}
