import { availableParallelism } from "node:os";
import { summarize, type Timing } from "./statistics.ts";

/** Timing sides fairly: each at its best, and in turn, so that a busy moment of the machine hits all of them. */

/** Milliseconds of each of several calls. */
export type Side = () => Promise<number[]>;

/**
 * Times calls, after one that is not timed: the first after another side's turn refills caches and wakes threads.
 *
 * @param atLeast milliseconds that the timed calls together take at least.
 */
export async function repeat(run: () => unknown, atLeast: number, fewest = 3): Promise<number[]> {
  await run();
  const times: number[] = [];
  for (let total = 0; times.length < fewest || total < atLeast; ) {
    const start = performance.now();
    await run();
    const time = performance.now() - start;
    times.push(time);
    total += time;
  }
  return times;
}

/** All sides take turns; the timings of a side over all rounds are summarized together. */
export async function inTurn<K extends string>(
  rounds: number,
  sides: Readonly<Record<K, Side>>,
): Promise<Record<K, Timing>> {
  const entries = (Object.entries(sides) as [K, Side][]).map(([key, side]) => ({
    key,
    side,
    times: [] as number[],
  }));
  for (let round = 0; round < rounds; round++)
    // One by one: a copy of a hundred numbers is timed so often that its timings do not fit into one call.
    for (const { side, times } of entries) for (const time of await side()) times.push(time);
  return Object.fromEntries(entries.map(({ key, times }) => [key, summarize(times)])) as Record<K, Timing>;
}

/** The number of threads with the smallest median: 1, 2, 4 ... up to the machine's. */
export async function bestThreads(time: (threads: number) => Promise<number[]>): Promise<number> {
  let best = { threads: 1, median: Number.POSITIVE_INFINITY };
  for (let threads = 1; threads <= availableParallelism(); threads *= 2) {
    const { median } = summarize(await time(threads));
    if (median < best.median) best = { threads, median };
  }
  return best.threads;
}

/** A timing in other units. */
export const scaled = ({ median, q1, q3 }: Timing, by: number): Timing => ({
  median: median * by,
  q1: q1 * by,
  q3: q3 * by,
});

/** "1.23 (1.20-1.31)" */
export const formatTiming = ({ median, q1, q3 }: Timing, digits = 2): string =>
  `${median.toFixed(digits)} (${q1.toFixed(digits)}-${q3.toFixed(digits)})`;
