import type { Pen } from "@steepest/lab/drawing";
import type { Run } from "../engine/protocol.ts";
import { colorOf, dashOf, type Theme } from "../ui/theme.ts";
import type { Frame } from "../ui/view.ts";
import type { Minimisers } from "./batch-minimisers.ts";

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
