import type { ReportData, ReportTask } from "../report/data.ts";
import { formatNumber, formatSecondsSpread, formatSpread } from "../report/numbers.ts";
import { rowsOf } from "../report/results.ts";

/** A task's results as lines of text in columns. */
export function resultLines(data: ReportData, { name, target }: ReportTask): string[] {
  const header = [
    "optimizer",
    "learning rate",
    "steps to target",
    "time to target",
    `final ${target?.metric ?? ""}`,
    "ms/step",
  ];
  const rows = rowsOf(data, name).map((row) => {
    const there = row.reached > row.runs / 2;
    return [
      row.optimizer,
      String(row.learningRate ?? "–"),
      there && row.steps ? formatSpread(row.steps) : "not reached",
      there && row.seconds ? formatSecondsSpread(row.seconds) : "not reached",
      row.final === undefined ? "diverged" : formatSpread(row.final),
      formatNumber(row.millisecondsPerStep),
    ];
  });
  const widths = header.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => (row[i] as string).length)),
  );
  return [header, ...rows].map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] as number))
      .join("  ")
      .trimEnd(),
  );
}
