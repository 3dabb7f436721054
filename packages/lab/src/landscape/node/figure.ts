import * as Plot from "@observablehq/plot";
import { toSvg } from "../../figures/plot.ts";
import { formatNumber, percent } from "../../report/numbers.ts";
import type { Landscape } from "../format.ts";

const path = "#d1495b";

/** What must be read beside a projection: how much of the path it shows. */
export function honesty({ path, points }: Landscape): string[] {
  const spanning = points.map((p) => p.residual).filter((r) => r > 1e-4);
  return [
    ...(path
      ? [
          `the picture explains ${path.explained.map(percent).join(", then ")} of the path's variance (by axis); ` +
            `the path is up to ${formatNumber(Math.max(...path.residual))} away from it`,
        ]
      : []),
    ...(spanning.length > 0
      ? [`networks are up to ${formatNumber(Math.max(...spanning))} away from it`]
      : []),
  ];
}

/** A landscape as SVG: level lines on a logarithmic scale with the path, or the loss along a line. */
export function landscapeFigure(landscape: Landscape): string {
  const { title, axes, points } = landscape;
  const [across, down] = axes as [Landscape["axes"][0], Landscape["axes"][0]?];
  const rows = landscape.path
    ? landscape.path.at.map(([x, y], i) => ({ x, y: y ?? landscape.path?.loss[i] ?? Number.NaN }))
    : [];
  const dots = points.map(({ at: [x, y], label, loss }) => ({ x, y: y ?? loss ?? Number.NaN, label }));
  const overlay = [
    Plot.line(rows, { x: "x", y: "y", stroke: path, strokeWidth: 1.6, clip: true }),
    Plot.dot(rows, { x: "x", y: "y", fill: path, r: 1.8, clip: true }),
    Plot.dot(dots, { x: "x", y: "y", fill: path, stroke: "white", r: 4.5 }),
    Plot.text(dots, {
      x: "x",
      y: "y",
      text: "label",
      dy: -11,
      fill: "currentColor",
      stroke: "white",
      strokeWidth: 3,
    }),
  ];
  const finiteLosses = landscape.loss.flat().filter((v) => v !== null);
  const range = `${formatNumber(Math.min(...finiteLosses))} to ${formatNumber(Math.max(...finiteLosses))} nats`;
  const facts = [
    `${title}: loss over ${landscape.examples} training examples${landscape.dropout ? ", with dropout" : ""}, ${range}`,
    ...honesty(landscape),
  ];
  const caption = Plot.text([facts.join("\n")], {
    frameAnchor: "top-left",
    lineAnchor: "bottom",
    dy: -22,
    fontSize: 10,
    fill: "currentColor",
  });
  const [left, right] = [across.coordinates[0] as number, across.coordinates.at(-1) as number];
  const common = {
    width: 600,
    marginLeft: 56,
    marginTop: 34 + 13 * facts.length,
    marginBottom: 44,
    x: { label: `${across.label} →`, ticks: 7, domain: [left, right] },
  };
  if (down === undefined) {
    const line = across.coordinates.map((x, i) => ({ x, y: landscape.loss[0]?.[i] ?? Number.NaN }));
    return toSvg(
      {
        ...common,
        height: 380,
        y: { label: "loss, nats", grid: true },
        marks: [
          Plot.line(line, { x: "x", y: "y", stroke: "currentColor", strokeWidth: 1.8 }),
          ...overlay,
          caption,
        ],
      },
      facts.join("; "),
    );
  }
  const values = landscape.loss.flatMap((row) => row.map((v) => v ?? Number.NaN));
  const done = down.coordinates.slice(0, Math.max(landscape.loss.length, 1));
  const [bottom, top] = [down.coordinates[0] as number, done.at(-1) as number];
  // Plot takes values as those of cells, ours are at the corners of the picture.
  const dx = (right - left) / (across.coordinates.length - 1) / 2;
  const dy = (top - bottom) / Math.max(done.length - 1, 1) / 2;
  return toSvg(
    {
      ...common,
      height: 560,
      y: { label: `↑ ${down.label}`, ticks: 7, domain: [bottom, down.coordinates.at(-1) as number] },
      color: { type: "log", scheme: "blues", legend: false, label: "loss, nats" },
      marks: [
        ...(landscape.loss.length > 1
          ? [
              Plot.contour(values, {
                width: across.coordinates.length,
                height: landscape.loss.length,
                x1: left - dx,
                x2: right + dx,
                y1: bottom - dy,
                y2: top + dy,
                clip: true,
                fill: (v: number) => v,
                thresholds: logLevels(values, 16),
                stroke: "#333",
                strokeOpacity: 0.35,
                strokeWidth: 0.6,
              } as Plot.ContourOptions),
            ]
          : []),
        ...overlay,
        caption,
      ],
    },
    facts.join("; "),
  );
}

/** Levels evenly spaced in the logarithm. */
export function logLevels(values: readonly number[], count: number): number[] {
  const positive = values.filter((v) => Number.isFinite(v) && v > 0);
  const low = Math.log(Math.max(Math.min(...positive), 1e-12));
  const high = Math.log(Math.max(...positive));
  return Array.from({ length: count }, (_, i) => Math.exp(low + ((high - low) * (i + 0.5)) / count));
}
