import * as Plot from "@observablehq/plot";
import { figureStyle } from "./style.ts";

/** What one learning rate led to, over seeds. Absent values: every run diverged, or missed the target. */
export interface RatePoint {
  readonly rate: number;
  readonly low?: number | null | undefined;
  readonly value: number | null | undefined;
  readonly high?: number | null | undefined;
  readonly chosen: boolean;
}

export interface RateCurve {
  readonly name: string;
  readonly color: string;
  readonly dash?: string | undefined;
  readonly points: readonly RatePoint[];
  /** Whether the points are joined: not where other hyperparameters differ between them too. Default true. */
  readonly joined?: boolean;
}

export interface SensitivityOptions {
  readonly curves: readonly RateCurve[];
  readonly y: string;
  readonly logY?: boolean;
  readonly width?: number;
  readonly height?: number;
  readonly tip?: ((curve: string, point: RatePoint) => string) | undefined;
}

/** A result against the learning rate: chosen rates are filled, those that led nowhere are crosses on top. */
export function sensitivityPlot(options: SensitivityOptions): Plot.PlotOptions {
  const { curves, y, logY, width = 460, height = 280, tip } = options;
  const rows = curves.flatMap(({ name, points, joined = true }) =>
    points.map((p) => ({ ...p, name, joined, low: p.low ?? p.value, high: p.high ?? p.value })),
  );
  const there = rows.filter(({ value }) => typeof value === "number" && (!logY || value > 0));
  const lost = rows.filter(({ value }) => typeof value !== "number");
  return {
    style: figureStyle,
    ariaLabel: `${y} against the learning rate: ${curves.map((c) => c.name).join(", ")}`,
    width,
    height,
    marginLeft: 48,
    marginBottom: 36,
    marginRight: 16,
    marginTop: 26,
    x: { type: "log", label: "learning rate", ticks: width < 400 ? 4 : 6, tickFormat: "~e" },
    y: { label: y, grid: true, ticks: 6, ...(logY && { type: "log", tickFormat: "~g" }) },
    color: { domain: curves.map((c) => c.name), range: curves.map((c) => c.color) },
    marks: [
      Plot.lineY(
        there.filter(({ joined }) => joined),
        { x: "rate", y: "value", z: "name", stroke: "name", strokeWidth: 1.5 },
      ),
      Plot.ruleX(there, {
        x: "rate",
        y1: "low",
        y2: "high",
        stroke: "name",
        strokeOpacity: 0.5,
        strokeWidth: 3,
      }),
      Plot.dot(there, { x: "rate", y: "value", stroke: "name", r: 4, strokeWidth: 1.5 }),
      Plot.dot(
        there.filter(({ chosen }) => chosen),
        { x: "rate", y: "value", fill: "name", r: 4.5 },
      ),
      Plot.dot(lost, {
        x: "rate",
        frameAnchor: "top",
        symbol: "times",
        stroke: "name",
        r: 4,
        strokeWidth: 1.5,
      }),
      ...(tip
        ? [
            Plot.tip(
              there,
              Plot.pointer({
                x: "rate",
                y: "value",
                stroke: "name",
                title: (row: (typeof rows)[number]) => tip(row.name, row),
              }),
            ),
          ]
        : []),
    ],
  };
}
