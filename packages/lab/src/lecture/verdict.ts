import type { Point } from "./item.ts";

export type Verdict = "holds" | "does not hold" | "inconclusive";

/** A statement about numbers that was put to the test. */
export interface Check {
  readonly claim: string;
  readonly verdict: Verdict;
  /** The numbers that decided. */
  readonly detail: string;
}

/** A mean over seeds with its 95 % interval. */
export interface Mean {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Standard error; zero for a single, deterministic run. */
  readonly error: number;
  readonly count: number;
}

/**
 * Quantile of the standard normal distribution, by bisection of its distribution function, summed by Marsaglia's (2004)
 * series.
 */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`normalQuantile: p is ${p}; it must lie in (0, 1)`);
  let [low, high] = [-8, 8];
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function normalCdf(x: number): number {
  let term = x;
  let sum = x;
  for (let i = 3; Math.abs(term) > 1e-18 * Math.abs(sum) && i < 400; i += 2) {
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

/**
 * Quantile of Student's t by the first terms of Hill's (1970) expansion: to 0.3 % for at least 4 degrees of freedom and p up to
 * 0.975, and for at least 30 and p up to 0.9999.
 */
export function studentQuantile(p: number, freedom: number): number {
  const z = normalQuantile(p);
  const terms = [
    z,
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
  ];
  return terms.reduce((sum, term, i) => sum + term / freedom ** i, 0);
}

/** Mean and 95 % t-interval over seeds. A run that diverged makes the mean Infinity or NaN, and the interval with it. */
export function meanOf(values: ArrayLike<number>): Mean {
  const n = values.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += (values[i] as number) / n;
  if (n === 1) return { mean, low: mean, high: mean, error: 0, count: 1 };
  let square = 0;
  for (let i = 0; i < n; i++) square += ((values[i] as number) - mean) ** 2 / (n - 1);
  const error = Math.sqrt(square / n);
  const half = error === 0 ? 0 : studentQuantile(0.975, n - 1) * error;
  return { mean, low: mean - half, high: mean + half, error, count: n };
}

/** The geometric mean, with its 95 % interval, of numbers given by their logarithms; of a ratio, by differences of them. */
export function geometricMean(logs: ArrayLike<number>): Pick<Mean, "mean" | "low" | "high"> {
  const { mean, low, high } = meanOf(logs);
  return { mean: Math.exp(mean), low: Math.exp(low), high: Math.exp(high) };
}

/** The ratio of two independent means with its 95 % interval, by the delta method. */
export function ratioOf(a: Mean, b: Mean): Pick<Mean, "mean" | "low" | "high"> {
  const mean = a.mean / b.mean;
  const half = 1.96 * Math.abs(mean) * Math.hypot(a.error / a.mean, b.error / b.mean);
  return { mean, low: mean - half, high: mean + half };
}

/** Rounding in f(x) - f*, both about 1: below this, values cannot be told from zero. */
const resolution = 1e-13;

export interface BoundCheck extends Check {
  readonly measured: readonly Point[];
  readonly bound: readonly Point[];
}

/**
 * Puts E(quantity at k) <= bound(k) to the test at all recorded k.
 *
 * - holds: the upper end of the 95 % interval is at or below the bound everywhere;
 * - does not hold: somewhere the lower end of the interval is above it, where the interval is widened for the number of
 *   places looked at (Bonferroni), so that a true bound is called violated in at most 2.5 % of experiments;
 * - inconclusive: neither.
 *
 * @param samples one array over seeds for each entry of `at`
 */
export function checkBound(
  claim: string,
  at: readonly number[],
  samples: readonly ArrayLike<number>[],
  bound: (k: number) => number,
): BoundCheck {
  const places = at.length;
  const means = samples.map(meanOf);
  const measured = at.map((x, i) => {
    const { mean, low, high } = means[i] as Mean;
    return { x, mean, low, high };
  });
  const bounds = at.map((x) => ({ x, mean: bound(x) }));
  let worst = { ratio: -Infinity, i: 0 };
  let [violated, exceeded] = [false, false];
  means.forEach(({ mean, high, error, count }, i) => {
    const b = (bounds[i] as Point).mean * (1 + 1e-9) + resolution;
    const wide = error === 0 ? 0 : studentQuantile(1 - 0.025 / places, count - 1) * error;
    if (!(mean - wide <= b)) violated = true;
    if (!(high <= b)) exceeded = true;
    const ratio = Number.isNaN(mean) ? Infinity : (mean - resolution) / b;
    // At the start most bounds are equalities, which says nothing; unless one is violated there.
    const told = at[i] === 0 && ratio <= 1 ? -1 : ratio;
    if (told > worst.ratio) worst = { ratio: told, i };
  });
  const { mean, low, high } = means[worst.i] as Mean;
  return {
    claim,
    verdict: violated ? "does not hold" : exceeded ? "inconclusive" : "holds",
    detail: `closest at k = ${at[worst.i]}: mean ${showMean({ mean, low, high })}, bound ${show((bounds[worst.i] as Point).mean)} (${show(100 * Math.max(0, worst.ratio))} % of it)`,
    measured,
    bound: bounds,
  };
}

/** Whether an interval lies inside a range (holds), outside (does not hold), or straddles its edge. */
export function checkInterval(
  claim: string,
  { mean, low, high }: Pick<Mean, "mean" | "low" | "high">,
  range: readonly [number, number],
): Check {
  const inside = low >= range[0] && high <= range[1];
  const outside = !(high >= range[0] && low <= range[1]);
  return {
    claim,
    verdict: inside ? "holds" : outside ? "does not hold" : "inconclusive",
    detail: `${showMean({ mean, low, high })}, expected ${
      range[1] === Infinity
        ? `at least ${show(range[0])}`
        : range[0] === -Infinity
          ? `at most ${show(range[1])}`
          : `in [${show(range[0])}, ${show(range[1])}]`
    }`,
  };
}

/**
 * Whether a quantity is equal to a value, as far as the experiment can tell: the 95 % interval contains it (holds) or not
 * (does not hold). An interval wider than `resolution` either side is inconclusive: it would contain anything.
 */
export function checkValue(
  claim: string,
  { mean, low, high }: Pick<Mean, "mean" | "low" | "high">,
  value: number,
  resolution: number,
): Check {
  const contains = low <= value && value <= high;
  const fine = high - low <= 2 * resolution;
  return {
    claim,
    verdict: !contains ? "does not hold" : fine ? "holds" : "inconclusive",
    detail: `${showMean({ mean, low, high })}, expected ${show(value)}`,
  };
}

/** The verdict on several checks: one failure fails, one doubt leaves a doubt. */
export function overall(checks: readonly Check[]): Verdict {
  const verdicts = checks.map((c) => c.verdict);
  if (verdicts.length === 0 || verdicts.includes("inconclusive")) {
    return verdicts.includes("does not hold") ? "does not hold" : "inconclusive";
  }
  return verdicts.includes("does not hold") ? "does not hold" : "holds";
}

/** With its interval, unless nothing was random. */
export const showMean = ({ mean, low, high }: Pick<Mean, "mean" | "low" | "high">): string =>
  low === high ? show(mean) : `${show(mean)} [${show(low)}, ${show(high)}]`;

/** Four significant digits; small numbers as 1.23e-6. */
export const show = (x: number): string => {
  const digits = Number(x.toPrecision(4));
  return Math.abs(digits) < 1e-4 && digits !== 0
    ? digits.toExponential().replace(/\.?0+e/, "e")
    : String(digits);
};
