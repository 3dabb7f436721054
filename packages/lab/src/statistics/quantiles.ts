/**
 * The middle value, or the mean of the two middle ones. Infinity is a value like any other: a median is infinite as soon
 * as one of the values it averages is.
 *
 * @throws RangeError for no values or a NaN.
 */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/**
 * The p-quantile by linear interpolation between order statistics (Hyndman and Fan, 1996, type 7, NumPy's default):
 * with h = (n - 1) p it is x[floor h] + (h - floor h) (x[ceil h] - x[floor h]). Interpolating towards an infinite value
 * gives that infinity.
 *
 * @param values any order, infinities welcome
 * @param p from 0 (smallest) to 1 (largest)
 * @throws RangeError for no values, a NaN, or p outside [0, 1].
 */
export function quantile(values: ArrayLike<number>, p: number): number {
  return quantileOfSorted(sorted(values), p);
}

/** {@link quantile} of values already in ascending order. */
export function quantileOfSorted(ascending: ArrayLike<number>, p: number): number {
  if (ascending.length === 0) throw new RangeError("quantile: no values; at least one is needed");
  if (!(p >= 0 && p <= 1)) throw new RangeError(`quantile: p is ${p}; it must lie in [0, 1]`);
  const at = (ascending.length - 1) * p;
  const low = ascending[Math.floor(at)] as number;
  const high = ascending[Math.ceil(at)] as number;
  const weight = at - Math.floor(at);
  if (low === high || weight === 0) return low;
  if (low === -Infinity && high === Infinity) return Number.NaN;
  if (low === -Infinity) return -Infinity;
  return weight === 0.5 ? low / 2 + high / 2 : low + weight * (high - low);
}

/** Ascending copy. Throws a RangeError on NaN, which has no rank. */
export function sorted(values: ArrayLike<number>): Float64Array {
  const copy = Float64Array.from(values);
  if (copy.some(Number.isNaN))
    throw new RangeError("quantile: NaN among the values; use Infinity for a miss");
  return copy.sort();
}

/** A band over seeds: the middle and the interval that holds the given share of the values. */
export interface Band {
  low: number;
  median: number;
  high: number;
}

/** Median and central quantile band of one set of values, by default the middle 50 % (the interquartile range). */
export function band(values: ArrayLike<number>, share = 0.5): Band {
  if (!(share > 0 && share <= 1)) throw new RangeError(`band: share is ${share}; it must lie in (0, 1]`);
  const ascending = sorted(values);
  return {
    low: quantileOfSorted(ascending, (1 - share) / 2),
    median: quantileOfSorted(ascending, 0.5),
    high: quantileOfSorted(ascending, (1 + share) / 2),
  };
}

/**
 * Bands of curves over seeds, point by point. Curves may have different lengths (a run that diverged stops early): a
 * missing or NaN point counts as `missing`, by default Infinity, so that the band of a loss tells of the failed seeds.
 */
export function curveBands(curves: ArrayLike<number>[], share = 0.5, missing = Infinity): Band[] {
  const length = Math.max(0, ...curves.map((curve) => curve.length));
  return Array.from({ length }, (_, i) =>
    band(
      curves.map((curve) => {
        const value = curve[i];
        return value === undefined || Number.isNaN(value) ? missing : value;
      }),
      share,
    ),
  );
}
