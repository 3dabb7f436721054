import type { RuleSet } from "./rules.ts";
import { columnOf, type TimeTable } from "./times.ts";

/** Time to target relative to a baseline. */
export interface Speedup {
  submission: string;
  /** Geometric mean over base workloads of t / t_baseline: below 1 is faster; NaN if it cannot be computed. */
  ratio: number;
  /** Why the ratio is NaN, for people. */
  reason?: string;
}

/**
 * Speed-ups as AlgoPerf reports them: the geometric mean of t / t_baseline over the base workloads, where a miss counts
 * as one second more than the workload's budget (times the rule set's factor under self-tuning). Times are those before
 * the variant rules and the cut. A workload that either side lacks leaves the mean undefined.
 *
 * @throws RangeError if the table has no such baseline.
 */
export function speedups(
  table: TimeTable,
  rules: RuleSet,
  baseline: string,
  { selfTuning = false }: { selfTuning?: boolean } = {},
): Speedup[] {
  const at = table.submissions.indexOf(baseline);
  if (at < 0) {
    throw new RangeError(
      `no submission "${baseline}" to be the baseline; there are ${table.submissions.join(", ")}`,
    );
  }
  const factor = selfTuning ? rules.selfTuningBudgetFactor : 1;
  const columns = rules.base.map((workload) => columnOf(table, workload));
  return table.submissions.map((submission, i) => {
    let logSum = 0;
    for (const [j, workload] of rules.base.entries()) {
      const budget = rules.targets.get(workload)?.budget;
      const [t, of] = [i, at].map((row) => {
        const time = columns[j]?.[row] as number;
        return time === Infinity && budget !== undefined ? factor * budget + 1 : time;
      }) as [number, number];
      if (Number.isNaN(t) || Number.isNaN(of)) {
        return undefinedRatio(
          submission,
          `${Number.isNaN(t) ? submission : baseline} has no result on ${workload}`,
        );
      }
      if (t === Infinity || of === Infinity) {
        return undefinedRatio(submission, `${workload} was missed and the rules give it no budget`);
      }
      logSum += Math.log(t / of);
    }
    return { submission, ratio: Math.exp(logSum / rules.base.length) };
  });
}

function undefinedRatio(submission: string, reason: string): Speedup {
  return { submission, ratio: Number.NaN, reason };
}
