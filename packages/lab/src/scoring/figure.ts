import * as Plot from "@observablehq/plot";
import { colorOf, dashOf } from "../figures/colors.ts";
import { toSvg } from "../figures/plot.ts";
import { profileAxes, profileLines } from "../figures/profile.ts";
import type { ClockResult } from "./result.ts";

const titles = { time: "by wall-clock time", step: "by training steps" };
const panelHeight = 340;
const labelHeight = 13;
const longestName = 40;

/**
 * Performance profiles as an SVG document, one panel a clock: the share of workloads that a submission solves within
 * tau times the time of the fastest. Lines are labelled at their right ends with name and score.
 */
export function profileFigure(clocks: ClockResult[]): string {
  const order = clocks[0]?.board.standings.map(({ submission }) => submission) ?? [];
  const tauMax = Math.max(...clocks.map(({ board }) => board.tau.at(-1) as number));
  const labelWidth = Math.min(longestName, Math.max(...order.map((name) => name.length), 0)) * 7;
  const panels = clocks.map(({ clock, board }) => ({
    panel: titles[clock],
    profiles: board.standings.map(({ submission, score, ratios }) => ({
      name: `${score.toFixed(4)}  ${shortened(submission)}`,
      color: colorOf(order.indexOf(submission)),
      dash: dashOf(order.indexOf(submission)),
      ratios,
    })),
  }));
  const labels = panels.flatMap(({ panel, profiles }) => {
    const ends = profiles.map(({ ratios }) => ratios.filter((r) => r <= tauMax).length / ratios.length);
    return spread(ends).map((rho, i) => ({ ...profiles[i]!, panel, rho }));
  });
  const svg = toSvg(
    {
      width: 600 + labelWidth,
      height: panelHeight * clocks.length + 60,
      marginLeft: 50,
      marginRight: 60 + labelWidth,
      marginTop: 34,
      marginBottom: 40,
      ...profileAxes(tauMax),
      fy: { label: null, axis: null, padding: 0.12, domain: panels.map(({ panel }) => panel) },
      marks: [
        Plot.frame({ strokeOpacity: 0.2 }),
        Plot.text(clocks.length > 1 ? panels : [], {
          fy: "panel",
          text: "panel",
          frameAnchor: "top",
          dy: -14,
          fontWeight: "bold",
        }),
        ...panels.flatMap(({ panel, profiles }) => profileLines(profiles, tauMax, panel)),
        Plot.text(
          labels.filter(({ rho }) => !Number.isNaN(rho)),
          { x: tauMax, y: "rho", fy: "panel", text: "name", fill: "color", textAnchor: "start", dx: 8 },
        ),
      ],
    },
    "Performance profiles: share of workloads solved within tau times the fastest time",
  );
  return `${svg}\n`;
}

const shortened = (name: string): string =>
  name.length > longestName ? `${name.slice(0, longestName - 1)}…` : name;

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
