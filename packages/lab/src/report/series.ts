import { colorOf, dashOf } from "../figures/colors.ts";
import type { Curve, CurvePoint } from "../figures/curves.ts";
import type { Profile } from "../figures/profile.ts";
import type { RateCurve } from "../figures/sensitivity.ts";
import { band } from "../statistics/quantiles.ts";
import type { Clock, ReportData, ReportTask, ReportTrial } from "./data.ts";
import { orMiss } from "./numbers.ts";
import { chosenTrials, entryOf, varied } from "./results.ts";

/** The series of the report's figures, from its data. No Node here: the page draws them, and so does `race --figures`. */

/** What a curve shows: the training loss, or a validation metric by name. */
export type Measure = { readonly kind: "train" } | { readonly kind: "validation"; readonly metric: string };
export type By = "step" | "seconds" | "samples";

/** Every optimizer keeps its colour in all figures. */
export const lookOf = ({ optimizers }: ReportData, optimizer: string) => {
  const at = optimizers.findIndex(({ name }) => name === optimizer);
  return { color: colorOf(at), dash: dashOf(at) };
};

/** The metrics that a task's curves can show, the target's first. */
export function measuresOf(
  data: ReportData,
  { name, target }: ReportTask,
): { measure: Measure; title: string }[] {
  const own = data.trials.filter((trial) => trial.task === name);
  const metrics = [...new Set(own.flatMap(({ curve }) => Object.keys(curve.validation)))];
  const first = metrics.filter((metric) => metric === target?.metric);
  const rest = metrics.filter((metric) => metric !== target?.metric);
  return [
    ...[...first, ...rest].map((metric) => ({
      measure: { kind: "validation", metric } as const,
      title: `validation ${metric}`,
    })),
    { measure: { kind: "train" }, title: "training loss" },
  ];
}

/** Whether more of a measure is better: of the target's metric it is known; accuracies alone are of another kind. */
export const directionOf = ({ target }: ReportTask, measure: Measure): "min" | "max" => {
  if (measure.kind === "train" || measure.metric === "loss") return "min";
  return measure.metric === target?.metric ? target.direction : "max";
};

const valuesOf = ({ curve }: ReportTrial, measure: Measure): readonly (number | null)[] =>
  measure.kind === "train" ? curve.trainLoss : (curve.validation[measure.metric] ?? []);

/** From this many seeds on a band is the middle 80 % of them; below, all. */
const manySeeds = 10;
export const bandText = (seeds: number): string =>
  seeds < 2 ? "" : seeds < manySeeds ? "Bands span all seeds." : "Bands hold the middle 80 % of the seeds.";

/** One trial's curve. */
export function trialCurve(trial: ReportTrial, task: ReportTask, measure: Measure, by: By): CurvePoint[] {
  return valuesOf(trial, measure).flatMap((value, k) =>
    value === null ? [] : [{ x: placeOf(trial, task, by, k), low: value, median: value, high: value }],
  );
}

function placeOf({ curve }: ReportTrial, { batchSize }: ReportTask, by: By, k: number): number {
  const step = curve.step[k] as number;
  return by === "seconds" ? (curve.seconds[k] as number) : by === "samples" ? step * batchSize : step;
}

/**
 * The curves of a task: each optimizer's chosen setting, its median and a band over seeds at every evaluation that at
 * least one run reached. Where a run had diverged it counts as infinitely bad; where it was stopped early it is left out.
 */
export function curvesOf(data: ReportData, task: ReportTask, measure: Measure, by: By): Curve[] {
  const worst = directionOf(task, measure) === "min" ? Infinity : -Infinity;
  return data.optimizers.flatMap(({ name }): Curve[] => {
    const trials = chosenTrials(data, task.name, name).filter(({ curve }) => curve.step.length > 0);
    if (trials.length === 0) return [];
    const length = Math.max(...trials.map(({ curve }) => curve.step.length));
    const points = Array.from({ length }, (_, k): CurvePoint => {
      const there = trials.filter(({ curve }) => k < curve.step.length);
      const values = trials.flatMap((trial) => {
        if (k < trial.curve.step.length) return valuesOf(trial, measure)[k] ?? worst;
        return trial.status === "diverged" ? worst : [];
      });
      // Seeds evaluate after the same steps but not at the same times.
      const x = there.reduce((sum, trial) => sum + placeOf(trial, task, by, k), 0) / there.length;
      return { x, ...band(values, trials.length < manySeeds ? 1 : 0.8) };
    });
    return [{ name, ...lookOf(data, name), points }];
  });
}

/** How each optimizer's result depends on the learning rate; none without a search. */
export function rateCurves(data: ReportData, task: string, what: "final" | "steps"): RateCurve[] {
  return data.sensitivities
    .filter((s) => s.task === task)
    .map(({ optimizer, curve }) => {
      const entry = entryOf(data, task, optimizer);
      const chosen = entry?.settings[entry.chosen ?? -1]?.learningRate;
      return {
        name: optimizer,
        ...lookOf(data, optimizer),
        joined: entry === undefined || varied(entry).every((name) => name === "learningRate"),
        points: curve.map(({ learningRate: rate, low, median, high, steps }) => ({
          rate,
          chosen: rate === chosen,
          ...(what === "final" ? { low, value: median, high } : { value: steps }),
        })),
      };
    });
}

/** Performance profiles by one clock, best first. */
export const profilesOf = (data: ReportData, clock: Clock): Profile[] =>
  (data.scores.find((score) => score.clock === clock)?.submissions ?? []).map(({ optimizer, ratios }) => ({
    name: optimizer,
    ...lookOf(data, optimizer),
    ratios: Object.values(ratios).map(orMiss),
  }));
