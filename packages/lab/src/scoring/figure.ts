import * as Plot from "@observablehq/plot";
import { Resvg } from "@resvg/resvg-js";
import { parseHTML } from "linkedom";
import { profileSteps } from "../figures/profile.ts";
import type { ClockResult } from "./result.ts";

/** Observable's ten categorical colours; past ten submissions they come again, dashed. */
const colors = "#4269d0 #efb118 #ff725c #6cc5b0 #3ca951 #ff8ab7 #a463f2 #97bbf5 #9c6b4e #9498a0".split(" ");
const titles = { time: "by wall-clock time", step: "by training steps" };
const panelHeight = 340;
const labelHeight = 13;

/**
 * Performance profiles as an SVG document, one panel a clock: the share of workloads that a submission solves within
 * tau times the time of the fastest. Lines are labelled at their right ends with name and score.
 */
export function profileFigure(clocks: ClockResult[]): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const order = clocks[0]?.board.standings.map(({ submission }) => submission) ?? [];
  const panels = clocks.flatMap(({ clock, board }) => {
    const tauMax = board.tau.at(-1) as number;
    const lines = board.standings.map((standing) => {
      const points = profileSteps(standing.ratios, tauMax).map((point) => ({
        ...point,
        panel: titles[clock],
      }));
      return { ...standing, points, end: points.at(-1)!, index: order.indexOf(standing.submission) };
    });
    return lines.map((line, i) => ({ ...line, label: spread(lines.map(({ end }) => end.rho))[i] as number }));
  });
  const longest = Math.max(...order.map((name) => name.length), 0);
  const color = (index: number) => colors[index % colors.length] as string;
  const svg = Plot.plot({
    document: document as unknown as Document,
    width: 600 + Math.min(longest, 40) * 7,
    height: panelHeight * clocks.length + 60,
    marginLeft: 50,
    marginRight: 60 + Math.min(longest, 40) * 7,
    marginTop: 34,
    marginBottom: 40,
    style: {
      background: "white",
      color: "#222",
      fontFamily: "Helvetica, Arial, sans-serif",
      fontSize: "12px",
    },
    x: {
      label: "time to target relative to the fastest, tau",
      grid: true,
      labelAnchor: "center",
      labelArrow: "none",
    },
    y: { label: "share of workloads, rho(tau)", domain: [0, 1], grid: true, labelArrow: "none" },
    fy: { label: null, axis: null, padding: 0.12, domain: clocks.map(({ clock }) => titles[clock]) },
    marks: [
      Plot.frame({ stroke: "#ddd" }),
      ...(clocks.length > 1
        ? [
            Plot.text(
              clocks.map(({ clock }) => titles[clock]),
              {
                fy: (title) => title,
                text: (title) => title,
                frameAnchor: "top",
                dy: -14,
                fontWeight: "bold",
              },
            ),
          ]
        : []),
      // Best last: where lines coincide, the best one is seen.
      ...panels.toReversed().map(({ points, index }) =>
        Plot.line(points, {
          x: "tau",
          y: "rho",
          fy: "panel",
          curve: "step-after",
          stroke: color(index),
          strokeWidth: 2,
          ...(index >= colors.length && { strokeDasharray: "6 3" }),
        }),
      ),
      ...panels
        .filter(({ label }) => !Number.isNaN(label))
        .map(({ submission, score, end, index, label }) =>
          Plot.text([{ ...end, rho: label }], {
            x: "tau",
            y: "rho",
            fy: "panel",
            text: () =>
              `${score.toFixed(4)}  ${submission.length > 40 ? `${submission.slice(0, 39)}…` : submission}`,
            fill: color(index),
            textAnchor: "start",
            dx: 8,
          }),
        ),
    ],
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("role", "img");
  svg.setAttribute(
    "aria-label",
    "Performance profiles: share of workloads solved within tau times the fastest time",
  );
  return `${svg.outerHTML}\n`;
}

/**
 * Heights for labels that would like to sit at `wanted` (in [0, 1], best first): far enough apart to be read, in order.
 * NaN for those beyond the number that fits.
 */
function spread(wanted: number[]): number[] {
  const gap = labelHeight / (panelHeight * 0.88);
  const fits = Math.floor(1 / gap) + 1;
  const order = wanted
    .map((_, i) => i)
    .sort((a, b) => wanted[b]! - wanted[a]! || a - b)
    .slice(0, fits);
  const heights = wanted.map(() => Number.NaN);
  let ceiling = 1;
  for (const i of order) {
    heights[i] = Math.min(wanted[i]!, ceiling);
    ceiling = heights[i]! - gap;
  }
  // What sank below the axis pushes the ones above it up again.
  let floor = 0;
  for (const i of order.reverse()) {
    heights[i] = Math.max(heights[i]!, floor);
    floor = heights[i]! + gap;
  }
  return heights;
}

/** An SVG document as a PNG image at twice its size. */
export function svgToPng(svg: string): Uint8Array {
  return new Resvg(svg, { fitTo: { mode: "zoom", value: 2 }, font: { defaultFontFamily: "sans-serif" } })
    .render()
    .asPng();
}
