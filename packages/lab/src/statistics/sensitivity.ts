import { type Band, band } from "./quantiles.ts";

/** Results at one learning rate: smaller is better; Infinity for a miss or a divergence. */
export interface RateResults {
  learningRate: number;
  /** One a seed. */
  results: readonly number[];
}

/** How much an optimizer depends on its learning rate. */
export interface Sensitivity {
  /** Median and band over seeds, by ascending learning rate. */
  curve: ({ learningRate: number } & Band)[];
  /** Learning rate with the smallest median; of equals the smallest rate; undefined if all are infinite. */
  best: number | undefined;
  /**
   * Mean over the learning rates tried of best / median, in [0, 1]. 1: any rate does as well as the best, tuning is
   * for free; 1 / (number of rates): only one works; 0: none does.
   */
  tunedForFree: number;
  /** Decades of learning rate around the best one, without a gap, where the median is within the tolerance. */
  decades: number;
}

/**
 * Learning-rate sensitivity of positive results such as times to target or losses. Rates should be evenly spaced on a
 * logarithmic scale and the same for all optimizers compared: the score is a mean over the rates tried.
 *
 * @param share of the seeds that the band holds, by default a half
 * @param tolerance what counts as good as the best: by default within 10 %
 * @throws RangeError for no rates, a rate twice, or results that are not positive
 */
export function sensitivity(
  rates: readonly RateResults[],
  { share = 0.5, tolerance = 1.1 }: { share?: number; tolerance?: number } = {},
): Sensitivity {
  if (rates.length === 0) throw new RangeError("sensitivity: no learning rates");
  const curve = [...rates]
    .sort((a, b) => a.learningRate - b.learningRate)
    .map(({ learningRate, results }) => {
      const bad = results.find((value) => !(value > 0));
      if (bad !== undefined || !(learningRate > 0)) {
        throw new RangeError(
          `sensitivity: ${bad ?? learningRate} at learning rate ${learningRate}; expected positive`,
        );
      }
      return { learningRate, ...band(results, share) };
    });
  const twice = curve.find(({ learningRate }, i) => curve[i - 1]?.learningRate === learningRate);
  if (twice) throw new RangeError(`sensitivity: learning rate ${twice.learningRate} appears twice`);
  const medians = curve.map((point) => point.median);
  const least = Math.min(...medians);
  if (least === Infinity) return { curve, best: undefined, tunedForFree: 0, decades: 0 };

  const at = medians.indexOf(least);
  const good = (i: number) => i >= 0 && i < medians.length && (medians[i] as number) <= tolerance * least;
  let [from, to] = [at, at];
  while (good(from - 1)) from--;
  while (good(to + 1)) to++;
  const rate = (i: number) => (curve[i] as { learningRate: number }).learningRate;
  return {
    curve,
    best: rate(at),
    tunedForFree: relativeSpeeds(medians).reduce((sum, speed) => sum + speed, 0) / medians.length,
    decades: Math.log10(rate(to) / rate(from)),
  };
}

/** best / value of each; 0 for infinite ones. */
function relativeSpeeds(values: readonly number[]): number[] {
  const least = Math.min(...values);
  return values.map((value) => (value === Infinity ? 0 : least / value));
}

/**
 * What k random trials of tuning buy (after Dodge et al., 2019): the expectation, over the subsets of k of the n
 * results, of best / (best of the subset), in [0, 1]. With the speeds s in descending order it is
 * sum_i s_i C(n-1-i, k-1) / C(n, k). At k = 1 and one result a learning rate it is `tunedForFree`.
 *
 * @returns one number for each k from 1 to n
 * @throws RangeError for results that are not positive
 */
export function tuningCurve(results: readonly number[]): number[] {
  const bad = results.find((value) => !(value > 0));
  if (bad !== undefined)
    throw new RangeError(`tuningCurve: ${bad}; expected positive results, Infinity for a miss`);
  const speeds = relativeSpeeds(results).sort((a, b) => b - a);
  const n = speeds.length;
  return speeds.map((_, j) => {
    const k = j + 1;
    // weight = C(n-1-i, k-1) / C(n, k), from one i to the next, so that no binomial overflows
    let weight = k / n;
    let expectation = 0;
    for (let i = 0; i <= n - k; i++) {
      expectation += (speeds[i] as number) * weight;
      weight *= (n - k - i) / (n - 1 - i);
    }
    return Math.min(1, expectation);
  });
}
