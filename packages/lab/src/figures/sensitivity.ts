import * as Plot from "@observablehq/plot";
import { toSvg } from "./plot.ts";

/** What one learning rate led to. `value` is absent when the run diverged. */
export interface RatePoint {
  readonly rate: number;
  readonly value: number | undefined;
  readonly chosen: boolean;
}

export interface RateCurve {
  readonly name: string;
  readonly color: string;
  readonly points: readonly RatePoint[];
}

export interface SensitivityOptions {
  readonly curves: readonly RateCurve[];
  readonly y: string;
  readonly width?: number;
  readonly height?: number;
}

/** The final metric against the learning rate tried, as SVG: chosen rates are filled, diverged runs crosses on top. */
export function sensitivityFigure({ curves, y, width = 460, height = 280 }: SensitivityOptions): string {
  const rows = curves.flatMap(({ name, points }) => points.map((p) => ({ ...p, name })));
  const ended = rows.filter((row) => row.value !== undefined);
  const diverged = rows.filter((row) => row.value === undefined);
  return toSvg(
    {
      width,
      height,
      marginLeft: 48,
      marginRight: 16,
      x: { type: "log", label: "learning rate (log scale)", ticks: 6, tickFormat: "~e" },
      y: { label: y, grid: true, ticks: 6 },
      color: { domain: curves.map((c) => c.name), range: curves.map((c) => c.color) },
      marks: [
        Plot.lineY(ended, { x: "rate", y: "value", z: "name", stroke: "name", strokeWidth: 1.5 }),
        Plot.dot(ended, { x: "rate", y: "value", stroke: "name", r: 4, strokeWidth: 1.5 }),
        Plot.dot(
          ended.filter((row) => row.chosen),
          { x: "rate", y: "value", fill: "name", r: 4.5 },
        ),
        Plot.dot(diverged, {
          x: "rate",
          frameAnchor: "top",
          symbol: "times",
          stroke: "name",
          r: 4,
          strokeWidth: 1.5,
        }),
      ],
    },
    `${y} against the learning rate: ${curves.map((c) => c.name).join(", ")}`,
  );
}
