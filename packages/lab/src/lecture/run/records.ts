import type { SeedsResult } from "./seeds.ts";

/** Step counts to measure at: 0 to 10, then evenly spaced on a log scale up to `steps`. */
export function recordAt(steps: number, count = 40): number[] {
  const places = new Set<number>(Array.from({ length: Math.min(10, steps) + 1 }, (_, k) => k));
  for (let i = 0; i <= count; i++) places.add(Math.round(10 ** ((Math.log10(steps) * i) / count)));
  return [...places].filter((k) => k <= steps).sort((a, b) => a - b);
}

/** sigma^2: the largest mean ||grad f_i(x)||^2 at any recorded point of any seed. */
export function visitedSecondMoment(result: SeedsResult): number {
  let largest = 0;
  for (const { second } of result.last) for (const v of second) largest = Math.max(largest, v);
  return largest;
}
