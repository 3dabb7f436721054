import { type Box, drawAxes, type Pen, plotBox, scaleAround, scaled } from "@steepest/lab/drawing";
import type { ReportData, ReportTrial } from "@steepest/lab/format";
import { colorOf, type Theme } from "../ui/theme.ts";
import { metricOf, taskOf } from "./select.ts";
import type { ResultsState } from "./state.ts";

/** A line of the picture: one trial, or the median over the seeds of a setting with their range. */
export interface Line {
  readonly optimizer: string;
  /** Trials in it. */
  readonly trials: readonly string[];
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly low?: readonly number[];
  readonly high?: readonly number[];
}

/** A trial's metric over steps, seconds or samples. Values that are not finite are NaN. */
export function curveOf(
  report: ReportData,
  state: Pick<ResultsState, "task" | "metric" | "x">,
  { curve }: ReportTrial,
): { x: number[]; y: number[] } {
  const metric = metricOf(report, state);
  const { batchSize } = taskOf(report, state);
  const values = metric === "train" ? curve.trainLoss : (curve.validation[metric] ?? []);
  const x =
    state.x === "seconds"
      ? curve.seconds
      : curve.step.map((k) => (state.x === "samples" ? k * batchSize : k));
  return { x, y: values.map((value) => value ?? Number.NaN) };
}

/** The lines of the shown trials. */
export function linesOf(report: ReportData, state: ResultsState, shown: readonly ReportTrial[]): Line[] {
  const begun = shown.filter(({ curve }) => curve.step.length > 0);
  if (state.lines === "trials") {
    return begun.map((trial) => ({
      optimizer: trial.optimizer,
      trials: [trial.id],
      ...curveOf(report, state, trial),
    }));
  }
  const groups = new Map<string, ReportTrial[]>();
  for (const trial of begun) {
    const key = `${trial.optimizer} ${trial.setting} ${trial.use}`;
    groups.set(key, [...(groups.get(key) ?? []), trial]);
  }
  return [...groups.values()].flatMap((trials) => {
    const [{ optimizer, setting, task, use }] = trials as [ReportTrial];
    const entry = report.entries.find((e) => e.task === task && e.optimizer === optimizer);
    const isChosen = entry?.chosen === setting && use === "result";
    if (state.lines === "chosen" && entry !== undefined && !isChosen) return [];
    const ids = trials.map(({ id }) => id);
    const band = bandOf(trials.map((trial) => curveOf(report, state, trial)));
    return [{ optimizer, trials: ids, ...band }];
  });
}

/** Median, lowest and highest of several curves at every place of the longest; a curve counts as far as it goes. */
export function bandOf(curves: readonly { readonly x: readonly number[]; readonly y: readonly number[] }[]) {
  const longest = curves.reduce((a, b) => (b.x.length > a.x.length ? b : a));
  const columns = longest.x.map((x) =>
    curves
      .map((curve) => valueAt(curve, x))
      .filter(Number.isFinite)
      .sort((a, b) => a - b),
  );
  const middle = (sorted: readonly number[]): number => {
    const k = (sorted.length - 1) / 2;
    return sorted.length === 0
      ? Number.NaN
      : ((sorted[Math.floor(k)] as number) + (sorted[Math.ceil(k)] as number)) / 2;
  };
  return {
    x: longest.x,
    y: columns.map(middle),
    low: columns.map((sorted) => sorted[0] ?? Number.NaN),
    high: columns.map((sorted) => sorted.at(-1) ?? Number.NaN),
  };
}

/** Linear between two evaluations; NaN beyond the last. */
function valueAt(
  { x, y }: { readonly x: readonly number[]; readonly y: readonly number[] },
  at: number,
): number {
  const after = x.findIndex((value) => value >= at);
  if (after === -1) return Number.NaN;
  const to = x[after] as number;
  if (after === 0 || to === at) return y[after] as number;
  const from = x[after - 1] as number;
  const part = (at - from) / (to - from);
  return (y[after - 1] as number) * (1 - part) + (y[after] as number) * part;
}

/** Draws the lines; those with a selected trial in front, the others faintly when there is a selection. */
export function drawCurves(
  pen: Pen,
  { width, height }: { readonly width: number; readonly height: number },
  theme: Theme,
  report: ReportData,
  state: ResultsState,
  lines: readonly Line[],
  names: { readonly x: string; readonly y: string; readonly target: string },
): void {
  const { target } = taskOf(report, state);
  const goal = target && metricOf(report, state) === target.metric ? target.value : undefined;
  const box = plotBox(width, height);
  const all = lines.flatMap(({ y, low = [], high = [] }) => [...y, ...low, ...high]);
  const most = highEnd(all, state.logY);
  const y = scaleAround(all.filter((value) => value <= most).concat(goal ?? []), state.logY);
  const x = scaleAround(
    lines.flatMap((line) => line.x),
    state.logX,
    0,
  );
  const { toX, toY } = drawAxes(pen, box, x, y, names, theme);
  const clip = (value: number): number => Math.min(Math.max(toY(value), box.top - 2), box.bottom + 2);
  const path = (line: Line, values: readonly number[]): number[] =>
    line.x.flatMap((at, i) => [toX(at), clip(values[i] as number)]);
  const selected = new Set(state.selected);
  const isSelected = ({ trials }: Line) => trials.some((id) => selected.has(id));
  const someSelected = lines.some(isSelected);
  const colors = new Map(report.optimizers.map(({ name }, i) => [name, colorOf(i)]));
  const many = lines.length > 60;
  if (goal !== undefined) {
    pen.line([box.left, toY(goal), box.right, toY(goal)], { color: theme.text, dash: [2, 4], opacity: 0.7 });
    pen.text(names.target, box.left + 5, toY(goal) - 5, { color: theme.muted, size: 11 });
  }
  drawLegend(pen, box, theme, report, new Set(lines.map(({ optimizer }) => optimizer)));
  for (const front of someSelected ? [false, true] : [true]) {
    for (const line of lines.filter((l) => !someSelected || isSelected(l) === front)) {
      const color = colors.get(line.optimizer) ?? theme.text;
      if (line.low && line.high && line.trials.length > 1) {
        const [down, up] = [path(line, line.low), path(line, line.high)];
        pen.area(closed(down, up), color, front ? 0.15 : 0.04);
      }
      const opacity = front ? (many ? 0.55 : 0.95) : 0.18;
      pen.line(path(line, line.y), { color, width: someSelected && front ? 2.6 : many ? 1 : 1.8, opacity });
    }
  }
}

/** The shown optimizers and their colours, above the plot from the right. */
export function drawLegend(
  pen: Pen,
  box: Box,
  theme: Theme,
  { optimizers }: ReportData,
  shown: ReadonlySet<string>,
): void {
  let right = box.right;
  for (const [i, { name }] of [...optimizers.entries()].reverse()) {
    if (!shown.has(name)) continue;
    pen.text(name, right, box.top - 3, { color: theme.text, size: 12, anchor: "end" });
    // Names with wide letters, such as adamw, take 8.5 pixels a letter in the widest of the usual fonts.
    right -= 8.5 * name.length + 14;
    pen.dots([right + 4, box.top - 7], { color: colorOf(i), radius: 4, rim: theme.background });
    right -= 14;
  }
}

/** Along one line and back along the other, without points that are missing. */
function closed(down: readonly number[], up: readonly number[]): number[] {
  const points = (line: readonly number[]) =>
    Array.from(
      { length: line.length / 2 },
      (_, i) => [line[2 * i], line[2 * i + 1]] as [number, number],
    ).filter(([px, py]) => Number.isFinite(px + py));
  return [...points(down), ...points(up).reverse()].flat();
}

/** On a linear axis a run that explodes does not press the others to the bottom. */
function highEnd(values: readonly number[], log: boolean): number {
  if (log) return Number.POSITIVE_INFINITY;
  const sorted = values.filter((v) => Number.isFinite(scaled(v, false))).sort((a, b) => a - b);
  if (sorted.length === 0) return Number.POSITIVE_INFINITY;
  const [low, usual, most] = [0, 0.97, 1].map(
    (q) => sorted[Math.floor(q * (sorted.length - 1))] as number,
  ) as [number, number, number];
  return most - low > 4 * (usual - low) ? usual : most;
}
