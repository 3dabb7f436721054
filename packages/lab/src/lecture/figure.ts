import * as Plot from "@observablehq/plot";
import { colorOf } from "../figures/colors.ts";
import { toSvg } from "../figures/plot.ts";
import { maximum } from "../problems/finite-sum.ts";
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
  const shown = series.flatMap(points);
  const marginTop = 48 + lineHeight * series.length;
  const marks = series.flatMap((s) => {
    const data = points(s);
    const stroke = color(s);
    const band = data.filter((p) => p.low !== undefined);
    // A log axis cannot show an interval that reaches zero; the band is then as wide below the mean as above.
    const low = (p: Point) =>
      !y.log || (p.low as number) > 0 ? (p.low as number) : p.mean ** 2 / (p.high as number);
    const ends = { x: "x", y1: low, y2: (p: Point) => p.high };
    if (s.kind === "dots") {
      return [
        Plot.ruleX(band, { ...ends, stroke }),
        Plot.dot(data, { x: "x", y: "mean", fill: stroke, r: 3 }),
      ];
    }
    const strokeDasharray = s.kind === "bound" ? "5 3" : "none";
    return [
      ...(s.kind === "measured" && band.length > 1
        ? [Plot.areaY(band, { ...ends, fill: stroke, fillOpacity: 0.25, clip: true })]
        : []),
      Plot.lineY(data, { x: "x", y: "mean", stroke, strokeWidth: 1.6, strokeDasharray, clip: true }),
    ];
  });
  const sign = { measured: "\u2014", bound: "- -", dots: "\u2022" };
  const legend = series.map((s, i) =>
    Plot.text([`${sign[s.kind]} ${s.name}`], {
      frameAnchor: "top-left",
      dx: -40,
      dy: -marginTop + 24 + i * lineHeight,
      fill: color(s),
    }),
  );
  const heading = Plot.text([title], {
    frameAnchor: "top-left",
    dx: -40,
    dy: -marginTop + 6,
    fontWeight: "bold",
    fontSize: 12,
  });
  const height = plotHeight + lineHeight * series.length;
  const xs = shown.map((p) => p.x);
  const options: Plot.PlotOptions = {
    width,
    height,
    marginTop,
    marginLeft: 56,
    marginRight: 18,
    inset: 5,
    x: { label: x.label, ...axis(x.log, extent(xs), xs.every(Number.isInteger)) },
    y: { label: null, grid: true, ...axis(y.log, nice(extent(shown.map((p) => p.mean)), y.log)) },
    marks: [
      ...marks,
      heading,
      ...legend,
      Plot.text([`↑ ${y.label}`], { frameAnchor: "top-left", dx: -40, dy: -18 }),
    ],
  };
  return { svg: toSvg(options, `${title}: ${y.label} against ${x.label}`), height };
}

type Extent = readonly [low: number, high: number];

/** Of a panel whose runs all diverged, any: an empty frame. */
const extent = (values: readonly number[]): Extent =>
  values.length === 0 ? [1, 10] : [-maximum(values.map((v) => -v)), maximum(values)];

/** More than 1.7 decades on a log axis: ticks are at powers of ten alone. */
const isWide = ([low, high]: Extent): boolean => Math.log10(high / low) > 1.7;

/** Out to the next ticks; a narrow log axis stays as it is. */
function nice(values: Extent, log: boolean): Extent {
  if (!log) return Plot.scale({ y: { domain: values, nice: 5 } })?.domain as unknown as Extent;
  return isWide(values)
    ? [10 ** Math.floor(Math.log10(values[0])), 10 ** Math.ceil(Math.log10(values[1]))]
    : values;
}

/**
 * Scale and ticks of an axis: on a log axis powers of ten, with 2 and 5 between them where there are few; none between
 * whole numbers when the values are.
 */
function axis(log: boolean, domain: Extent, whole = false): Partial<Plot.ScaleOptions> {
  if (!log) return { domain, ticks: whole ? Math.min(5, Math.max(1, domain[1] - domain[0])) : 5 };
  const [first, last] = domain.map(Math.log10) as [number, number];
  const every = Math.max(1, Math.ceil((last - first) / 6));
  const within = isWide(domain) ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(first / every) * every; power <= last + 0.02; power += every) {
    for (const m of within)
      if (Math.log10(m) + power >= first - 0.02 && Math.log10(m) + power <= last + 0.02)
        ticks.push(m * 10 ** power);
  }
  return { type: "log", domain, ticks, tickFormat: tick };
}

/** Numbers that are easily read as they are, others as a power of ten. */
function tick(v: number): string {
  const power = Math.floor(Math.log10(v) + 1e-9);
  if (power >= -2 && power <= 4) return String(Number(v.toPrecision(2)));
  const factor = Math.round(v / 10 ** power);
  return `${factor === 1 ? "" : `${factor}·`}10${superscript(power)}`;
}

const superscript = (n: number): string =>
  String(n).replace(/./g, (c) => (c === "-" ? "⁻" : ("⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)] as string)));
