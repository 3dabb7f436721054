import { type BootstrapOptions, type Estimate, pairedRatio } from "./bootstrap.ts";

/** One side of a comparison: times to target, paired by position with the other side's; Infinity for a miss. */
export interface Contender {
  name: string;
  times: readonly number[];
}

/** Who is faster, with the evidence. */
export interface Comparison {
  verdict: "winner" | "tie";
  /** The faster one's name; absent for a tie. */
  winner?: string;
  /** Median of a / b over the pairs, with its interval; below 1 where a is faster. */
  ratio: Estimate;
  pairs: number;
  /** Runs that missed the target. */
  misses: { a: number; b: number };
  /** The verdict with its interval in one sentence. */
  sentence: string;
}

/**
 * Compares two optimizers by their times to target on the same tasks and seeds. There is a winner only if the paired
 * bootstrap interval of the median ratio leaves out 1, and only if there are enough pairs for any outcome to convince:
 * were the two equally fast, all n pairs would point the same way with probability 2^(1-n), which has to be at most
 * 1 - confidence (6 pairs at 95 %).
 *
 * @throws RangeError as {@link pairedRatio} does
 */
export function compare(a: Contender, b: Contender, options: BootstrapOptions = {}): Comparison {
  const ratio = pairedRatio(a.times, b.times, options);
  const pairs = a.times.length;
  const misses = { a: countMisses(a), b: countMisses(b) };
  const enough = pairsNeeded(ratio.confidence);
  const winner = pairs < enough ? undefined : ratio.high < 1 ? a.name : ratio.low > 1 ? b.name : undefined;
  const missed = [a, b].flatMap(({ name, times }) => {
    const n = countMisses({ name, times });
    return n > 0 ? [`${name} missed the target in ${n} of ${pairs} runs`] : [];
  });
  const evidence =
    `${pairs} pair${pairs === 1 ? "" : "s"}, ${percent(ratio.confidence)} interval ` +
    `${number(ratio.low)} to ${number(ratio.high)}`;
  const sentence =
    winner === undefined
      ? `${a.name} and ${b.name} tie: the median ratio of their times to target is ${number(ratio.value)} (${evidence})` +
        (pairs < enough ? `; fewer than ${enough} pairs cannot decide` : "")
      : `${winner} is faster: ${a.name} takes ${number(ratio.value)} times as long as ${b.name} to reach the target ` +
        `(median, ${evidence})`;
  return {
    verdict: winner === undefined ? "tie" : "winner",
    ...(winner !== undefined && { winner }),
    ratio,
    pairs,
    misses,
    sentence: `${[sentence, ...missed].join("; ")}.`,
  };
}

/** The smallest n with 2^(1-n) <= 1 - confidence. */
export function pairsNeeded(confidence: number): number {
  return Math.ceil(1 - Math.log2(1 - confidence) - 1e-9);
}

const countMisses = ({ times }: Contender) => times.filter((time) => time === Infinity).length;
const percent = (share: number) => `${Number((100 * share).toPrecision(3))} %`;

function number(value: number): string {
  return value === Infinity ? "infinity" : value.toPrecision(3);
}
