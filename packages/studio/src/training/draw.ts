import { drawAxes, type Pen, partOf, plotBox, scaleAround } from "@steepest/lab/drawing";
import { labelOf } from "../learning/entrants.ts";
import type { Measurement, Outcome } from "../learning/protocol.ts";
import { colorOf, type Theme } from "../ui/theme.ts";
import type { TrainingState } from "./state.ts";
import type { Curve } from "./store.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Line {
  readonly color: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly width?: number;
  readonly opacity?: number;
  readonly dash?: readonly number[];
}

/** Lines with axes; single points as dots, and the hint where there is no line yet. */
export function drawLines(
  pen: Pen,
  { width, height }: Size,
  theme: Theme,
  lines: readonly Line[],
  names: { readonly x: string; readonly y: string },
  { log, most, hint }: { readonly log: boolean; readonly most?: number; readonly hint: string },
): void {
  const box = plotBox(width, height);
  const all = lines.flatMap((line) => line.points);
  const x = scaleAround([0, most ?? 0, ...all.map(([v]) => v)], false, 0);
  const y = scaleAround(
    all.map(([, v]) => v),
    log,
  );
  const { toX } = drawAxes(pen, box, x, y, names, theme);
  const toY = (v: number) =>
    box.bottom - Math.min(Math.max(partOf(v, y), -0.02), 1.02) * (box.bottom - box.top);
  for (const { points, color, width: stroke = 2, opacity = 1, dash = [] } of lines) {
    pen.line(
      points.flatMap(([a, b]) => [toX(a), toY(b)]),
      { color, width: stroke, opacity, dash },
    );
    // What was measured before the first step.
    const [only] = points;
    if (points.length === 1 && only) {
      pen.dots([toX(only[0]), toY(only[1])], { color, radius: 3.5, rim: theme.background });
    }
  }
  if (lines.every(({ points }) => points.length < 2)) {
    const [middle, centre] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    pen.text(hint, middle, centre, { color: theme.muted, size: 13, anchor: "middle" });
  }
}

/** Minibatch losses as a mean over so many steps: single ones are too noisy to compare. */
const window = 10;

/** Smoothed training losses (thin) and validation losses (thick) of every optimizer. */
export function lossLines(curves: readonly Curve[], { x }: Pick<TrainingState, "x">): Line[] {
  return curves.flatMap(({ losses, measurements, step }, i): Line[] => {
    const end = measurements.at(-1);
    const perStep = end && end.step > 0 ? end.seconds / end.step : 0;
    const at = (s: number, seconds = s * perStep) => (x === "step" ? s : seconds);
    const smooth: [number, number][] = [];
    for (let s = window; s <= losses.length; s += Math.max(1, Math.floor(step / 200))) {
      smooth.push([
        at(s - (window - 1) / 2),
        losses.slice(s - window, s).reduce((a, b) => a + b, 0) / window,
      ]);
    }
    return [
      { color: colorOf(i), points: smooth, width: 1, opacity: 0.55 },
      {
        color: colorOf(i),
        points: measurements.map((m) => [at(m.step, m.seconds), m.validation.loss as number]),
        width: 2.4,
      },
    ];
  });
}

/** Another validation metric of every optimizer. */
export const metricLines = (
  curves: readonly Curve[],
  { x }: Pick<TrainingState, "x">,
  metric: string,
): Line[] =>
  curves.map(({ measurements }, i) => ({
    color: colorOf(i),
    points: measurements.map((m) => [x === "step" ? m.step : m.seconds, m.validation[metric] ?? Number.NaN]),
    width: 2.4,
  }));

/** Singular values of a matrix over the steps, one line each; the largest is the thickest. */
export const spectrumLines = (
  measurements: readonly Measurement[],
  kind: "weights" | "updates",
  matrix: string,
  color: string,
): Line[] => {
  const rows = measurements.filter((m) => m[kind]?.[matrix] !== undefined);
  const count = rows[0]?.[kind]?.[matrix]?.length ?? 0;
  return Array.from({ length: count }, (_, k) => ({
    color,
    width: k === 0 ? 2 : 0.8,
    opacity: k === 0 ? 1 : 0.6,
    points: rows.map((m) => [m.step, m[kind]?.[matrix]?.[k] ?? Number.NaN]),
  }));
};

/** True classes in rows, predictions in columns, the share of a row as the shade. */
export function drawConfusion(
  pen: Pen,
  { width, height }: Size,
  theme: Theme,
  { classes, counts }: Extract<Outcome, { kind: "confusion" }>,
  color: string,
): void {
  const side = Math.min(width - 30, height - 30) / classes;
  for (let t = 0; t < classes; t++) {
    const row = counts.slice(t * classes, (t + 1) * classes);
    const total = row.reduce((a, b) => a + b, 0);
    row.forEach((count, p) => {
      const [x, y] = [24 + p * side, 8 + t * side];
      pen.area(
        [x, y, x + side - 1, y, x + side - 1, y + side - 1, x, y + side - 1],
        color,
        total > 0 ? 0.06 + 0.94 * (count / total) : 0.06,
      );
      if (count > 0 && side > 14) {
        const dark = count / total > 0.5;
        pen.text(String(count), x + side / 2, y + side / 2 + 4, {
          color: dark ? theme.background : theme.text,
          size: Math.min(11, side * 0.55),
          anchor: "middle",
        });
      }
    });
    pen.text(String(t), 16, 8 + (t + 0.5) * side + 4, { color: theme.muted, size: 11, anchor: "end" });
    pen.text(String(t), 24 + (t + 0.5) * side, 8 + classes * side + 14, {
      color: theme.muted,
      size: 11,
      anchor: "middle",
    });
  }
}

/** Names of the optimizers in their colours, top right. */
export function drawLegend(
  pen: Pen,
  { width }: Size,
  theme: Theme,
  names: readonly string[],
  notes: readonly string[],
): void {
  names.forEach((name, i) => {
    const y = 34 + 17 * i;
    pen.dots([width - 24, y - 4], { color: colorOf(i), radius: 4, rim: theme.background });
    pen.text(`${labelOf(name)}${notes[i] ? ` (${notes[i]})` : ""}`, width - 34, y, {
      color: theme.text,
      size: 12,
      anchor: "end",
    });
  });
}
