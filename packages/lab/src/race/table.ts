import { formatNumber, formatSecondsSpread, formatSpread } from "../report/numbers.ts";
import type { EntrySummary } from "./summary.ts";

/** A task's results as lines of text in columns. */
export function resultLines(summaries: readonly EntrySummary[]): string[] {
  const metric = summaries[0]?.entry.task.target.metric ?? "";
  const header = [
    "optimizer",
    "learning rate",
    "steps to target",
    "time to target",
    `final ${metric}`,
    "ms/step",
  ];
  const rows = summaries.map((s) => {
    const there = s.reached > s.entry.trials.length / 2;
    return [
      s.entry.optimizer.name,
      String(s.entry.learningRate),
      there ? formatSpread(s.stepsToTarget) : "not reached",
      there ? formatSecondsSpread(s.secondsToTarget) : "not reached",
      s.final === undefined ? "diverged" : formatSpread(s.final),
      formatNumber(s.millisecondsPerStep),
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
