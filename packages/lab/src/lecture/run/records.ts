import type { FiniteSum } from "../../problems/index.ts";
import { evaluator, type Quantity } from "./evaluate.ts";
import type { Measured, SeedsResult } from "./seeds.ts";

/** Step counts to measure at: 0 to 10, then evenly spaced on a log scale up to `steps`. */
export function recordAt(steps: number, count = 40): number[] {
  const places = new Set<number>(Array.from({ length: Math.min(10, steps) + 1 }, (_, k) => k));
  for (let i = 0; i <= count; i++) places.add(Math.round(10 ** ((Math.log10(steps) * i) / count)));
  return [...places].filter((k) => k <= steps).sort((a, b) => a - b);
}

/** Step counts of several lists, ascending, each once. */
export const merge = (...lists: readonly (readonly number[])[]): number[] =>
  [...new Set(lists.flat())].sort((a, b) => a - b);

/** `recordAt` for the first half of a run, then `late` evenly spaced steps to its end, where its plateau is measured. */
export const recordPlateau = (steps: number, late: number): number[] =>
  merge(
    recordAt(Math.floor(steps / 2)),
    Array.from({ length: late }, (_, i) => Math.round((steps * (late + i + 1)) / (2 * late))),
  );

/** The mean of the last `late` records, for each seed. */
export function levelOf(records: readonly Float64Array[], late: number): Float64Array {
  const tail = records.slice(-late);
  return (tail[0] as Float64Array).map((_, s) => tail.reduce((t, r) => t + (r[s] as number) / late, 0));
}

/** A quantity at the points of all seeds, for each record. */
export async function evaluateAt(
  problem: FiniteSum,
  records: readonly Measured[],
  quantity: Quantity,
): Promise<Float64Array[]> {
  const seeds = records[0]?.gap.length ?? 0;
  const program = await evaluator(problem, seeds, quantity);
  const values: Float64Array[] = [];
  try {
    for (const { x } of records) values.push(await program.run(x));
  } finally {
    await program.dispose();
  }
  return values;
}

/**
 * sigma^2: the largest mean ||grad f_i(x)||^2 at any recorded point of any seed.
 *
 * @throws RangeError when a run diverged: then there is none.
 */
export async function visitedSecondMoment(problem: FiniteSum, { at, last }: SeedsResult): Promise<number> {
  let largest = 0;
  (await evaluateAt(problem, last, "second")).forEach((values, i) => {
    const bad = values.findIndex((v) => !Number.isFinite(v));
    if (bad >= 0) {
      throw new RangeError(
        `${problem.name}: the run of seed ${bad} had diverged by step ${at[i]}: its mean squared gradient is ${values[bad]}, so no sigma^2 bounds it; take smaller steps`,
      );
    }
    for (const v of values) largest = Math.max(largest, v);
  });
  return largest;
}
