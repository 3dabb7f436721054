import { contours, levelsOf, type Pen } from "@steepest/lab/drawing";
import type { Theme } from "./theme.ts";
import type { Frame } from "./view.ts";

/** The function's values behind a picture. */
export interface Field {
  readonly values: Float32Array;
  readonly columns: number;
  readonly bounds: readonly [number, number, number, number];
}

const shades = 24;

/**
 * The field as a picture of shades and level lines; drawn once per field, not per frame.
 *
 * @param levels ascending; every other one is drawn as a line. Default: quantiles of the values.
 */
export function drawField(
  pen: Pen,
  field: Field,
  frame: Frame,
  theme: Theme,
  levels: readonly number[] = levelsOf(field.values, shades),
): void {
  const { values, columns, bounds } = field;
  const rows = values.length / columns;
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
export function rankOf(value: number, levels: readonly number[]): number {
  let i = 0;
  while (i < levels.length && value > (levels[i] as number)) i++;
  if (i === 0 || i === levels.length) return i / levels.length;
  const below = levels[i - 1] as number;
  const above = levels[i] as number;
  return (i - 1 + (value - below) / (above - below)) / levels.length;
}
