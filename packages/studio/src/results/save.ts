import type { ReportData, ReportTrial } from "@steepest/lab/format";
import { csvRow, download } from "../ui/download.ts";
import { columnsOf, sortingOf, taskOf, trialsOf } from "./select.ts";
import type { ResultsState } from "./state.ts";

/** A row per shown trial, with all of its hyperparameters. */
export function toCsv(report: ReportData, state: ResultsState, shown: readonly ReportTrial[]): string {
  const columns = columnsOf(trialsOf(report, state));
  const rows = shown.map((trial) => [trial.id, ...columns.map((column) => column.value(trial) ?? "")]);
  return `${[["trial", ...columns.map(({ key }) => key)], ...rows].map(csvRow).join("\n")}\n`;
}

/** Saves the whole report as it was opened. */
export const saveReport = (report: ReportData): void =>
  download("report.json", JSON.stringify(report), "application/json");

/** The shown trials with their curves, and the filters that chose them. */
export const toJson = (
  report: ReportData,
  state: ResultsState,
  shown: readonly ReportTrial[],
  address: string,
): string =>
  JSON.stringify({
    format: "steepest-selection/1",
    address,
    report: { title: report.title, digest: report.digest, made: report.made, command: report.command },
    task: taskOf(report, state),
    filters: { hidden: state.hidden, use: state.use, ranges: state.ranges },
    selected: state.selected,
    trials: shown,
  });

/** Node's module that the program uses; the page itself uses none. */
const files = "node:fs/promises";

/** A TypeScript program that reads the report and prints the shown trials as CSV. */
export function codeFor(report: ReportData, state: ResultsState): string {
  const trials = trialsOf(report, state);
  const columns = columnsOf(trials);
  const conditions = [
    `task === ${JSON.stringify(taskOf(report, state).name)}`,
    ...state.hidden.map(
      (name) => `optimizer !== ${JSON.stringify(name)} && status !== ${JSON.stringify(name)}`,
    ),
    ...(state.use === "all" ? [] : [`use === ${JSON.stringify(state.use)}`]),
    ...Object.entries(state.ranges).flatMap(([name, [low, high]]) => {
      const value = `h[${JSON.stringify(name)}]`;
      const limits = [
        ...(Number.isFinite(low) ? [`${value}! >= ${low}`] : []),
        ...(Number.isFinite(high) ? [`${value}! <= ${high}`] : []),
      ];
      return limits.length > 0 ? [`(${value} === undefined || (${limits.join(" && ")}))`] : [];
    }),
  ];
  const reads: Record<string, string> = {
    hitStep: "t.hit?.step",
    hitSeconds: "t.hit?.seconds",
    seconds: "t.seconds.training",
  };
  const cells = columns.map(({ key, hyperparameter }) =>
    hyperparameter ? `t.hyperparameters[${JSON.stringify(key)}]` : (reads[key] ?? `t.${key}`),
  );
  const { key: sortedBy, descending } = sortingOf(report, state);
  const sort = columns.findIndex(({ key }) => key === sortedBy) + 1;
  return `// npm install @steepest/lab
// Usage: node this.ts report.json, where report.json is what was opened here: a report's HTML page or its JSON, as
// \`steepest report FOLDER --json\` writes it.
import { readFile } from "${files}";
import { parseReport } from "@steepest/lab/format";

const path = process.argv[2] ?? "report.json";
const report = parseReport(await readFile(path, "utf8"), path);

const shown = report.trials.filter(
  ({ task, optimizer, status, use, hyperparameters: h }) =>
    ${conditions.join(" &&\n    ")},
);
const rows = shown.map((t) => [t.id, ${cells.join(", ")}]);
// Sorted by ${sortedBy}; rows without it are last.
rows.sort(([...a], [...b]) => {
  const [x, y] = [a[${sort}] ?? null, b[${sort}] ?? null];
  if (x === null || y === null) return Number(x === null) - Number(y === null);
  return ${descending ? "-" : ""}(typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y)));
});
console.log("trial,${columns.map(({ key }) => key).join(",")}");
for (const row of rows) console.log(row.map((value) => value ?? "").join(","));
`;
}
