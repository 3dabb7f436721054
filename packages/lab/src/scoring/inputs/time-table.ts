import { type CsvTable, parseNumber } from "../csv.ts";
import { errorAt, quote } from "../error.ts";
import type { TimeTable } from "../times.ts";

/** Header names of the first column that say "a row is a submission"; pandas leaves the index nameless. */
const indexNames = new Set(["submission", "", "index", "name"]);

/** Whether a header is a time-to-target table's: a name, then workloads. */
export function isTimeTable(header: string[]): boolean {
  return header.length > 1 && indexNames.has((header[0] ?? "").toLowerCase()) && !header.includes("workload");
}

/**
 * Times to target: columns are workloads, rows submissions, cells seconds (or steps); `inf` is a miss, an empty cell or
 * `nan` a missing result.
 */
export function readTimeTable(table: CsvTable): TimeTable {
  const workloads = table.header.slice(1);
  const unnamed = workloads.indexOf("");
  if (unnamed >= 0) {
    throw errorAt(
      { file: table.file, line: 1 },
      `column ${unnamed + 2} has no name; it should name a workload`,
    );
  }
  const seen = new Map<string, number>();
  const times = table.rows.map(({ line, cells }) => {
    const name = (cells[0] as string).trim();
    const place = { file: table.file, line };
    if (name === "") throw errorAt(place, "the submission has no name");
    const before = seen.get(name);
    if (before !== undefined) throw errorAt(place, `${quote(name)} was already given on line ${before}`);
    seen.set(name, line);
    return workloads.map((column, j) => {
      const cell = (cells[j + 1] as string).trim();
      const time = parseNumber(cell);
      if (time === undefined || time <= 0) {
        throw errorAt(
          { ...place, column },
          `${quote(cell)} is not a time to target; expected a positive number, inf for a miss, or nothing if missing`,
        );
      }
      return time;
    });
  });
  return { submissions: [...seen.keys()], workloads, times };
}
