import { reaches, type Target } from "../tasks/index.ts";
import type { Trial } from "../train/record.ts";
import type { Entry } from "./race.ts";

/** Smallest, median and largest of a number over seeds. */
export interface Spread {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** An entry's results over its seeds. A run that did not get there counts as infinitely slow. */
export interface EntrySummary {
  readonly entry: Entry;
  readonly stepsToTarget: Spread;
  readonly secondsToTarget: Spread;
  /** The target metric after the last step, over the runs that did not diverge; undefined when all did. */
  readonly final: Spread | undefined;
  /** Milliseconds of training clock for a step, over all runs. */
  readonly millisecondsPerStep: number;
  readonly reached: number;
  readonly diverged: number;
  /** The chosen learning rate is the smallest or the largest that was tried. */
  readonly atEdge: "smallest" | "largest" | undefined;
}

/** A metric after the last step; undefined when the run diverged. */
export function finalValue(trial: Trial, metric: string): number | undefined {
  return trial.end?.status === "finished" ? trial.records.at(-1)?.validation[metric] : undefined;
}

/** The first evaluation at which a run met the target. */
export function arrival(trial: Trial, target: Target): { step: number; seconds: number } | undefined {
  return trial.records.find((record) => reaches(target, record.validation[target.metric] ?? Number.NaN));
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [a, b] = [sorted[Math.floor(middle)] as number, sorted[Math.ceil(middle)] as number];
  return { low: sorted[0] as number, median: a === b ? a : (a + b) / 2, high: sorted.at(-1) as number };
}

export function summarise(entry: Entry): EntrySummary {
  const { task, trials, tuning, learningRate } = entry;
  const arrivals = trials.map((trial) => arrival(trial, task.target));
  const finals = trials.map((trial) => finalValue(trial, task.target.metric)).filter((v) => v !== undefined);
  const ends = trials.map((trial) => trial.end).filter((end) => end !== undefined);
  const rates = tuning.map((trial) => trial.start.spec.hyperparameters.learningRate);
  const [steps, seconds] = [sum(ends.map((e) => e.step)), sum(ends.map((e) => e.seconds))];
  return {
    entry,
    stepsToTarget: spread(arrivals.map((a) => a?.step ?? Number.POSITIVE_INFINITY)),
    secondsToTarget: spread(arrivals.map((a) => a?.seconds ?? Number.POSITIVE_INFINITY)),
    final: finals.length > 0 ? spread(finals) : undefined,
    millisecondsPerStep: steps > 0 ? (1000 * seconds) / steps : Number.NaN,
    reached: arrivals.filter((a) => a !== undefined).length,
    diverged: ends.filter((end) => end.status === "diverged").length,
    atEdge:
      rates.length < 2
        ? undefined
        : learningRate === rates[0]
          ? "smallest"
          : learningRate === rates.at(-1)
            ? "largest"
            : undefined,
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Who is best by one measure. */
export interface Verdict {
  /** Best median first; those that did not get there are left out. */
  readonly ranking: readonly EntrySummary[];
  /** The first of the ranking and everyone whose range over seeds overlaps with its range: one name is a win. */
  readonly leaders: readonly EntrySummary[];
}

/** Ranks by a measure's median over seeds; whoever's range meets the leader's ties with it. */
export function judge(
  summaries: readonly EntrySummary[],
  measure: (summary: EntrySummary) => Spread | undefined,
  direction: Target["direction"],
): Verdict {
  const sign = direction === "min" ? 1 : -1;
  const measured = summaries.flatMap((summary) => {
    const value = measure(summary);
    return value !== undefined && Number.isFinite(value.median) ? [{ summary, value }] : [];
  });
  measured.sort((a, b) => sign * (a.value.median - b.value.median));
  const best = measured[0]?.value;
  const overlaps = (x: Spread) => best !== undefined && x.low <= best.high && best.low <= x.high;
  return {
    ranking: measured.map((m) => m.summary),
    leaders: measured.filter((m) => overlaps(m.value)).map((m) => m.summary),
  };
}
