import { type CellReader, type CsvRow, type CsvTable, column, parseNumber } from "../csv.ts";
import { errorAt, quote } from "../error.ts";
import type { RuleSet } from "../rules.ts";
import { type Evaluation, firstHit, type Trial } from "../trials.ts";

/** Whether a header is a trial table's: one row a trial, its first hit already found. */
export function isTrialTable(header: string[]): boolean {
  return ["submission", "workload", "hit_index"].every((name) => header.includes(name));
}

/** Whether a header is a curve table's: one row an evaluation. */
export function isCurveTable(header: string[]): boolean {
  return ["submission", "workload", "eval_index", "metric"].every((name) => header.includes(name));
}

/**
 * Trials with columns submission, workload, study, trial, hit_index (-1 or empty: missed), hit_time_s and, if there,
 * hit_step. Other columns are ignored.
 */
export function readTrialTable(table: CsvTable): Trial[] {
  const identity = identityReader(table);
  const read = { index: column(table, "hit_index"), time: column(table, "hit_time_s") };
  const step = table.header.includes("hit_step") ? column(table, "hit_step") : undefined;
  return table.rows.map((row) => {
    const base = { ...identity(row), where: `${table.file}:${row.line}` };
    const place = (name: string) => ({ file: table.file, line: row.line, column: name });
    const index = read.index(row) === "" ? -1 : parseNumber(read.index(row));
    if (index === undefined || !Number.isInteger(index) || index < -1) {
      throw errorAt(
        place("hit_index"),
        `${quote(read.index(row))} is not an evaluation's number; expected 0, 1, 2, ... or -1 for a miss`,
      );
    }
    if (index === -1) return { ...base, index: Infinity, time: Infinity, step: step ? Infinity : Number.NaN };
    return {
      ...base,
      index,
      time: positive(table, row, "hit_time_s", read.time),
      step: step ? positive(table, row, "hit_step", step) : Number.NaN,
    };
  });
}

/**
 * Learning curves with columns submission, workload, study, trial, eval_index, time_s, global_step, metric: the first
 * hit is found with the rules' targets. Rows of workloads without a target are left out.
 */
export function readCurveTable(table: CsvTable, rules: RuleSet): Trial[] {
  const identity = identityReader(table);
  const [indexOf, timeOf, stepOf, metricOf] = ["eval_index", "time_s", "global_step", "metric"].map((name) =>
    column(table, name),
  ) as [CellReader, CellReader, CellReader, CellReader];
  const curves = new Map<string, { row: CsvRow; points: (Evaluation & { index: number })[] }>();
  for (const row of table.rows) {
    const key = JSON.stringify(identity(row));
    let curve = curves.get(key);
    if (!curve) curves.set(key, (curve = { row, points: [] }));
    const index = parseNumber(indexOf(row));
    if (index === undefined || !Number.isInteger(index) || index < 0) {
      throw errorAt(
        { file: table.file, line: row.line, column: "eval_index" },
        `${quote(indexOf(row))} is not an evaluation's number; expected 0, 1, 2, ...`,
      );
    }
    const metric = parseNumber(metricOf(row));
    if (metric === undefined) {
      throw errorAt(
        { file: table.file, line: row.line, column: "metric" },
        `${quote(metricOf(row))} is not a number`,
      );
    }
    const time = positive(table, row, "time_s", timeOf);
    curve.points.push({ index, time, step: positive(table, row, "global_step", stepOf), metric });
  }
  return [...curves.values()].flatMap(({ row, points }) => {
    const id = identity(row);
    const target = rules.targets.get(id.workload);
    if (!target) return [];
    points.sort((a, b) => a.index - b.index);
    const hit = firstHit(points, target);
    const index = hit && (points[hit.index] as { index: number }).index;
    return [
      {
        ...id,
        ...(hit ? { ...hit, index: index as number } : { index: Infinity, time: Infinity, step: Infinity }),
        where: `${table.file}:${row.line}`,
      },
    ];
  });
}

/** Reads the four names of a trial; none may be empty. */
function identityReader(
  table: CsvTable,
): (row: CsvRow) => Pick<Trial, "submission" | "workload" | "study" | "trial"> {
  const names = ["submission", "workload", "study", "trial"] as const;
  const readers = names.map((name) => column(table, name));
  return (row) => {
    const cells = readers.map((read) => read(row));
    const empty = cells.indexOf("");
    if (empty >= 0) {
      throw errorAt(
        { file: table.file, line: row.line, column: names[empty] as string },
        "is empty; expected a name",
      );
    }
    const [submission, workload, study, trial] = cells as [string, string, string, string];
    return { submission, workload, study, trial };
  };
}

function positive(table: CsvTable, row: CsvRow, name: string, read: CellReader): number {
  const value = parseNumber(read(row));
  if (value === undefined || !(value > 0) || value === Infinity) {
    throw errorAt(
      { file: table.file, line: row.line, column: name },
      `${quote(read(row))} is not a positive finite number`,
    );
  }
  return value;
}
