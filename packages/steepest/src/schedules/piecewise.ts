import { numpy as np } from "@jax-js/jax";
import { cos } from "../elementary.ts";
import { num, type Schedule } from "../scalar.ts";
import { fromStep } from "./fromStep.ts";

/** A step and the value there. */
export type Knot = readonly [step: number, value: number];

/**
 * Straight lines (or half cosines) through knots; constant before the first and after the last.
 *
 * @throws RangeError unless the steps rise.
 */
export function piecewise(knots: readonly Knot[], shape: "linear" | "cosine" = "linear"): Schedule {
  const [first, ...rest] = knots;
  if (first === undefined) throw new RangeError("piecewise: needs at least one knot");
  knots.forEach(([step], i) => {
    const before = knots[i - 1]?.[0] ?? Number.NEGATIVE_INFINITY;
    if (step <= before)
      throw new RangeError(`piecewise: the knot at step ${step} does not come after step ${before}`);
  });
  return fromStep((t) => {
    let value = num(first[1], t);
    let [from, low] = first;
    for (const [to, high] of rest) {
      const start = num(from, t);
      const share = t.ref.sub(start).mul(num(1 / (to - from), t));
      const clipped = np.minimum(np.maximum(share, num(0, t)), num(1, t));
      const rise = num(high - low, t);
      // Each piece adds its rise from 0 to 1.
      value = value.add(shape === "linear" ? clipped.mul(rise) : halfWave(clipped).mul(rise));
      [from, low] = [to, high];
    }
    t.dispose();
    return value;
  });
}

/** (1 - cos(pi s)) / 2. Consumes s. */
function halfWave(s: np.Array): np.Array {
  const [one, angle] = [num(1, s), num(Math.PI, s)];
  return one.sub(cos(s.mul(angle))).mul(0.5);
}

/** A straight line from `from` to `to` over `steps`, then constant. */
export const linear = (from: number, to: number, steps: number): Schedule =>
  piecewise([
    [0, from],
    [steps, to],
  ]);

/** Half a cosine from `peak` down to `end` over `steps`, then constant. Loshchilov, Hutter, SGDR, 2017. */
export const cosine = (peak: number, steps: number, end = 0): Schedule =>
  piecewise(
    [
      [0, peak],
      [steps, end],
    ],
    "cosine",
  );

export type WsdOptions = {
  peak: number;
  warmupSteps: number;
  /** Steps at the peak. */
  stableSteps: number;
  decaySteps: number;
  /** Default 0. */
  end?: number;
};

/** Warmup, stable, decay: trapezoidal. Hu et al., MiniCPM, 2024. */
export const warmupStableDecay = ({
  peak,
  warmupSteps,
  stableSteps,
  decaySteps,
  end = 0,
}: WsdOptions): Schedule =>
  piecewise([
    ...(warmupSteps > 0 ? [[0, 0] as const] : []),
    [warmupSteps, peak],
    ...(stableSteps > 0 ? [[warmupSteps + stableSteps, peak] as const] : []),
    [warmupSteps + stableSteps + decaySteps, end],
  ]);

export type OneCycleOptions = {
  peak: number;
  totalSteps: number;
  /** Share of the steps that rise. Default 0.3. */
  rise?: number;
  /** The first value is peak / divFactor. Default 25. */
  divFactor?: number;
  /** The last value is the first / finalDivFactor. Default 1e4. */
  finalDivFactor?: number;
};

/** Half a cosine up, half a cosine down to almost nothing. Smith, Topin, 2018; defaults of torch's OneCycleLR. */
export const oneCycle = ({
  peak,
  totalSteps,
  rise = 0.3,
  divFactor = 25,
  finalDivFactor = 1e4,
}: OneCycleOptions): Schedule =>
  piecewise(
    [
      [0, peak / divFactor],
      [rise * totalSteps - 1, peak],
      [totalSteps - 1, peak / divFactor / finalDivFactor],
    ],
    "cosine",
  );

/** Up and down in straight lines between `low` and `high`, `halfPeriod` steps each way. Smith, 2017. */
export const cyclic = (low: number, high: number, halfPeriod: number): Schedule =>
  fromStep((t) => {
    const phase = t.mul(num(0.5 / halfPeriod, t));
    const share = phase.ref.sub(np.floor(phase));
    // |1 - 2 share| falls from 1 to 0 and rises again.
    const distance = np.abs(share.mul(-2).add(1));
    const [top, height] = [num(high, distance), num(high - low, distance)];
    return top.sub(distance.mul(height));
  });

/**
 * Schedules one after another: the k-th runs from `boundaries[k - 1]` on, and counts from there.
 *
 * @throws RangeError unless there is one boundary less than schedules, and boundaries rise.
 */
export function join(schedules: readonly Schedule[], boundaries: readonly number[]): Schedule {
  const [head, ...tail] = schedules;
  if (head === undefined || boundaries.length !== tail.length) {
    throw new RangeError(
      `join: ${schedules.length} schedules need ${schedules.length - 1} boundaries, got ${boundaries.length}`,
    );
  }
  boundaries.forEach((b, i) => {
    if (i > 0 && b <= (boundaries[i - 1] as number))
      throw new RangeError(`join: boundary ${b} does not rise`);
  });
  return fromStep((t) => {
    let value = head(t.ref);
    for (const [i, next] of tail.entries()) {
      const boundary = num(boundaries[i] as number, t);
      const reached = np.greaterEqual(t.ref, boundary.ref);
      // Before its boundary a schedule is not used, but its formula may not hold for negative counts.
      const since = np.maximum(t.ref.sub(boundary), num(0, t));
      value = np.where(reached, next(since), value);
    }
    t.dispose();
    return value;
  });
}

/** Linear warmup from 0 over `steps`, then the schedule, counted from there. */
export const warmup = (steps: number, peak: number, then: Schedule): Schedule =>
  join([linear(0, peak, steps), then], [steps]);
