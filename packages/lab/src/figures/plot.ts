import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** Colours that stay apart for colour-blind readers and on light and dark ground, one for each series. */
export const palette = [
  "#d1495b",
  "#2e86ab",
  "#e29c2d",
  "#3d9970",
  "#8e6bbf",
  "#c06c9a",
  "#7a8b99",
  "#a0714f",
] as const;

export const colorOf = (index: number): string => palette[index % palette.length] as string;

/** Draws a plot without a browser and returns its SVG. Text and axes take the colour of their surroundings. */
export function toSvg(options: Plot.PlotOptions, label: string): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = Plot.plot({
    ...options,
    document: document as unknown as Document,
    style: {
      background: "transparent",
      overflow: "visible",
      fontFamily: "system-ui, sans-serif",
      fontSize: "11px",
    },
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  return svg.outerHTML;
}
