import { randomStream } from "../random.ts";
import { quantile } from "../statistics/index.ts";

/** A slope with its 95 % interval. */
export interface Slope {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The exponent e of y ~ c x^e: the least-squares slope of log y against log x, where y is the mean over seeds. The
 * interval is a percentile bootstrap over seeds (whole runs are drawn, since the points of a run depend on each other).
 *
 * @param samples for each x, one value per seed; the seeds in the same order.
 */
export function fitExponent(x: readonly number[], samples: readonly Float64Array[], resamples = 400): Slope {
  const seeds = samples[0]?.length ?? 0;
  if (x.length < 2 || seeds === 0)
    throw new RangeError("fitExponent: at least two points and one seed are needed");
  const random = randomStream(0, "fit exponent");
  const logs = x.map(Math.log);
  const slopeOf = (chosen: ArrayLike<number>) =>
    slope(
      logs,
      samples.map((values) => {
        let sum = 0;
        for (let i = 0; i < chosen.length; i++) sum += values[chosen[i] as number] as number;
        return Math.log(sum / chosen.length);
      }),
    );
  const all = Int32Array.from({ length: seeds }, (_, s) => s);
  const drawn = Array.from({ length: resamples }, () => slopeOf(all.map(() => random.below(seeds))));
  return { mean: slopeOf(all), low: quantile(drawn, 0.025), high: quantile(drawn, 0.975) };
}

/** Least-squares slope. */
export function slope(x: readonly number[], y: readonly number[]): number {
  const n = x.length;
  const mx = x.reduce((a, b) => a + b, 0) / n;
  const my = y.reduce((a, b) => a + b, 0) / n;
  let [xy, xx] = [0, 0];
  x.forEach((v, i) => {
    xy += (v - mx) * ((y[i] as number) - my);
    xx += (v - mx) ** 2;
  });
  return xy / xx;
}
