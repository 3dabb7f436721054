import * as Plot from "@observablehq/plot";
import { colorOf, toSvg } from "../figures/plot.ts";
import type { Panel, Point, Series } from "./item.ts";

const width = 470;
const plotHeight = 270;
const lineHeight = 15;
/** On a log axis, smaller values are rounding errors. */
const leastShown = 1e-16;

/** Panels side by side, two a row, as one SVG; every panel names its series in their colours. */
export function panelsFigure(panels: readonly Panel[], label: string): string {
  const drawn = panels.map(panelFigure);
  const columns = Math.min(2, panels.length);
  const rowHeights: number[] = [];
  drawn.forEach(({ height }, i) => {
    const row = Math.floor(i / columns);
    rowHeights[row] = Math.max(rowHeights[row] ?? 0, height);
  });
  const top = (row: number) => rowHeights.slice(0, row).reduce((a, b) => a + b, 0);
  const body = drawn.map(({ svg }, i) => {
    const [x, y] = [(i % columns) * width, top(Math.floor(i / columns))];
    return svg.replace("<svg", `<svg x="${x}" y="${y}"`);
  });
  const [w, h] = [width * columns, top(rowHeights.length)];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img" aria-label="${escapeXml(label)}">${body.join("")}</svg>`;
}

const escapeXml = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c] as string);

function panelFigure({ title, x, y, series }: Panel): { svg: string; height: number } {
  const groups = [...new Set(series.map((s) => s.group ?? s.name))];
  const color = (s: Series) => colorOf(groups.indexOf(s.group ?? s.name));
  const visible = (v: number, log: boolean) => Number.isFinite(v) && (!log || v > leastShown);
  const points = (s: Series) => s.points.filter((p) => visible(p.x, x.log) && visible(p.mean, y.log));
  const marginTop = 30 + lineHeight * series.length;
  const marks = series.flatMap((s) => {
    const data = points(s);
    const stroke = color(s);
    const band = data.filter((p) => p.low !== undefined);
    // A log axis cannot show an interval that reaches zero; the band is then as wide below the mean as above.
    const low = (p: Point) =>
      !y.log || (p.low as number) > 0 ? (p.low as number) : p.mean ** 2 / (p.high as number);
    return [
      ...(s.kind === "measured" && band.length > 1
        ? [
            Plot.areaY(band, {
              x: "x",
              y1: (p) => low(p),
              y2: (p) => p.high,
              fill: stroke,
              fillOpacity: 0.22,
              clip: true,
            }),
          ]
        : []),
      ...(s.kind === "dots"
        ? [
            Plot.ruleX(band, { x: "x", y1: (p) => low(p), y2: (p) => p.high, stroke }),
            Plot.dot(data, { x: "x", y: "mean", fill: stroke, r: 3 }),
          ]
        : [
            Plot.lineY(data, {
              x: "x",
              y: "mean",
              stroke,
              strokeWidth: 1.6,
              clip: true,
              ...(s.kind === "bound" && { strokeDasharray: "5 3" }),
            }),
          ]),
    ];
  });
  const sign = { measured: "\u2014", bound: "- -", dots: "\u2022" };
  const legend = series.map((s, i) =>
    Plot.text([`${sign[s.kind]} ${s.name}`], {
      frameAnchor: "top-left",
      dy: -marginTop + 22 + i * lineHeight,
      fill: color(s),
    }),
  );
  const heading = Plot.text([title], {
    frameAnchor: "top-left",
    dy: -marginTop + 6,
    fontWeight: "bold",
    fontSize: 12,
  });
  const height = plotHeight + lineHeight * series.length;
  const svg = toSvg(
    {
      width,
      height,
      marginTop,
      marginLeft: 56,
      marginRight: 18,
      x: { label: x.label, ...(x.log && { type: "log" as const, tickFormat: tick }), ticks: 5 },
      y: { label: null, grid: true, ...(y.log && { type: "log" as const, tickFormat: tick }), ticks: 5 },
      marks: [
        ...marks,
        heading,
        ...legend,
        Plot.text([y.label], { frameAnchor: "left", rotate: -90, dx: -46, textAnchor: "middle" }),
      ],
    },
    `${title}: ${y.label} against ${x.label}`,
  );
  return { svg, height };
}

/** Powers of ten as 10^n outside the easily read range. */
const tick = (v: number): string => {
  const power = Math.round(Math.log10(v));
  if (Math.abs(Math.log10(v) - power) > 1e-9)
    return power >= -2 && power <= 3 ? String(Number(v.toPrecision(2))) : "";
  return power >= -2 && power <= 3 ? String(10 ** power) : `1e${power}`;
};
