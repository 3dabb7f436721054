import { randomStream } from "../random.ts";
import { median, quantile } from "./quantiles.ts";

/** Ranks from 1 (smallest); equal values share the mean of their ranks. Infinities are equal to each other. */
export function ranks(values: readonly number[]): number[] {
  if (values.some(Number.isNaN)) throw new RangeError("ranks: NaN has no rank; use Infinity for a miss");
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}

/**
 * Kendall's tau-b of two rankings (Kendall, 1945): 1 for the same order, -1 for the reverse, corrected for ties:
 * (concordant - discordant) / sqrt((pairs - ties in a) (pairs - ties in b)). NaN if one side is all ties.
 */
export function kendallTau(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length)
    throw new RangeError(`kendallTau: ${a.length} and ${b.length} values; expected as many`);
  const [x, y] = [ranks(a), ranks(b)];
  let agreement = 0;
  let untiedA = 0;
  let untiedB = 0;
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const [da, db] = [Math.sign(x[i]! - x[j]!), Math.sign(y[i]! - y[j]!)];
      agreement += da * db;
      untiedA += Math.abs(da);
      untiedB += Math.abs(db);
    }
  }
  return agreement / Math.sqrt(untiedA * untiedB);
}

/** How sure a contender's rank is. */
export interface RankStability {
  /** Rank by the median over all replicates; ties share the mean. */
  rank: number;
  /** Interval of the rank over resamples. */
  low: number;
  high: number;
  /** Share of resamples in which nobody is better; ties for the first place count for all who share it. */
  best: number;
}

/**
 * Resamples replicates (seeds, or tasks) with replacement, the same for all contenders, and ranks the contenders by
 * their medians each time.
 *
 * @param results `results[i][j]` of contender i in replicate j; smaller is better; Infinity for a miss
 * @returns one entry a contender, and the mean Kendall tau-b between a resample's ranking and the full one (NaN if all
 *   contenders tie)
 * @throws RangeError if contenders have different numbers of replicates, none, or a NaN
 */
export function rankStability(
  results: readonly (readonly number[])[],
  { confidence = 0.95, resamples = 1000, seed = 0 } = {},
): { contenders: RankStability[]; agreement: number } {
  const n = results[0]?.length ?? 0;
  if (n === 0 || results.some((row) => row.length !== n)) {
    throw new RangeError("rankStability: every contender needs the same number of replicates, at least one");
  }
  const medians = results.map((row) => median(row));
  const full = ranks(medians);
  const random = randomStream(seed, "rank stability");
  const drawn: number[][] = [];
  const taus: number[] = [];
  for (let k = 0; k < resamples; k++) {
    const chosen = Array.from({ length: n }, () => random.below(n));
    const resampled = results.map((row) => median(chosen.map((j) => row[j] as number)));
    drawn.push(ranks(resampled));
    const tau = kendallTau(medians, resampled);
    if (!Number.isNaN(tau)) taus.push(tau);
  }
  return {
    contenders: full.map((rank, i) => {
      const own = drawn.map((ranking) => ranking[i] as number);
      const firsts = drawn.filter((ranking) =>
        ranking.every((other) => (ranking[i] as number) <= other),
      ).length;
      return {
        rank,
        low: quantile(own, (1 - confidence) / 2),
        high: quantile(own, (1 + confidence) / 2),
        best: firsts / resamples,
      };
    }),
    agreement: taus.reduce((sum, tau) => sum + tau, 0) / taus.length,
  };
}
