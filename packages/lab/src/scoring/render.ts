import { csvFormatRows } from "d3-dsv";
import type { ScoreResult } from "./result.ts";

/** The table for people: rank, submission, score, exact integral, and on request the ratio on every workload. */
export function renderText(result: ScoreResult, { ratios = false }: { ratios?: boolean } = {}): string {
  const { header, lines } = layout(result, 4, ratios);
  const rows = [["", ...header], ...lines.map((cells, i) => [`${i + 1}`, ...cells])];
  const widths = rows[0]!.map((_, j) => Math.max(...rows.map((row) => row[j]!.length)));
  // Names are flush left, numbers flush right.
  const pad = (cell: string, j: number) => (j === 1 ? cell.padEnd(widths[j]!) : cell.padStart(widths[j]!));
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

/** The same table for machines: full precision, and always the ratios. */
export function renderCsv(result: ScoreResult): string {
  const { header, lines } = layout(result, undefined, true);
  return `${csvFormatRows([header, ...lines])}\n`;
}

/** Everything, with `"inf"` for a miss and `null` for a missing result: JSON has no infinity. */
export function renderJson(result: ScoreResult, extra: Record<string, unknown>): string {
  const { rules } = result;
  const report = {
    ...extra,
    rules: { name: rules.name, base: rules.base, heldOut: rules.heldOut, cutoff: rules.cutoff },
    tuning: result.selfTuning ? "self" : "external",
    missing: result.missing,
    clocks: result.clocks.map(({ clock, times, board, speedups }) => ({
      clock,
      tau: board.tau,
      submissions: board.standings.map(({ submission, score, exact, ratios, profile }) => ({
        submission,
        score,
        exact,
        ratios: record(board.workloads, ratios),
        times: record(times.workloads, times.times[times.submissions.indexOf(submission)] as number[]),
        ...(speedups && { relativeTime: speedups.find((s) => s.submission === submission)?.ratio }),
        profile,
      })),
    })),
  };
  return JSON.stringify(
    report,
    (_, value: unknown) => {
      if (value === Infinity) return "inf";
      return typeof value === "number" && Number.isNaN(value) ? null : value;
    },
    2,
  );
}

/** Columns and cells, best first by the first clock. Without `digits` numbers keep their full precision. */
function layout(result: ScoreResult, digits: number | undefined, ratios: boolean) {
  const [first, second] = result.clocks as [ScoreResult["clocks"][0], ScoreResult["clocks"][0] | undefined];
  const number = (value: number | undefined, missing: string) => {
    if (value === undefined || Number.isNaN(value)) return missing;
    if (value === Infinity) return "inf";
    return digits === undefined ? `${value}` : value.toFixed(digits);
  };
  const blank = digits === undefined ? "" : "-";
  const lines = first.board.standings.map((standing): string[] => {
    const { submission } = standing;
    const steps = second?.board.standings.find((other) => other.submission === submission);
    const speedup = first.speedups?.find((other) => other.submission === submission);
    return [
      submission,
      number(standing.score, blank),
      number(standing.exact, blank),
      ...(second ? [number(steps?.score, blank), number(steps?.exact, blank)] : []),
      ...(first.speedups ? [number(speedup?.ratio, blank)] : []),
      ...(ratios ? standing.ratios.map((r) => number(r, blank)) : []),
    ];
  });
  const header = [
    "submission",
    "score",
    "exact",
    ...(second ? ["score by steps", "exact by steps"] : []),
    ...(first.speedups ? ["relative time"] : []),
    ...(ratios ? first.board.workloads : []),
  ];
  return { header, lines };
}

function record(names: string[], values: number[]): Record<string, number> {
  return Object.fromEntries(names.map((name, i) => [name, values[i] as number]));
}
