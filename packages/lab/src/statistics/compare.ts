import { type BootstrapOptions, bootstrap, type Estimate, pairedRatio, pairedRatios } from "./bootstrap.ts";
import { median } from "./quantiles.ts";
import { signedRankTest, signTest } from "./tests.ts";

/** One side of a comparison, paired by position with the other side; Infinity for a run that failed. */
export interface Contender {
  name: string;
  values: readonly number[];
}

/** Who is better, with the evidence. */
export interface Comparison {
  /** The better one's name; absent for a tie. */
  winner?: string;
  /** Median over the pairs of a / b, or of a - b, with its interval. */
  estimate: Estimate;
  pairs: number;
  /** Two-sided p-values. */
  signTest: number;
  signedRankTest: number;
  /** Runs that failed. */
  misses: { a: number; b: number };
  /** Fewest pairs that can decide. */
  needed: number;
}

/**
 * Compares two optimizers by their times to target on the same tasks and seeds: the estimate is the median of a / b. There
 * is a winner only if its paired bootstrap interval leaves out 1, and only if there are enough pairs for any outcome to
 * convince: were the two equally fast, all n pairs would point the same way with probability 2^(1-n), which has to be at
 * most 1 - confidence (6 pairs at 95 %).
 *
 * @throws RangeError as {@link pairedRatio} does
 */
export function compareTimes(a: Contender, b: Contender, options: BootstrapOptions = {}): Comparison {
  const ratios = pairedRatios(a.values, b.values);
  return conclude(a, b, pairedRatio(a.values, b.values, options), ratios, 1);
}

/**
 * Compares two optimizers by a result of which less is better, such as a final loss: the estimate is the median of
 * a - b, and there is a winner only if its interval leaves out 0 and there are enough pairs. Two failures differ by 0.
 *
 * @throws RangeError for unequal lengths, no pairs, a NaN, or options out of range
 */
export function compareResults(a: Contender, b: Contender, options: BootstrapOptions = {}): Comparison {
  if (a.values.length !== b.values.length) {
    throw new RangeError(
      `compareResults: ${a.values.length} and ${b.values.length} results; pairs need as many of each`,
    );
  }
  const differences = a.values.map((value, i) => {
    const other = b.values[i] as number;
    return value === other ? 0 : value - other;
  });
  // The tests need the signs and the order of sizes alone, which the exponential keeps.
  return conclude(a, b, bootstrap(differences, median, options), differences.map(Math.exp), 0);
}

function conclude(
  a: Contender,
  b: Contender,
  estimate: Estimate,
  ratios: readonly number[],
  equal: number,
): Comparison {
  const pairs = ratios.length;
  const needed = pairsNeeded(estimate.confidence);
  const better = estimate.high < equal ? a.name : estimate.low > equal ? b.name : undefined;
  return {
    ...(better !== undefined && pairs >= needed && { winner: better }),
    estimate,
    pairs,
    signTest: signTest(ratios),
    signedRankTest: signedRankTest(ratios),
    misses: { a: failures(a), b: failures(b) },
    needed,
  };
}

/** The smallest n with 2^(1-n) <= 1 - confidence. */
export function pairsNeeded(confidence: number): number {
  return Math.ceil(1 - Math.log2(1 - confidence) - 1e-9);
}

const failures = ({ values }: Contender) => values.filter((value) => value === Infinity).length;
