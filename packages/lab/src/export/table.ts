import { csvFormatRows } from "d3-dsv";

/** A query's result as text. */

export interface Result {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

export type Format = "table" | "csv" | "json";

export function formatResult(result: Result, format: Format): string {
  if (format === "json") return toJson(result);
  if (format === "csv")
    return csvFormatRows([[...result.columns], ...result.rows.map((row) => row.map(cell))]);
  return toTable(result);
}

/** One object a row. Whole numbers stay numbers where they fit; dates are ISO 8601. */
function toJson({ columns, rows }: Result): string {
  const objects = rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])));
  return JSON.stringify(objects, (_, value) => (typeof value === "bigint" ? whole(value) : value), 2);
}

const whole = (value: bigint): number | string =>
  Number.isSafeInteger(Number(value)) ? Number(value) : String(value);

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object") {
    return JSON.stringify(value, (_, v) => (typeof v === "bigint" ? whole(v) : v));
  }
  return String(value);
}

/** Numbers to the right with six digits, everything else to the left. */
function toTable({ columns, rows }: Result): string {
  const short = (value: unknown) => (typeof value === "number" ? Number(value.toPrecision(6)) : value);
  const cells = rows.map((row) => row.map((value) => cell(short(value))));
  const widths = columns.map((name, i) => Math.max(name.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const numeric = columns.map((_, i) =>
    rows.every((row) => row[i] === null || ["number", "bigint"].includes(typeof row[i])),
  );
  const line = (row: readonly string[]) =>
    row
      .map((value, i) => (numeric[i] ? value.padStart(widths[i] ?? 0) : value.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [
    line(columns),
    rule,
    ...cells.map(line),
    `(${rows.length} row${rows.length === 1 ? "" : "s"})`,
  ].join("\n");
}
