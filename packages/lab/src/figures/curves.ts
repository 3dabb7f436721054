import * as Plot from "@observablehq/plot";
import { figureStyle } from "./style.ts";

export interface CurvePoint {
  readonly x: number;
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** One optimizer's curve: the median over seeds and a band around it. */
export interface Curve {
  readonly name: string;
  readonly color: string;
  readonly dash?: string | undefined;
  readonly points: readonly CurvePoint[];
}

export interface CurvesOptions {
  readonly curves: readonly Curve[];
  readonly x: string;
  readonly y: string;
  /** A dashed line at this height. */
  readonly target?: number | undefined;
  /** Where the y axis ends; curves beyond are clipped. Default: all of every band. */
  readonly domain?: readonly [number, number] | undefined;
  readonly logX?: boolean;
  readonly logY?: boolean;
  /** Pixels; default 460 x 280. */
  readonly width?: number;
  readonly height?: number;
  /** Tells the values under the pointer; needs a browser. */
  readonly tip?: ((curve: string, point: CurvePoint) => string) | undefined;
}

/** Curves with bands over seeds. */
export function curvesPlot(options: CurvesOptions): Plot.PlotOptions {
  const { curves, x, y, target, domain, logX, logY, width = 460, height = 280, tip } = options;
  const visible = ({ x, median }: CurvePoint) => (!logX || x > 0) && (!logY || median > 0);
  const rows = curves.flatMap(({ name, dash, points }) =>
    points.filter(visible).map((p) => ({ ...p, name, dash })),
  );
  const names = curves.map((c) => c.name);
  const solid = rows.filter(({ dash }) => dash === undefined);
  const line = (data: typeof rows, strokeDasharray?: string) =>
    Plot.lineY(data, {
      x: "x",
      y: "median",
      z: "name",
      stroke: "name",
      strokeWidth: 1.8,
      clip: true,
      ...(strokeDasharray && { strokeDasharray }),
    });
  const dashes = [...new Set(curves.flatMap(({ dash }) => dash ?? []))];
  const band = rows.filter(
    ({ low, high }) => Number.isFinite(low) && Number.isFinite(high) && (!logY || low > 0),
  );
  return {
    style: figureStyle,
    ariaLabel: `${y} against ${x}: ${names.join(", ")}`,
    width,
    height,
    marginLeft: 48,
    marginBottom: 36,
    marginRight: 16,
    x: { label: x, ticks: width < 400 ? 4 : 6, ...(logX && { type: "log", tickFormat: "~s" }) },
    y: {
      label: y,
      grid: true,
      ticks: 6,
      ...(domain && { domain: [...domain] }),
      ...(logY && { type: "log", tickFormat: "~g" }),
    },
    color: { domain: names, range: curves.map((c) => c.color) },
    marks: [
      ...(target === undefined || (logY && target <= 0)
        ? []
        : [
            Plot.ruleY([target], { stroke: "currentColor", strokeDasharray: "4 3", strokeOpacity: 0.7 }),
            Plot.text([target], {
              y: (v: number) => v,
              text: () => "target",
              frameAnchor: "left",
              textAnchor: "start",
              dx: 4,
              dy: -6,
              fillOpacity: 0.8,
            }),
          ]),
      Plot.areaY(band, {
        x: "x",
        y1: "low",
        y2: "high",
        z: "name",
        fill: "name",
        fillOpacity: 0.18,
        clip: true,
      }),
      line(solid),
      ...dashes.map((dash) =>
        line(
          rows.filter((row) => row.dash === dash),
          dash,
        ),
      ),
      ...(tip
        ? [
            Plot.tip(
              rows,
              Plot.pointer({
                x: "x",
                y: "median",
                stroke: "name",
                title: (row: (typeof rows)[number]) => tip(row.name, row),
              }),
            ),
          ]
        : []),
    ],
  };
}

/**
 * The y range for a metric that is to become small or large: from the best value reached to the worst one a tenth of
 * the way in. The first steep drop and whatever overshoots are clipped, because they would flatten all the rest.
 */
export function domainOf(
  curves: readonly Curve[],
  direction: "min" | "max",
  target?: number,
): [number, number] | undefined {
  const sound = curves.map(({ points }) => points.filter(({ median }) => Number.isFinite(median)));
  const points = sound.flat();
  if (points.length === 0) return undefined;
  const settled = sound.flatMap((own) =>
    own.length === 0
      ? []
      : [own[Math.round(own.length / 10)] ?? (own[0] as CurvePoint), own.at(-1) as CurvePoint],
  );
  const [from, to] = direction === "min" ? [points, settled] : [settled, points];
  const goal = target === undefined ? [] : [target];
  // An end of a band is infinite where a seed diverged.
  const end = (p: CurvePoint, side: "low" | "high") => (Number.isFinite(p[side]) ? p[side] : p.median);
  const low = Math.min(...from.map((p) => end(p, "low")), ...goal);
  const high = Math.max(...to.map((p) => end(p, "high")), ...goal);
  const margin = 0.03 * (high - low) || 0.03 * Math.abs(high) || 1;
  return [low - margin, high + margin];
}
