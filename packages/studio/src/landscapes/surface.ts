import { type Pen, partOf, scaleAround } from "@steepest/lab/drawing";
import type { Landscape } from "@steepest/lab/format";
import { rankOf } from "../ui/field.ts";
import type { Theme } from "../ui/theme.ts";
import { type DrawOptions, drawKey, drawNetworks, fieldOf, levelsOf, shade } from "./draw.ts";

/** Where a surface is seen from, in degrees. */
export interface Eye {
  readonly azimuth: number;
  readonly elevation: number;
}

/** Places a point of the unit cube [-1, 1]^3 in the plane of the eye, y down; `depth` grows away from it. */
export function camera({ azimuth, elevation }: Eye) {
  const [a, e] = [(azimuth * Math.PI) / 180, (elevation * Math.PI) / 180];
  const [ca, sa, ce, se] = [Math.cos(a), Math.sin(a), Math.cos(e), Math.sin(e)];
  return (x: number, y: number, z: number): { x: number; y: number; depth: number } => {
    const across = ca * x - sa * y;
    const away = sa * x + ca * y;
    return { x: across, y: -(z * ce + away * se), depth: away * ce - z * se };
  };
}

/** A plane as a surface, the farthest tiles first: parallel projection, height by the loss. */
export function drawSurface(
  pen: Pen,
  { width, height }: { readonly width: number; readonly height: number },
  theme: Theme,
  landscape: Landscape,
  options: DrawOptions,
  eye: Eye,
): void {
  const field = fieldOf(landscape);
  const { values, columns, bounds } = field;
  const rows = values.length / columns;
  const scale = scaleAround(values, options.log, 0);
  const levels = levelsOf(values, options);
  const look = camera(eye);
  const size = Math.min(width - 70, 1.25 * height) / 3;
  const middle = { x: (width - 50) / 2, y: height / 2 };
  const tall = 0.55;
  const place = (x: number, y: number, z: number): [number, number, number] => {
    const p = look(x, y, tall * z);
    return [middle.x + size * p.x, middle.y + size * p.y, p.depth];
  };
  const heightOf = (value: number) => 2 * partOf(value, scale) - 1;
  const corner = (c: number, r: number) => {
    const value = values[r * columns + c] as number;
    return place((2 * c) / (columns - 1) - 1, (2 * r) / (rows - 1) - 1, heightOf(value));
  };
  drawFloor(pen, theme, place);
  const tiles: { depth: number; points: number[]; value: number }[] = [];
  for (let r = 0; r + 1 < rows; r++) {
    for (let c = 0; c + 1 < columns; c++) {
      const corners = [corner(c, r), corner(c + 1, r), corner(c + 1, r + 1), corner(c, r + 1)];
      if (corners.some(([x, y]) => !Number.isFinite(x + y))) continue;
      const value = ((values[r * columns + c] as number) + (values[(r + 1) * columns + c + 1] as number)) / 2;
      tiles.push({
        depth: corners.reduce((sum, p) => sum + p[2], 0),
        points: corners.flatMap((p) => p.slice(0, 2)),
        value,
      });
    }
  }
  tiles.sort((a, b) => b.depth - a.depth);
  for (const { points, value } of tiles) {
    pen.area(points, shade(theme, rankOf(value, levels)), 1);
    pen.line([...points, points[0] as number, points[1] as number], {
      color: theme.text,
      width: 0.5,
      opacity: 0.28,
    });
  }
  const [left, right, bottom, top] = bounds;
  const box = { left: 0, right: width, top: 0, bottom: height };
  const where = ([x, y]: readonly number[], loss: number | null) => {
    const u = (2 * ((x as number) - left)) / (right - left) - 1;
    const v = (2 * ((y as number) - bottom)) / (top - bottom) - 1;
    // Networks stand at their own loss, above or below the surface by what lies off the plane.
    const z = Math.min(heightOf(loss ?? Number.NaN), 1.3);
    return Math.abs(u) > 1.001 || Math.abs(v) > 1.001 ? [Number.NaN, Number.NaN] : place(u, v, z).slice(0, 2);
  };
  drawNetworks(pen, landscape, theme, where, box);
  const [across, down] = landscape.axes as [Landscape["axes"][0], Landscape["axes"][0]];
  const name = (text: string, x: number, y: number) => {
    const [px, py] = place(x, y, -1);
    pen.text(text, px, py + 16, { color: theme.muted, size: 12, anchor: "middle" });
  };
  const near = look(0, -1, 0).depth < look(0, 1, 0).depth ? -1.12 : 1.12;
  const side = look(-1, 0, 0).depth < look(1, 0, 0).depth ? -1.12 : 1.12;
  name(across.label, 0, near);
  name(down.label, side, 0);
  drawKey(pen, theme, { x: width - 54, top: 26, bottom: height - 40 }, levels, options.lossName);
}

function drawFloor(pen: Pen, theme: Theme, place: (x: number, y: number, z: number) => number[]): void {
  const line = (...points: [number, number][]) =>
    pen.line(
      points.flatMap(([x, y]) => place(x, y, -1).slice(0, 2)),
      { color: theme.line },
    );
  for (const t of [-1, -0.5, 0, 0.5, 1]) {
    line([t, -1], [t, 1]);
    line([-1, t], [1, t]);
  }
}
