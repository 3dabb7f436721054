import { contours } from "../../drawing/contour.ts";
import type { Ink } from "../../drawing/ink.ts";
import type { Box, Pen } from "../../drawing/pen.ts";
import { drawAxes, plotBox, type Scale } from "../../drawing/scale.ts";
import type { Animation, AnimationSeries } from "./format.ts";

/** Frames of an animation, for the page's canvas and for the pictures of a GIF alike. */

export interface AnimationStyle {
  readonly ink: Ink;
  /** The colour of a series. */
  color(index: number): string;
  /** The line over the picture: what it shows, after how many steps. */
  heading(step: number): string;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const lineHeight = 18;
/** Room that names of series need beside the plane. */
const legendWidth = 240;

const scaleOf = ([low, high]: readonly [number, number]): Scale => ({ log: false, low, high });
const lengthOf = ([low, high]: readonly [number, number]): number => high - low;
const margins = ({ series }: Animation, isBeside: boolean): Box => {
  const { left, right, top, bottom } = plotBox(0, 0);
  return {
    left,
    right: -right,
    top: top + 22 + (isBeside ? 0 : lineHeight * series.length + 8),
    bottom: -bottom,
  };
};

/** The height at which a picture of this width has no room to spare. */
export function animationHeight(animation: Animation, width: number): number {
  const { left, right, top, bottom } = margins(animation, false);
  const inner = ((width - left - right) * lengthOf(animation.y.range)) / lengthOf(animation.x.range);
  return Math.round(inner) + top + bottom;
}

/** The plane, with equal scales on both axes, and where the names of the series begin. */
function layout(
  animation: Animation,
  { width, height }: Size,
): { box: Box; legend: { x: number; y: number } } {
  const place = (isBeside: boolean) => {
    const { left, right, top, bottom } = margins(animation, isBeside);
    const [x, y] = [lengthOf(animation.x.range), lengthOf(animation.y.range)];
    const unit = Math.max(1, Math.min((width - left - right) / x, (height - top - bottom) / y));
    // Without names beside it the plane stands in the middle.
    const start = isBeside ? left : left + Math.max(0, (width - left - right - unit * x) / 2);
    return { left: start, right: start + unit * x, top, bottom: top + unit * y };
  };
  const beside = place(true);
  if (width - beside.right >= legendWidth) {
    return { box: beside, legend: { x: beside.right + 24, y: beside.top + 12 } };
  }
  return { box: place(false), legend: { x: 8, y: 40 } };
}

/** Level lines of the function, axes, names of the series, and the points of a frame with what they left behind. */
export function drawAnimation(
  pen: Pen,
  size: Size,
  animation: Animation,
  index: number,
  { ink, color, heading }: AnimationStyle,
): void {
  const { box, legend } = layout(animation, size);
  const { x, y, marks, series, frames } = animation;
  const frame = frames[index] as Animation["frames"][number];
  pen.text(heading(frame.step), 8, 18, { color: ink.text, size: 15 });
  series.forEach((s, i) => {
    drawSign(pen, s, legend.x + 8, legend.y - 4 + lineHeight * i, color(s.color), ink);
    pen.text(s.name, legend.x + 22, legend.y + lineHeight * i, { color: ink.text, size: 13 });
  });
  const { toX, toY } = drawAxes(
    pen,
    box,
    scaleOf(x.range),
    scaleOf(y.range),
    { x: x.label, y: y.label },
    ink,
  );
  const place = (points: readonly number[]) => points.map((v, i) => (i % 2 === 0 ? toX(v) : toY(v)));
  const ordered = series.map((s, i) => ({ ...s, i })).sort((a, b) => levels[a.kind] - levels[b.kind]);
  pen.within(box, () => {
    drawLevelLines(pen, animation, place, ink);
    for (const { kind, color: own, i } of ordered) {
      const points = place(frame.points[i] ?? []);
      const fill = color(own);
      if (kind === "cloud") pen.dots(points, { color: fill, radius: 2, opacity: 0.6 });
      else if (kind === "marker") pen.line(crosses(points), { color: fill, width: 3 });
      else {
        const trail = frames.slice(0, index + 1).flatMap((f) => first(f.points[i]));
        pen.line(place(trail), { color: fill, width: 1.8, opacity: 0.85 });
        pen.dots(points, { color: fill, radius: 5, rim: ink.background });
      }
    }
    for (const mark of marks) {
      const [px, py] = [toX(mark.x), toY(mark.y)];
      pen.line(ring(px, py), { color: ink.text, width: 1.6 });
      pen.text(mark.name, px + 8, py - 7, { color: ink.text, size: 14 });
    }
  });
}

/** Paths above clouds, markers above both. */
const levels: Readonly<Record<AnimationSeries["kind"], number>> = { cloud: 0, path: 1, marker: 2 };

/** A path is broken where it was out of sight. */
const first = (points: readonly number[] = []): number[] =>
  points.length > 0 ? points.slice(0, 2) : [Number.NaN, Number.NaN];

function crosses(points: readonly number[], half = 6): number[] {
  const lines: number[] = [];
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i] as number, points[i + 1] as number];
    lines.push(x - half, y - half, x + half, y + half, Number.NaN, Number.NaN);
    lines.push(x + half, y - half, x - half, y + half, Number.NaN, Number.NaN);
  }
  return lines;
}

/** A circle that hides nothing. */
const ring = (x: number, y: number, radius = 6): number[] =>
  Array.from({ length: 33 }, (_, i) => (i * Math.PI) / 16).flatMap((angle) => [
    x + radius * Math.cos(angle),
    y + radius * Math.sin(angle),
  ]);

function drawSign(pen: Pen, { kind }: AnimationSeries, x: number, y: number, color: string, ink: Ink): void {
  if (kind === "marker") pen.line(crosses([x, y], 4), { color, width: 2.5 });
  else if (kind === "cloud") pen.dots([x - 4, y + 2, x + 4, y + 3, x, y - 4], { color, radius: 2 });
  else {
    pen.line([x - 8, y, x + 8, y], { color, width: 1.8 });
    pen.dots([x, y], { color, radius: 4, rim: ink.background });
  }
}

/** Twelve levels that crowd towards the minimum, as the function does not. */
function drawLevelLines(
  pen: Pen,
  { field, x, y }: Animation,
  place: (points: readonly number[]) => number[],
  ink: Ink,
): void {
  const { columns, rows, values } = field;
  const [width, height] = [lengthOf(x.range) / (columns - 1), lengthOf(y.range) / (rows - 1)];
  const highest = values.reduce((a, b) => Math.max(a, b), 0);
  const at = Array.from({ length: 12 }, (_, i) => highest * ((i + 1) / 16) ** 2);
  for (const segments of contours(Float32Array.from(values), columns, at)) {
    const points = segments.map((v, i) => (i % 2 === 0 ? x.range[0] + v * width : y.range[0] + v * height));
    pen.line(place(points), { color: ink.muted, opacity: 0.45 });
  }
}
