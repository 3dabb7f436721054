import * as Plot from "@observablehq/plot";
import { type Html, html } from "../html.ts";
import { lookOf } from "../series.ts";
import { savePng, saveSvg } from "./save.ts";
import { changed, data, hidden, onChange } from "./state.ts";

/** A figure with its controls, its legend and its downloads; it redraws itself when its width or the page's state changes. */

export interface FigureOptions {
  readonly caption: string | (() => string);
  /** Name of the saved files. */
  readonly file: string;
  /** Selects and boxes: elements with a `name`, whose values `draw` gets. */
  readonly controls?: Html;
  /** Optimizers in the legend. */
  readonly legend?: readonly string[];
  readonly note?: string | (() => string);
  /** Pixels; default: by the width. */
  draw(width: number, read: (name: string) => string): Plot.PlotOptions | undefined;
  /** Called with every new drawing. */
  readonly drawn?: (svg: SVGSVGElement, redraw: () => void) => void;
}

export function fillFigure(host: HTMLElement, options: FigureOptions): void {
  const { file, controls, legend = [], note, draw, drawn } = options;
  host.innerHTML = html`<figcaption></figcaption>
<div class="tools">${controls ?? ""}<span class="end"><button type="button" data-save="svg">SVG</button><button type="button" data-save="png">PNG</button></span></div>
${legend.length > 0 ? legendOf(legend) : ""}
<div class="drawing"></div><p class="note"></p>`.text;
  const find = (selector: string) => host.querySelector(selector) as HTMLElement;
  const place = find(".drawing");
  const read = (name: string): string => {
    const control = find(`[name="${name}"]`) as HTMLSelectElement | HTMLInputElement;
    return control instanceof HTMLInputElement && control.type === "checkbox"
      ? String(control.checked)
      : control.value;
  };
  const told = (text: string | (() => string) | undefined) =>
    typeof text === "function" ? text() : (text ?? "");
  const redraw = () => {
    const width = Math.floor(place.clientWidth);
    if (width === 0) return;
    const plot = draw(width, read);
    find("figcaption").textContent = told(options.caption);
    find(".note").textContent = told(note);
    if (plot === undefined) {
      place.textContent = "Nothing to show.";
      return;
    }
    const svg = Plot.plot(plot) as SVGSVGElement;
    svg.setAttribute("role", "img");
    place.replaceChildren(svg);
    drawn?.(svg, redraw);
  };
  for (const button of host.querySelectorAll<HTMLElement>("[data-save]")) {
    button.setAttribute("aria-label", `Save as ${button.textContent}: ${told(options.caption)}`);
    button.addEventListener("click", () => {
      const svg = place.querySelector("svg");
      const saved = button.dataset.save === "svg" ? saveSvg : savePng;
      if (svg) void saved(svg, told(options.caption), file);
    });
  }
  host.addEventListener("change", (event) => {
    const { optimizer } = (event.target as HTMLElement).dataset;
    if (optimizer === undefined) return redraw();
    if (hidden.has(optimizer)) hidden.delete(optimizer);
    else hidden.add(optimizer);
    changed();
  });
  onChange(() => {
    for (const box of host.querySelectorAll<HTMLInputElement>("[data-optimizer]")) {
      box.checked = !hidden.has(box.dataset.optimizer as string);
    }
    redraw();
  });
  let width = 0;
  new ResizeObserver(() => {
    if (Math.abs(place.clientWidth - width) < 2) return;
    width = place.clientWidth;
    redraw();
  }).observe(place);
}

const legendOf = (names: readonly string[]): Html => {
  return html`<fieldset class="keys" aria-label="Optimizers shown">${names.map(
    (name) =>
      html`<label><input type="checkbox" checked data-optimizer="${name}"><i style="background:${lookOf(data, name).color}"></i>${name}</label>`,
  )}</fieldset>`;
};

/** A labelled select. */
export const select = (name: string, label: string, choices: readonly (readonly [string, string])[]): Html =>
  html`<label>${label} <select name="${name}">${choices.map(([value, text]) => html`<option value="${value}">${text}</option>`)}</select></label>`;

export const box = (name: string, label: string): Html =>
  html`<label><input type="checkbox" name="${name}">${label}</label>`;
