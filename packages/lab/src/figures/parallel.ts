import * as Plot from "@observablehq/plot";
import { figureStyle } from "./style.ts";

/** One axis: a hyperparameter, or the result. */
export interface Axis {
  readonly name: string;
  readonly log: boolean;
  readonly min: number;
  readonly max: number;
}

/** One trial: its value on every axis by name; null where it has none. */
export interface ParallelLine {
  readonly id: string;
  readonly values: Readonly<Record<string, number | null>>;
  /** 0 for the best result, 1 for the worst; null for a trial that has none. */
  readonly quality: number | null;
  readonly selected: boolean;
}

export interface ParallelOptions {
  readonly axes: readonly Axis[];
  readonly lines: readonly ParallelLine[];
  readonly format: (value: number) => string;
  readonly width?: number;
  readonly height?: number;
}

/** Where a value stands on its axis: 0 at the bottom, 1 at the top. */
export function placeOn({ log, min, max }: Axis, value: number): number {
  if (max === min) return 0.5;
  return log ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
}

/** The value at a place of an axis: the inverse of {@link placeOn}. */
export const valueOn = ({ log, min, max }: Axis, place: number): number =>
  log ? min * (max / min) ** place : min + place * (max - min);

/** Good results are blue, bad ones sand. */
const good = "#1668b8";
const bad = "#d9a441";

/** Parallel coordinates: a line for every trial; those not selected are faint, those without a result dashed. */
export function parallelPlot(options: ParallelOptions): Plot.PlotOptions {
  const { axes, lines, format, width = 640, height = 300 } = options;
  const rows = lines
    // The best are drawn last, on top.
    .toSorted((a, b) => (b.quality ?? 2) - (a.quality ?? 2))
    .flatMap(({ id, values, quality, selected }) =>
      axes.flatMap((axis) => {
        const value = values[axis.name];
        if (value === null || value === undefined) return [];
        return [{ id, axis: axis.name, place: placeOn(axis, value), quality, selected }];
      }),
    );
  const ticks = axes.flatMap((axis) =>
    (axis.min === axis.max ? [0.5] : [0, 0.5, 1]).map((place) => ({
      axis: axis.name,
      place,
      text: format(valueOn(axis, place)),
    })),
  );
  const drawn = (selected: boolean, sound: boolean) => {
    const own = rows.filter((row) => row.selected === selected && (row.quality !== null) === sound);
    return Plot.line(own, {
      x: "axis",
      y: "place",
      z: "id",
      ...(sound ? { stroke: "quality" } : { stroke: "currentColor", strokeDasharray: "3 3" }),
      strokeOpacity: selected ? (sound ? 0.8 : 0.45) : 0.06,
      strokeWidth: 1.4,
    });
  };
  return {
    style: figureStyle,
    ariaLabel: `Parallel coordinates of ${lines.length} trials: ${axes.map(({ name }) => name).join(", ")}`,
    width,
    height,
    marginTop: 34,
    marginBottom: 16,
    marginLeft: 52,
    marginRight: 52,
    x: {
      type: "point",
      domain: axes.map(({ name }) => name),
      axis: null,
      padding: 0.1,
    },
    y: { domain: [0, 1], axis: null },
    color: { type: "linear", domain: [0, 1], range: [good, bad], interpolate: "lab" },
    marks: [
      Plot.ruleX(axes, { x: "name", stroke: "currentColor", strokeOpacity: 0.4 }),
      drawn(false, false),
      drawn(false, true),
      drawn(true, false),
      drawn(true, true),
      Plot.text(ticks, {
        x: "axis",
        y: "place",
        text: "text",
        dx: 5,
        textAnchor: "start",
        fillOpacity: 0.85,
        stroke: "var(--paper, white)",
        fill: "currentColor",
        strokeWidth: 3,
      }),
      Plot.text(axes, {
        x: "name",
        frameAnchor: "top",
        text: "name",
        dy: -18,
        fontWeight: 600,
        // On narrow screens neighbouring names take turns in height.
        ...(width / axes.length < 90 && { dy: -18 }),
      }),
    ],
  };
}
