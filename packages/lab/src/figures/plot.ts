import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { figureStyle } from "./style.ts";

/** Draws a plot without a browser and returns its SVG. */
export function toSvg(options: Plot.PlotOptions, label?: string): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = Plot.plot({
    style: figureStyle,
    ...options,
    document: document as unknown as Document,
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("role", "img");
  if (label !== undefined) svg.setAttribute("aria-label", label);
  return svg.outerHTML;
}
