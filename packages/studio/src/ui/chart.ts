import { type Pen, shortNumber } from "@steepest/lab/drawing";
import type { Theme } from "./theme.ts";

export interface Series {
  readonly color: string;
  /** One value per step, the first at `from`. */
  readonly values: ArrayLike<number>;
  readonly from?: number;
  /** The step of each value, where they are not consecutive. */
  readonly at?: ArrayLike<number>;
  readonly dash?: readonly number[];
  readonly width?: number;
  /** A band around the line: lower and upper values, same length. */
  readonly band?: readonly [ArrayLike<number>, ArrayLike<number>];
}

export interface ChartOptions {
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  readonly log: boolean;
}

export const margins = { left: 44, right: 8, top: 8, bottom: 18 } as const;

/** Where a step lies horizontally, in pixels. */
export const stepX = (step: number, { width, steps }: Pick<ChartOptions, "width" | "steps">): number =>
  margins.left + ((width - margins.left - margins.right) * step) / steps;

/** A line chart over steps. On a logarithmic scale values that are not positive are left out. */
export function drawChart(pen: Pen, series: readonly Series[], options: ChartOptions, theme: Theme): void {
  const { height, width, steps, log } = options;
  const scale = (v: number): number => (log ? (v > 0 ? Math.log10(v) : Number.NaN) : v);
  const [low, high] = extent(
    series.map((s) => s.values),
    scale,
    log,
  );
  const inner = height - margins.top - margins.bottom;
  const toY = (v: number): number => {
    const part = (scale(v) - low) / (high - low);
    return margins.top + inner * (1 - Math.min(Math.max(part, -0.02), 1.02));
  };
  for (const tick of ticksOf(low, high, log)) {
    const y = margins.top + inner * (1 - (tick - low) / (high - low));
    pen.line([margins.left, y, width - margins.right, y], { color: theme.line });
    pen.text(log ? power(tick) : shortNumber(tick), margins.left - 5, y + 4, {
      color: theme.muted,
      size: 11,
      anchor: "end",
    });
  }
  for (const step of [0, steps / 2, steps]) {
    const anchor = step === 0 ? "start" : step === steps ? "end" : "middle";
    pen.text(String(Math.round(step)), stepX(step, options), height - 4, {
      color: theme.muted,
      size: 11,
      anchor,
    });
  }
  for (const { values, from = 0, at, color, dash = [], width: stroke = 1.6, band } of series) {
    const path = (heights: ArrayLike<number>): number[] => {
      const points: number[] = [];
      for (let i = 0; i < heights.length; i++) {
        points.push(stepX(at?.[i] ?? i + from, options), toY(heights[i] as number));
      }
      return points;
    };
    if (band) pen.area(outline(path(band[0]), path(band[1])), color, 0.15);
    pen.line(path(values), { color, width: stroke, dash });
  }
}

/** A closed shape from the lower line and back along the upper one; points that are not finite are left out. */
function outline(lower: readonly number[], upper: readonly number[]): number[] {
  const shape: number[] = [];
  for (const [line, order] of [
    [lower, 1],
    [upper, -1],
  ] as const) {
    const count = line.length / 2;
    for (let k = 0; k < count; k++) {
      const i = 2 * (order === 1 ? k : count - 1 - k);
      if (Number.isFinite(line[i + 1])) shape.push(line[i] as number, line[i + 1] as number);
    }
  }
  return shape;
}

const power = (exponent: number): string => `1e${exponent}`;

/** The range of the scaled values; single explosions, far above 98 % of the values, do not stretch it. */
function extent(
  series: readonly ArrayLike<number>[],
  scale: (v: number) => number,
  log: boolean,
): [number, number] {
  const kept: number[] = [];
  for (const values of series) {
    for (let i = 0; i < values.length; i++) {
      const v = scale(values[i] as number);
      if (Number.isFinite(v) && Math.abs(v) < 1e30) kept.push(v);
    }
  }
  if (kept.length === 0) return [0, 1];
  const all = Float64Array.from(kept).sort();
  const low = all[0] as number;
  const most = all[all.length - 1] as number;
  const usual = all[Math.floor(0.98 * (all.length - 1))] as number;
  const high = log || most - low < 8 * (usual - low) ? most : usual;
  if (!log) return high > low ? [low - 0.05 * (high - low), high + 0.05 * (high - low)] : [low - 1, high + 1];
  // Ten decades are enough to see anything.
  const bottom = Math.max(low, high - 10);
  return [Math.floor(bottom), Math.max(Math.ceil(high), Math.floor(bottom) + 1)];
}

/** About four round numbers between two. */
function ticksOf(low: number, high: number, log: boolean): number[] {
  const rough = (high - low) / 4;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = log
    ? Math.max(1, Math.round(rough))
    : ([1, 2, 5, 10].find((m) => m * size >= rough) as number) * size;
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step); k * step <= high + 1e-12; k++) ticks.push(k * step);
  return ticks;
}
