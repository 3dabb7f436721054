/** Rates are tuned on a seed that is not among those of the comparison. */
export const tuningSeed = 1000;

/** The rate that ended lowest. A run that diverged, of loss NaN or Infinity, is taken only if all have. */
export function bestRate(rates: readonly number[], losses: ArrayLike<number>): number {
  const ends = Array.from(losses, (v) => (Number.isNaN(v) ? Infinity : v));
  return rates[ends.indexOf(Math.min(...ends))] as number;
}
