import {
  drawAxes,
  type Pen,
  partOf,
  plotBox,
  type Scale,
  scaleAround,
  shortNumber,
} from "@steepest/lab/drawing";
import type { Landscape } from "@steepest/lab/format";
import { drawField, type Field } from "../ui/field.ts";
import { colorOf, type Theme } from "../ui/theme.ts";
import { type Frame, frameOf } from "../ui/view.ts";

export interface DrawOptions {
  readonly log: boolean;
  readonly levels: number;
  readonly lossName: string;
}

/** Colours of the path and of the networks. */
const pathColor = colorOf(1);
const pointColor = colorOf(3);

/** The values of a plane, rows that are missing as NaN. */
export function fieldOf({ axes, loss }: Landscape): Field {
  const [across, down] = axes as [Landscape["axes"][0], Landscape["axes"][0]];
  const columns = across.coordinates.length;
  const values = new Float32Array(columns * down.coordinates.length).fill(Number.NaN);
  loss.forEach((row, j) => {
    values.set(
      row.map((v) => v ?? Number.NaN),
      j * columns,
    );
  });
  const ends = (c: readonly number[]) => [c[0] as number, c.at(-1) as number] as const;
  return { values, columns, bounds: [...ends(across.coordinates), ...ends(down.coordinates)] };
}

/** Levels evenly spaced, or evenly in the logarithm. */
export function levelsOf(values: Float32Array, { log, levels }: DrawOptions): number[] {
  const { low, high } = scaleAround(values, log, 0);
  const at = (part: number) => low + part * (high - low);
  return Array.from({ length: levels }, (_, i) => {
    const v = at((i + 0.5) / levels);
    return log ? 10 ** v : v;
  });
}

/** A frame over the inside of a plot. */
function framed(bounds: Field["bounds"], left: number, top: number, width: number, height: number): Frame {
  const inner = frameOf(bounds, width, height);
  return {
    ...inner,
    toX: (x) => left + inner.toX(x),
    toY: (y) => top + inner.toY(y),
    fromPixels: (px, py) => inner.fromPixels(px - left, py - top),
  };
}

const straight = (low: number, high: number): Scale => ({ log: false, low, high });

/** A plane from above: shades, level lines, the path and the networks. */
export function drawContour(
  pen: Pen,
  { width, height }: { readonly width: number; readonly height: number },
  theme: Theme,
  landscape: Landscape,
  options: DrawOptions,
): void {
  const field = fieldOf(landscape);
  const [left, right, bottom, top] = field.bounds;
  const box = { ...plotBox(width, height), right: width - 64 };
  const frame = framed(field.bounds, box.left, box.top, box.right - box.left, box.bottom - box.top);
  const levels = levelsOf(field.values, options);
  const [across, down] = landscape.axes as [Landscape["axes"][0], Landscape["axes"][0]];
  if (landscape.loss.length > 0) drawField(pen, field, frame, theme, levels);
  drawAxes(pen, box, straight(left, right), straight(bottom, top), { x: across.label, y: down.label }, theme);
  const place = ([x, y]: readonly number[]) => [frame.toX(x as number), frame.toY(y as number)];
  drawNetworks(pen, landscape, theme, (at) => place(at), box);
  drawKey(pen, theme, { x: width - 54, top: box.top, bottom: box.bottom }, levels, options.lossName);
}

/** The path as a line with its networks as dots, and the networks that span the picture with their names. */
export function drawNetworks(
  pen: Pen,
  { path, points }: Landscape,
  theme: Theme,
  place: (at: readonly number[], loss: number | null) => number[],
  box: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number },
): void {
  const inside = ([x, y]: number[]) =>
    (x as number) >= box.left &&
    (x as number) <= box.right &&
    (y as number) >= box.top &&
    (y as number) <= box.bottom;
  if (path) {
    const line = path.at.flatMap((at, i) => {
      const pixels = place(at, path.loss[i] as number | null);
      return inside(pixels) ? pixels : [Number.NaN, Number.NaN];
    });
    pen.line(line, { color: theme.background, width: 4, opacity: 0.7 });
    pen.line(line, { color: pathColor, width: 2 });
    pen.dots(line, { color: pathColor, radius: 2.4, rim: theme.background });
  }
  for (const { at, label, loss } of points) {
    const [x, y] = place(at, loss) as [number, number];
    pen.dots([x, y], { color: pointColor, radius: 6, rim: theme.background });
    const anchor = x > (box.left + box.right) / 2 ? "end" : "start";
    pen.text(label, anchor === "end" ? x - 10 : x + 10, y - 8, { color: theme.text, size: 12, anchor });
  }
}

/** Colour of a part of the scale from 0 to 1. */
export const shade = ({ low, high }: Theme, part: number): string =>
  `rgb(${low.map((l, k) => Math.round(l * (1 - part) + (high[k] as number) * part)).join(" ")})`;

/** What the shades mean. */
export function drawKey(
  pen: Pen,
  theme: Theme,
  { x, top, bottom }: { readonly x: number; readonly top: number; readonly bottom: number },
  levels: readonly number[],
  name: string,
): void {
  const count = levels.length;
  const height = (bottom - top) / (count + 1);
  for (let i = 0; i <= count; i++) {
    const y = bottom - i * height;
    pen.area([x, y + 0.5, x + 12, y + 0.5, x + 12, y - height, x, y - height], shade(theme, i / count), 1);
  }
  pen.line([x, top, x + 12, top, x + 12, bottom, x, bottom, x, top], { color: theme.line });
  const shown = Math.max(1, Math.round(count / 6));
  levels.forEach((level, i) => {
    if (i % shown === 0 && Number.isFinite(level)) {
      pen.text(shortNumber(level), x + 15, bottom - (i + 1) * height + 4, { color: theme.muted, size: 10 });
    }
  });
  pen.text(name, x + 34, top - 6, { color: theme.muted, size: 11, anchor: "end" });
}

/** The loss along a line. */
export function drawLine(
  pen: Pen,
  { width, height }: { readonly width: number; readonly height: number },
  theme: Theme,
  landscape: Landscape,
  { log, lossName }: DrawOptions,
): void {
  const [axis] = landscape.axes as [Landscape["axes"][0]];
  const { coordinates, label } = axis;
  const values = (landscape.loss[0] ?? []).map((v) => v ?? Number.NaN);
  const box = plotBox(width, height);
  const x = straight(coordinates[0] as number, coordinates.at(-1) as number);
  const own = landscape.points.map((p) => p.loss ?? Number.NaN);
  const y = scaleAround([...values, ...own], log);
  const { toX } = drawAxes(pen, box, x, y, { x: label, y: lossName }, theme);
  const toY = (value: number) => box.bottom - partOf(value, y) * (box.bottom - box.top);
  drawNetworks(pen, landscape, theme, ([at], loss) => [toX(at as number), toY(loss ?? Number.NaN)], box);
  pen.line(
    values.flatMap((v, i) => [toX(coordinates[i] as number), toY(v)]),
    { color: colorOf(0), width: 2.4 },
  );
}
