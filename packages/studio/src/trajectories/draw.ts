import type { Run } from "../engine/protocol.ts";
import { contours, levelsOf } from "../ui/contour.ts";
import type { Pen } from "../ui/pen.ts";
import { colorOf, dashOf, type Theme } from "../ui/theme.ts";
import type { Frame } from "../ui/view.ts";
import type { Minimisers } from "./batch-minimisers.ts";

/** The function's values behind a picture. */
export interface Field {
  readonly values: Float32Array;
  readonly columns: number;
  readonly bounds: readonly [number, number, number, number];
}

const shades = 24;

/** The field as a picture of shades and level lines; drawn once per field, not per frame. */
export function drawField(pen: Pen, field: Field, frame: Frame, theme: Theme): void {
  const { values, columns, bounds } = field;
  const rows = values.length / columns;
  const levels = levelsOf(values, shades);
  const [left, right, bottom, top] = bounds;
  const x = frame.toX(left);
  const y = frame.toY(top);
  pen.image(shading(field, levels, theme), x, y, frame.toX(right) - x, frame.toY(bottom) - y);
  const toX = (c: number) => frame.toX(left + ((right - left) * c) / (columns - 1));
  const toY = (r: number) => frame.toY(bottom + ((top - bottom) * r) / (rows - 1));
  for (const segments of contours(
    values,
    columns,
    levels.filter((_, i) => i % 2 === 0),
  )) {
    pen.line(
      segments.map((v, i) => (i % 2 === 0 ? toX(v) : toY(v))),
      { color: theme.text, opacity: 0.22 },
    );
  }
}

/** One pixel per value, the colour by the number of levels below it. */
function shading({ values, columns }: Field, levels: readonly number[], theme: Theme): HTMLCanvasElement {
  const rows = values.length / columns;
  const canvas = document.createElement("canvas");
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const image = context.createImageData(columns, rows);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const value = values[(rows - 1 - r) * columns + c] as number;
      const part = rankOf(value, levels);
      for (let k = 0; k < 3; k++) {
        image.data[4 * (r * columns + c) + k] =
          (theme.low[k] as number) * (1 - part) + (theme.high[k] as number) * part;
      }
      image.data[4 * (r * columns + c) + 3] = Number.isFinite(value) ? 255 : 0;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Where a value lies among sorted levels, from 0 to 1, interpolated between them. */
function rankOf(value: number, levels: readonly number[]): number {
  let i = 0;
  while (i < levels.length && value > (levels[i] as number)) i++;
  if (i === 0 || i === levels.length) return i / levels.length;
  const below = levels[i - 1] as number;
  const above = levels[i] as number;
  return (i - 1 + (value - below) / (above - below)) / levels.length;
}

/** What is drawn on top of the field. */
export interface Scene {
  readonly runs: readonly Run[];
  /** Steps done, may lie between two. */
  readonly time: number;
  readonly start: readonly number[];
  readonly minima: readonly (readonly number[])[];
  readonly selected: number;
}

/** The minimisers of the mini-batches, behind the paths: each batch pulls towards its own. */
export function drawMinimisers(pen: Pen, { points, lines }: Minimisers, frame: Frame, theme: Theme): void {
  const [left, right, bottom, top] = frame.bounds;
  for (const [a, b, c] of lines) {
    const ends =
      Math.abs(b) > Math.abs(a)
        ? [left, (c - a * left) / b, right, (c - a * right) / b]
        : [(c - b * bottom) / a, bottom, (c - b * top) / a, top];
    pen.line(
      ends.map((v, i) => (i % 2 === 0 ? frame.toX(v) : frame.toY(v))),
      { color: theme.text, opacity: 0.4, dash: [6, 5] },
    );
  }
  pen.dots(
    points.flatMap(([x, y]) => [frame.toX(x), frame.toY(y)]),
    { color: theme.background, radius: points.length > 1 ? 3.2 : 5, rim: theme.muted, opacity: 0.9 },
  );
}

/** Paths up to the present, the clouds of all runs, the start and the minima of a two-dimensional picture. */
export function drawPaths(pen: Pen, scene: Scene, frame: Frame, theme: Theme): void {
  for (const [x, y] of scene.minima as readonly [number, number][]) {
    const [px, py] = [frame.toX(x), frame.toY(y)];
    const cross = [px - 5, py - 5, px + 5, py + 5, Number.NaN, Number.NaN, px - 5, py + 5, px + 5, py - 5];
    pen.line(cross, { color: theme.text, width: 1.5 });
  }
  scene.runs.forEach((run, i) => {
    if (run.seeds > 1)
      pen.dots(cloud(run, scene.time, frame), { color: colorOf(i), radius: 1.6, opacity: 0.6 });
  });
  scene.runs.forEach((run, i) => {
    const path = pathOf(run, scene.time, frame);
    pen.line(path, { color: theme.background, width: i === scene.selected ? 5 : 4, opacity: 0.7 });
    pen.line(path, { color: colorOf(i), width: i === scene.selected ? 3 : 2, dash: dashOf(i) });
  });
  scene.runs.forEach((run, i) => {
    const head = positionAt(run, scene.time);
    pen.dots([frame.toX(head[0] as number), frame.toY(head[1] as number)], {
      color: colorOf(i),
      radius: 5,
      rim: theme.background,
    });
  });
  const [x, y] = scene.start as [number, number];
  pen.dots([frame.toX(x), frame.toY(y)], { color: theme.background, radius: 7, rim: theme.text });
}

/** A run's point at a time between two steps. Beyond the last step it stays there. */
export function positionAt({ points, seeds, dimensions, steps }: Run, time: number, seed = 0): number[] {
  const t = Math.min(time, steps);
  const k = Math.min(Math.floor(t), steps - 1);
  return Array.from({ length: dimensions }, (_, d) => {
    const a = points[(k * seeds + seed) * dimensions + d] as number;
    const b = points[((k + 1) * seeds + seed) * dimensions + d] as number;
    return a + (b - a) * (t - k);
  });
}

function pathOf(run: Run, time: number, frame: Frame): number[] {
  const whole = Math.min(Math.floor(time), run.steps);
  const path: number[] = [];
  for (let k = 0; k <= whole; k++) {
    path.push(
      frame.toX(run.points[2 * k * run.seeds] as number),
      frame.toY(run.points[2 * k * run.seeds + 1] as number),
    );
  }
  const [x, y] = positionAt(run, time) as [number, number];
  path.push(frame.toX(x), frame.toY(y));
  return path;
}

function cloud(run: Run, time: number, frame: Frame): Float32Array {
  const { points, seeds, steps } = run;
  const t = Math.min(time, steps);
  const k = Math.min(Math.floor(t), steps - 1);
  const part = t - k;
  const a = 2 * k * seeds;
  const b = a + 2 * seeds;
  const result = new Float32Array(2 * seeds);
  for (let i = 0; i < 2 * seeds; i += 2) {
    const x = points[a + i] as number;
    const y = points[a + i + 1] as number;
    result[i] = frame.toX(x + ((points[b + i] as number) - x) * part);
    result[i + 1] = frame.toY(y + ((points[b + i + 1] as number) - y) * part);
  }
  return result;
}
