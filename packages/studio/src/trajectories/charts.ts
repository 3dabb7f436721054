import { entryOf } from "../engine/catalog.ts";
import type { Run } from "../engine/protocol.ts";
import type { Contestant } from "../engine/simulate.ts";
import type { Series } from "../ui/chart.ts";
import type { Field } from "../ui/field.ts";
import { colorOf, dashOf } from "../ui/theme.ts";

import type { TrajectoryTexts } from "./texts/index.ts";

export interface Chart {
  readonly title: string;
  readonly log: boolean;
  /** The lines, computed when the chart is drawn. */
  series(): Series[];
}

/** What is plotted over the steps: the runs against each other, and the state of the selected optimizer. */
export function chartsOf(
  runs: readonly Run[],
  optimizers: readonly Contestant[],
  selected: number,
  text: TrajectoryTexts,
  field: Field | undefined,
): Chart[] {
  const { charts } = text;
  const many = (runs[0]?.seeds ?? 1) > 1;
  const lowest = lowestLoss(runs);
  const each = (values: (run: Run) => ArrayLike<number>): Series[] =>
    runs.map((run, i) => ({
      color: colorOf(i),
      dash: dashOf(i),
      values: values(run),
      ...(i === selected ? { width: 2.6 } : {}),
    }));
  const losses = (run: Run, i: number): Series => {
    const quantile = (q: number) =>
      Float64Array.from({ length: run.steps + 1 }, (_, t) => (run.losses[3 * t + q] as number) - lowest);
    return {
      color: colorOf(i),
      dash: dashOf(i),
      values: quantile(1),
      ...(many ? { band: [quantile(0), quantile(2)] as const } : {}),
      ...(i === selected ? { width: 2.6 } : {}),
    };
  };
  return [
    { title: many ? charts.lossBand : charts.loss, log: true, series: () => runs.map(losses) },
    { title: charts.gradient, log: true, series: () => each(gradientNorms) },
    { title: charts.step, log: true, series: () => each(stepLengths) },
    {
      title: charts.effective,
      log: true,
      series: () =>
        each((run) => {
          const norms = gradientNorms(run);
          return stepLengths(run).map((length, t) => length / (norms[t] as number));
        }),
    },
    ...valleyCharts(runs, field, charts.valley),
    ...stateCharts(runs[selected], optimizers[selected], selected, text),
  ];
}

/** The lowest loss of the first runs: the loss curves are drawn above it, on a logarithmic scale. */
function lowestLoss(runs: readonly Run[]): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (const { losses } of runs) {
    for (let i = 0; i < losses.length; i++) lowest = Math.min(lowest, losses[i] as number);
  }
  // A function that reaches zero exactly is drawn as it is.
  return lowest >= 0 && lowest < 1e-3 ? 0 : lowest;
}

/** Gradient norms of the first run, [steps]. */
export function gradientNorms({ gradients, dimensions, steps }: Run): Float64Array {
  const norms = new Float64Array(steps);
  for (let t = 0; t < steps; t++) {
    const at = t * dimensions;
    norms[t] = dimensions === 1 ? Math.abs(gradients[at]!) : Math.hypot(gradients[at]!, gradients[at + 1]!);
  }
  return norms;
}

/** Lengths of the first run's steps, [steps]. */
export function stepLengths({ points, dimensions, seeds, steps }: Run): Float64Array {
  const lengths = new Float64Array(steps);
  for (let t = 0; t < steps; t++) {
    const from = t * seeds * dimensions;
    const to = from + seeds * dimensions;
    const along = points[to]! - points[from]!;
    lengths[t] = dimensions === 1 ? Math.abs(along) : Math.hypot(along, points[to + 1]! - points[from + 1]!);
  }
  return lengths;
}

/** In one dimension: which part of the runs is in the deepest valley, so that trapping and escape by noise can be seen. */
function valleyCharts(runs: readonly Run[], field: Field | undefined, title: string): Chart[] {
  const isFlat = field !== undefined && field.columns === field.values.length;
  if (!isFlat || (runs[0]?.seeds ?? 1) < 10 || runs[0]?.dimensions !== 1) return [];
  const [low, high] = deepestValley(field);
  const share = ({ points, seeds, steps }: Run): Float64Array =>
    Float64Array.from({ length: steps + 1 }, (_, t) => {
      let inside = 0;
      for (let seed = 0; seed < seeds; seed++) {
        const x = points[t * seeds + seed] as number;
        if (x >= low && x <= high) inside++;
      }
      return inside / seeds;
    });
  const series = () => runs.map((run, i) => ({ color: colorOf(i), dash: dashOf(i), values: share(run) }));
  return [{ title, log: false, series }];
}

/** The ends of the valley around the lowest value of a curve: the nearest tops on both sides. */
export function deepestValley({ values, bounds: [left, right] }: Field): [number, number] {
  const lowest = values.reduce((best, v, i) => (v < (values[best] as number) ? i : best), 0);
  const top = (step: 1 | -1): number => {
    let i = lowest;
    while ((values[i + step] ?? Number.NEGATIVE_INFINITY) >= (values[i] as number)) i += step;
    return i;
  };
  const at = (i: number): number => left + ((right - left) * i) / (values.length - 1);
  // A wall that rises to the edge of the picture goes on behind it.
  const [from, to] = [top(-1), top(1)];
  return [
    from === 0 ? Number.NEGATIVE_INFINITY : at(from),
    to === values.length - 1 ? Number.POSITIVE_INFINITY : at(to),
  ];
}

/** One chart for every part of the state that follows the coordinates: momentum, second moment and the like. */
function stateCharts(
  run: Run | undefined,
  optimizer: Contestant | undefined,
  index: number,
  text: TrajectoryTexts,
): Chart[] {
  const title = text.charts.state;
  if (run === undefined || optimizer === undefined) return [];
  const { label } = entryOf(optimizer.name);
  return Object.entries(run.state)
    .filter(([path]) => path.endsWith(".x"))
    .map(([path, { size, values }]) => ({
      title: title(label, text.stateParts[leafName(path)] ?? leafName(path)),
      log: false,
      series: () =>
        Array.from({ length: size }, (_, d) => ({
          color: colorOf(index),
          from: 1,
          values: Float64Array.from({ length: run.steps }, (_, t) => values[t * size + d] as number),
          ...(d === 0 ? {} : { dash: [5, 4] }),
        })),
    }));
}

/** "0.mu.x" is the leaf "mu" of the only parameter, in the first part of a chain. */
const leafName = (path: string): string =>
  path
    .split(".")
    .filter((part) => !/^\d+$/.test(part) && part !== "x")
    .join(".");
