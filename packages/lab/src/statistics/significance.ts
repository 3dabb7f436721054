/**
 * The constant c of the one-sided rule of modded-nanogpt's optimization track (Jordan and contributors, 2026), in units
 * of validation loss: n runs show that the target is met on average if (target - mean) sqrt(n) >= c. With a standard
 * deviation s between runs it is a z-test at z = c / s.
 */
export const speedrunMargin = 0.004;

/** (target - mean) sqrt(n): how far the mean of n runs is below the target, in units that do not depend on n. */
export function targetMargin(mean: number, n: number, target: number): number {
  if (!Number.isSafeInteger(n) || n < 1)
    throw new RangeError(`targetMargin: n is ${n}; expected a positive count`);
  // A run that diverged to infinity has no mean below any target.
  return mean === Infinity ? -Infinity : (target - mean) * Math.sqrt(n);
}

/**
 * Whether runs show that the target is met on average, by the one-sided rule.
 *
 * @param values one result a run; smaller is better; Infinity or NaN for a run that failed, which no number of good
 *   runs makes up for
 * @param c the rule's constant, in the units of `values`
 */
export function meetsTarget(values: readonly number[], target: number, c: number = speedrunMargin): boolean {
  const mean =
    values.reduce((sum, value) => sum + (Number.isNaN(value) ? Infinity : value), 0) / values.length;
  return targetMargin(mean, values.length, target) >= c;
}

/** The fewest runs whose mean, if it is this one, meets the target by the rule; Infinity if none would do. */
export function runsNeeded(mean: number, target: number, c: number = speedrunMargin): number {
  if (!(mean < target)) return Infinity;
  const n = Math.max(1, Math.floor((c / (target - mean)) ** 2));
  return targetMargin(mean, n, target) >= c ? n : n + 1;
}
