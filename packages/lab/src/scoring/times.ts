/** Times (seconds) or steps to target: one row a submission, one column a workload. */
export interface TimeTable {
  submissions: string[];
  workloads: string[];
  /** `times[i][j]` of submission i on workload j: Infinity if the target was missed, NaN if there is no result. */
  times: number[][];
}

/** A column of a table; NaN everywhere if the table has no such workload. */
export function columnOf(table: TimeTable, workload: string): number[] {
  const at = table.workloads.indexOf(workload);
  return table.times.map((row) => (at < 0 ? Number.NaN : (row[at] as number)));
}

/** The smallest number that is not NaN, or Infinity. */
export function least(values: number[]): number {
  return values.reduce((best, value) => (Number.isNaN(value) ? best : Math.min(best, value)), Infinity);
}
