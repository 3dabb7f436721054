import * as Plot from "@observablehq/plot";
import { colorOf } from "../../figures/colors.ts";
import { toSvg } from "../../figures/plot.ts";
import type { Animation, AnimationSeries } from "./format.ts";

/** Frames of an animation as SVG: the ground once, the points of each frame over it. */

const width = 560;
const plotHeight = 440;
const lineHeight = 16;
const margin = { left: 44, right: 14, bottom: 34 };

const escapeXml = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c] as string);

/** A function from a frame's number to its picture. */
export function frameDrawer(animation: Animation): (index: number) => string {
  const { x, y, field, series, frames } = animation;
  const top = 30 + lineHeight * series.length;
  const height = plotHeight + top;
  const ground = toSvg(
    {
      width,
      height,
      marginLeft: margin.left,
      marginRight: margin.right,
      marginBottom: margin.bottom,
      marginTop: top,
      x: { domain: x.range as [number, number], label: x.label, ticks: 6 },
      y: { domain: y.range as [number, number], label: y.label, labelAnchor: "center", ticks: 6 },
      marks: [
        Plot.contour(field.values, {
          width: field.columns,
          height: field.rows,
          x1: x.range[0],
          x2: x.range[1],
          y1: y.range[0],
          y2: y.range[1],
          stroke: "#9aa4ae",
          strokeOpacity: 0.7,
          thresholds: levels(Math.max(...field.values)),
        }),
        Plot.frame({ stroke: "#d9dee3" }),
      ],
    },
    animation.title,
  );
  const place = {
    x: (v: number) =>
      margin.left + ((v - x.range[0]) / (x.range[1] - x.range[0])) * (width - margin.left - margin.right),
    y: (v: number) =>
      height -
      margin.bottom -
      ((v - y.range[0]) / (y.range[1] - y.range[0])) * (height - margin.bottom - top),
  };
  const text = (content: string, at: number, fill: string, weight = "normal") =>
    `<text x="${margin.left - 34}" y="${at}" fill="${fill}" font-weight="${weight}" font-size="13" text-anchor="start" font-family="sans-serif">${escapeXml(content)}</text>`;
  const signs = { path: "—", cloud: "•", marker: "✕" };
  const legend = series
    .map((s, i) => text(`${signs[s.kind]} ${s.name}`, 36 + lineHeight * i, colorOf(s.color)))
    .join("");
  const pairs = (flat: readonly number[]): [number, number][] =>
    Array.from({ length: flat.length / 2 }, (_, i) => [
      place.x(flat[2 * i] as number),
      place.y(flat[2 * i + 1] as number),
    ]);
  const marks = animation.marks
    .map(({ name, x: mx, y: my }) => {
      const [px, py] = [place.x(mx), place.y(my)];
      return `<circle cx="${px}" cy="${py}" r="4" fill="none" stroke="#1b1f24" stroke-width="2"/><text x="${px + 7}" y="${py - 6}" font-size="13" font-weight="bold" text-anchor="start" font-family="sans-serif">${escapeXml(name)}</text>`;
    })
    .join("");
  const clip = `<clipPath id="plane"><rect x="${margin.left}" y="${top}" width="${width - margin.left - margin.right}" height="${height - top - margin.bottom}"/></clipPath>`;
  return (index) => {
    const frame = frames[index] as Animation["frames"][number];
    const body = series.map((s, i) =>
      drawSeries(s, pairs(frame.points[i] ?? []), () =>
        frames.slice(0, index + 1).flatMap((f) => pairs((f.points[i] ?? []).slice(0, 2))),
      ),
    );
    const title = text(`${animation.title}; step ${frame.step}`, 16, "#1b1f24", "bold");
    const end = ground.lastIndexOf("</svg>");
    // Markers and paths above clouds.
    const order = body.toSorted((a, b) => a.level - b.level).map((b) => b.svg);
    return `${ground.slice(0, end)}${clip}${title}${legend}<g clip-path="url(#plane)">${order.join("")}${marks}</g></svg>`;
  };
}

function drawSeries(
  { kind, color }: AnimationSeries,
  points: readonly [number, number][],
  trail: () => [number, number][],
): { level: number; svg: string } {
  const fill = colorOf(color);
  const dots = (r: number, opacity: number) =>
    points
      .map(
        ([cx, cy]) =>
          `<circle cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="${r}" fill="${fill}" fill-opacity="${opacity}"/>`,
      )
      .join("");
  if (kind === "cloud") return { level: 0, svg: dots(2.4, 0.55) };
  if (kind === "marker") {
    const crosses = points.map(
      ([cx, cy]) => `<path d="M${cx - 6},${cy - 6}l12,12m0,-12l-12,12" stroke="${fill}" stroke-width="3"/>`,
    );
    return { level: 2, svg: crosses.join("") };
  }
  const line = trail()
    .map(([cx, cy]) => `${cx.toFixed(1)},${cy.toFixed(1)}`)
    .join(" ");
  return {
    level: 1,
    svg: `<polyline points="${line}" fill="none" stroke="${fill}" stroke-width="1.6" stroke-opacity="0.8"/>${dots(5, 1)}`,
  };
}

/** Twelve levels that crowd towards the minimum, as the function does not. */
const levels = (highest: number): number[] =>
  Array.from({ length: 12 }, (_, i) => highest * ((i + 1) / 16) ** 2);
