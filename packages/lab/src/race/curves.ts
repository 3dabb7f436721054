import type { Curve, CurvePoint } from "../figures/curves.ts";
import { colorOf } from "../figures/plot.ts";
import type { RateCurve } from "../figures/sensitivity.ts";
import type { RecordLine } from "../train/record.ts";
import type { Entry } from "./race.ts";
import { finalValue, spread } from "./summary.ts";

/** What a figure shows on its y axis: the training loss, or a validation metric by name. */
export type Measure = { readonly kind: "train" } | { readonly kind: "validation"; readonly metric: string };

const measureOf = (record: RecordLine, measure: Measure): number =>
  measure.kind === "train" ? record.trainLoss : (record.validation[measure.metric] ?? Number.NaN);

/** The curves of a task's entries: over the seeds at every evaluation that at least one run reached. */
export function curvesOf(entries: readonly Entry[], measure: Measure, by: "step" | "seconds"): Curve[] {
  return entries.map(({ optimizer, trials }, i) => {
    const length = Math.max(...trials.map((trial) => trial.records.length));
    const points = Array.from({ length }, (_, k): CurvePoint => {
      const records = trials.map((trial) => trial.records[k]).filter((record) => record !== undefined);
      // Seeds evaluate after the same steps but not at the same times.
      const x = records.reduce((total, record) => total + record[by], 0) / records.length;
      return { x, ...spread(records.map((record) => measureOf(record, measure))) };
    });
    return { name: optimizer.name, color: colorOf(i), points };
  });
}

/**
 * The y range for a metric that is to become small or large: from the best value reached to the worst one a tenth of
 * the way in. The first steep drop and whatever overshoots are clipped, because they would flatten all the rest.
 */
export function domainOf(
  curves: readonly Curve[],
  direction: "min" | "max",
  target?: number,
): [number, number] | undefined {
  const points = curves.flatMap((curve) => curve.points);
  if (points.length === 0) return undefined;
  const settled = curves.flatMap((curve) => [
    curve.points[Math.round(curve.points.length / 10)] ?? curve.points[0],
    curve.points.at(-1),
  ]) as CurvePoint[];
  const [from, to] = direction === "min" ? [points, settled] : [settled, points];
  const goal = target === undefined ? [] : [target];
  const low = Math.min(...from.map((p) => p.low), ...goal);
  const high = Math.max(...to.map((p) => p.high), ...goal);
  const margin = 0.03 * (high - low);
  return [low - margin, high + margin];
}

/** The final target metric of every learning rate tried. */
export function rateCurves(entries: readonly Entry[]): RateCurve[] {
  return entries.map(({ task, optimizer, tuning, learningRate }, i) => ({
    name: optimizer.name,
    color: colorOf(i),
    points: tuning.map((trial) => {
      const rate = trial.start.spec.hyperparameters.learningRate as number;
      return { rate, value: finalValue(trial, task.target.metric), chosen: rate === learningRate };
    }),
  }));
}
