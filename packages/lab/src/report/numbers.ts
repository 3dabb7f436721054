/** A number as JSON can hold it: null for what is not finite. */
export const finite = (value: number | undefined | null): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;

/** Its inverse for times to target, of which null is a miss. */
export const orMiss = (value: number | null): number => value ?? Number.POSITIVE_INFINITY;

/** Smallest, median and largest of a number over seeds. */
export interface Spread {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** Four significant digits, without trailing zeros: 0.3274, 12.5, 1.2e-7. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : "∞";
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e6)) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

/** Seconds in a readable unit: 350 ms, 4.2 s, 3 min 5 s. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 0.9995) return `${Number((seconds * 1000).toPrecision(3))} ms`;
  if (seconds < 99.95) return `${Number(seconds.toPrecision(3))} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** "144 (128–160)", or the value alone when all seeds agree. */
export function formatSpread(s: Spread, format: (value: number) => string = formatNumber): string {
  const [low, median, high] = [format(s.low), format(s.median), format(s.high)];
  return low === high ? median : `${median} (${low}–${high})`;
}

/** "233 ms (211–254)": the range in the unit of the median. */
export function formatSecondsSpread({ low, median, high }: Spread): string {
  const [factor, unit] = median < 0.9995 ? [1000, "ms"] : [1, "s"];
  const digits = (seconds: number) =>
    Number.isFinite(seconds) ? String(Number((factor * seconds).toPrecision(3))) : "∞";
  const [l, m, h] = [digits(low), digits(median), digits(high)];
  return l === h ? `${m} ${unit}` : `${m} ${unit} (${l}–${h})`;
}

/** "a", "a and b", "a, b and c". */
export function listOf(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** "95 %" */
export const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;
