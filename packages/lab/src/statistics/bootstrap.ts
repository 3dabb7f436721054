import { type RandomStream, randomStream } from "../random.ts";
import { median, quantileOfSorted, sorted } from "./quantiles.ts";

export interface Interval {
  low: number;
  high: number;
}

/** An estimate with its bootstrap interval. */
export interface Estimate extends Interval {
  value: number;
  confidence: number;
}

export interface BootstrapOptions {
  /** Share of intervals that should hold the truth. Default 0.95. */
  confidence?: number;
  /** Resamples drawn. Default 2000: the interval's ends then vary by about 5 % of its width between seeds. */
  resamples?: number;
  /** Equal seeds give equal intervals. Default 0. */
  seed?: number;
}

/**
 * Percentile bootstrap interval of a statistic (Efron, 1979): the statistic of n values drawn with replacement, many
 * times; the interval's ends are the (1 - confidence) / 2 and (1 + confidence) / 2 quantiles of the results. Infinite
 * values are drawn like any other, so an interval may end at Infinity.
 *
 * @throws RangeError for no values, a NaN, or options out of range
 */
export function bootstrap(
  values: readonly number[],
  statistic: (sample: Float64Array) => number = median,
  options: BootstrapOptions = {},
): Estimate {
  const data = sorted(values);
  return estimate("bootstrap", statistic(data), options, (random) => statistic(resample(data, random)));
}

/**
 * Ratio of the medians of two independent sets of times, median(a) / median(b), each resampled on its own: for runs
 * that have nothing in common. Below 1: a is faster. Two misses have the ratio 1: neither is faster.
 *
 * @throws RangeError for no times, times that are not positive, or options out of range
 */
export function bootstrapRatio(
  a: readonly number[],
  b: readonly number[],
  options: BootstrapOptions = {},
): Estimate {
  const [x, y] = [a, b].map((times) => sorted(positive("bootstrapRatio", times))) as [
    Float64Array,
    Float64Array,
  ];
  return estimate("bootstrapRatio", ratio(median(x), median(y)), options, (random) =>
    ratio(median(resample(x, random)), median(resample(y, random))),
  );
}

/**
 * Median of the paired ratios a[i] / b[i] of times to target, pairs resampled together: for runs that share a task and
 * a seed, whose difficulty then cancels. Below 1: a is faster. A pair that only a reached has the ratio 0, one that
 * only b reached Infinity, one that both missed 1: it says nothing for either. The median needs no finite mean, so
 * misses need no made-up time.
 *
 * @throws RangeError for unequal lengths, no pairs, times that are not positive, or options out of range
 */
export function pairedRatio(
  a: readonly number[],
  b: readonly number[],
  options: BootstrapOptions = {},
): Estimate {
  return bootstrap(pairedRatios(a, b), median, options);
}

/** The ratios a[i] / b[i] that {@link pairedRatio} takes the median of. */
export function pairedRatios(a: readonly number[], b: readonly number[]): number[] {
  if (a.length !== b.length) {
    throw new RangeError(`pairedRatios: ${a.length} and ${b.length} times; pairs need as many of each`);
  }
  positive("pairedRatios", b);
  return positive("pairedRatios", a).map((time, i) => ratio(time, b[i] as number));
}

function ratio(a: number, b: number): number {
  return a === Infinity && b === Infinity ? 1 : a / b;
}

function positive(who: string, times: readonly number[]): readonly number[] {
  const bad = times.findIndex((time) => !(time > 0));
  if (bad >= 0)
    throw new RangeError(
      `${who}: time ${bad} is ${times[bad]}; expected a positive one, Infinity for a miss`,
    );
  return times;
}

function resample(data: Float64Array, random: RandomStream): Float64Array {
  return data.map(() => data[random.below(data.length)] as number);
}

function estimate(
  who: string,
  value: number,
  { confidence = 0.95, resamples = 2000, seed = 0 }: BootstrapOptions,
  draw: (random: RandomStream) => number,
): Estimate {
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`${who}: confidence is ${confidence}; it must lie in (0, 1)`);
  }
  if (!Number.isSafeInteger(resamples) || resamples < 1) {
    throw new RangeError(`${who}: resamples is ${resamples}; expected a positive count`);
  }
  const random = randomStream(seed, "bootstrap");
  const results = sorted(Float64Array.from({ length: resamples }, () => draw(random)));
  return {
    value,
    low: quantileOfSorted(results, (1 - confidence) / 2),
    high: quantileOfSorted(results, (1 + confidence) / 2),
    confidence,
  };
}
