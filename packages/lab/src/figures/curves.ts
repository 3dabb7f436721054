import * as Plot from "@observablehq/plot";
import { toSvg } from "./plot.ts";

export interface CurvePoint {
  readonly x: number;
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** One optimizer's curve: the median over seeds and the band between the smallest and the largest. */
export interface Curve {
  readonly name: string;
  readonly color: string;
  readonly points: readonly CurvePoint[];
}

export interface CurvesOptions {
  readonly curves: readonly Curve[];
  readonly x: string;
  readonly y: string;
  /** A dashed line at this height. */
  readonly target?: number | undefined;
  /** Where the y axis ends; curves beyond are clipped. Default: all of every band. */
  readonly domain?: readonly [number, number];
  /** Pixels; default 460 x 280. */
  readonly width?: number;
  readonly height?: number;
}

/** Curves with bands over seeds, as SVG. */
export function curvesFigure(options: CurvesOptions): string {
  const { curves, x, y, target, domain, width = 460, height = 280 } = options;
  const rows = curves.flatMap(({ name, color, points }) => points.map((p) => ({ ...p, name, color })));
  const names = curves.map((c) => c.name);
  return toSvg(
    {
      width,
      height,
      marginLeft: 48,
      marginRight: 16,
      x: { label: x, ticks: 6 },
      y: { label: y, grid: true, ticks: 6, ...(domain && { domain: [...domain] }) },
      color: { domain: names, range: curves.map((c) => c.color) },
      marks: [
        ...(target === undefined
          ? []
          : [
              Plot.ruleY([target], { stroke: "currentColor", strokeDasharray: "4 3", strokeOpacity: 0.7 }),
              Plot.text([target], {
                y: (v: number) => v,
                text: () => "target",
                frameAnchor: "right",
                textAnchor: "end",
                dy: -6,
                fillOpacity: 0.8,
              }),
            ]),
        Plot.areaY(rows, {
          x: "x",
          y1: "low",
          y2: "high",
          z: "name",
          fill: "name",
          fillOpacity: 0.18,
          clip: true,
        }),
        Plot.lineY(rows, { x: "x", y: "median", z: "name", stroke: "name", strokeWidth: 1.8, clip: true }),
      ],
    },
    `${y} against ${x}: ${names.join(", ")}`,
  );
}
