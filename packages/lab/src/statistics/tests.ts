/**
 * Exact tests of paired comparisons. Under the hypothesis that neither side is faster, the logarithm of a pair's ratio is
 * as likely positive as negative. Both tests are two-sided and take ratios as `pairedRatios` gives them: below 1 where
 * the first side is faster, 0 and Infinity where only one side reached the target. Ratios of 1 say nothing and are left
 * out, as is usual.
 */

/** Probability of as lopsided a split into faster and slower pairs, or a more lopsided one (Arbuthnott, 1710). */
export function signTest(ratios: readonly number[]): number {
  const { below, above } = split(ratios);
  const n = below + above;
  const extreme = Math.min(below, above);
  // 2^-n C(n, k), from one k to the next; in logarithms, so that large n do not underflow.
  let log = -n * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= extreme; k++) {
    tail += Math.exp(log);
    log += Math.log(n - k) - Math.log(k + 1);
  }
  return Math.min(1, 2 * tail);
}

/** Up to this many pairs all sums are counted; beyond, their distribution is close to normal. */
const countable = 200;

/**
 * Wilcoxon's signed-rank test (1945) of the logarithms of the ratios: the permutation test over all 2^n signs of the
 * sum of the ranks of the positive ones. Equal sizes share the mean of their ranks; infinite ones are equal and largest.
 */
export function signedRankTest(ratios: readonly number[]): number {
  const logs = ratios.map((ratio) => Math.log(check(ratio))).filter((log) => log !== 0);
  const n = logs.length;
  if (n === 0) return 1;
  // Twice the ranks: with ties they are halves.
  const ranks = doubledRanks(logs.map(Math.abs));
  const total = n * (n + 1);
  const positive = ranks.reduce((sum, rank, i) => sum + ((logs[i] as number) > 0 ? rank : 0), 0);
  const extreme = Math.min(positive, total - positive);
  if (n > countable) {
    const deviation = Math.sqrt(ranks.reduce((sum, rank) => sum + rank * rank, 0) / 4);
    return Math.min(1, 2 * normalTail((total / 2 - extreme) / deviation));
  }
  // The probability of every sum, one rank after the other.
  let chances = Float64Array.of(1);
  for (const rank of ranks) {
    const next = new Float64Array(chances.length + rank);
    for (const [sum, chance] of chances.entries()) {
      next[sum] = (next[sum] as number) + chance / 2;
      next[sum + rank] = (next[sum + rank] as number) + chance / 2;
    }
    chances = next;
  }
  const tail = chances.subarray(0, extreme + 1).reduce((sum, chance) => sum + chance, 0);
  return Math.min(1, 2 * tail);
}

function check(ratio: number): number {
  if (ratio >= 0) return ratio;
  throw new RangeError(`a ratio of times is ${ratio}; expected 0 or more`);
}

function split(ratios: readonly number[]): { below: number; above: number } {
  const below = ratios.filter((ratio) => check(ratio) < 1).length;
  return { below, above: ratios.filter((ratio) => ratio > 1).length };
}

function doubledRanks(sizes: readonly number[]): number[] {
  const sorted = [...sizes].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return sizes.map((size) => sorted.indexOf(size) + sorted.lastIndexOf(size) + 2);
}

/** Probability that a standard normal exceeds z >= 0, to 1e-7 (Abramowitz and Stegun, 26.2.17). */
function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}
