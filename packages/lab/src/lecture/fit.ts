import { randomStream } from "../random.ts";
import { quantile } from "../statistics/index.ts";

/** An estimate with its 95 % interval. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * A statistic of means over seeds, with a percentile bootstrap interval: whole runs are drawn again, since the points of
 * a run depend on each other, and so do runs of different methods with the same seed.
 *
 * @param statistic given a function that averages one value per seed over the seeds drawn.
 */
export function bootstrapOver(
  seeds: number,
  statistic: (mean: (values: ArrayLike<number>) => number) => number,
  resamples = 400,
): Estimate {
  if (seeds === 0) throw new RangeError("bootstrapOver: at least one seed is needed");
  const random = randomStream(0, "bootstrap over seeds");
  const averageOf = (chosen: Int32Array) => (values: ArrayLike<number>) => {
    let sum = 0;
    for (const s of chosen) sum += values[s] as number;
    return sum / chosen.length;
  };
  const all = Int32Array.from({ length: seeds }, (_, s) => s);
  const drawn = Array.from({ length: resamples }, () =>
    statistic(averageOf(all.map(() => random.below(seeds)))),
  );
  return { mean: statistic(averageOf(all)), low: quantile(drawn, 0.025), high: quantile(drawn, 0.975) };
}

/**
 * The exponent e of y ~ c x^e: the least-squares slope of log y against log x, where y is the mean over seeds.
 *
 * @param samples for each x, one value per seed; the seeds in the same order.
 */
export function fitExponent(x: readonly number[], samples: readonly Float64Array[]): Estimate {
  const seeds = samples[0]?.length ?? 0;
  if (x.length < 2 || seeds === 0)
    throw new RangeError("fitExponent: at least two points and one seed are needed");
  const logs = x.map(Math.log);
  return bootstrapOver(seeds, (mean) =>
    slope(
      logs,
      samples.map((values) => Math.log(mean(values))),
    ),
  );
}

/** Least-squares slope. */
export function slope(x: readonly number[], y: readonly number[]): number {
  const [mx, my] = [average(x), average(y)];
  let [xy, xx] = [0, 0];
  x.forEach((v, i) => {
    xy += (v - mx) * ((y[i] as number) - my);
    xx += (v - mx) ** 2;
  });
  return xy / xx;
}

/** The least-squares line's value at zero. */
export const intercept = (x: readonly number[], y: readonly number[]): number =>
  average(y) - slope(x, y) * average(x);

/**
 * The coefficients of y ~ c + e u + d v, of which e: what remains of the slope in u when v is allowed for (Frisch and
 * Waugh, 1933).
 */
export function partialSlope(u: readonly number[], v: readonly number[], y: readonly number[]): number {
  const without = (z: readonly number[]) => {
    const [b, m, mv] = [slope(v, z), average(z), average(v)];
    return z.map((value, i) => value - m - b * ((v[i] as number) - mv));
  };
  return slope(without(u), without(y));
}

const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
