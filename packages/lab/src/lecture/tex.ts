import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import katex from "katex";
import { type Html, html, raw } from "../report/html.ts";

/** Formulas in pages that open offline: KaTeX's HTML, with its style sheet and fonts inside the page. */

/**
 * A displayed formula.
 *
 * @throws Error naming the formula and the place when it is not TeX.
 */
export const formula = (tex: string): Html =>
  raw(katex.renderToString(tex, { displayMode: true, strict: true }));

/** Text whose parts between dollar signs are formulas. */
export function withFormulas(text: string): Html {
  const parts = text.split("$");
  if (parts.length % 2 === 0) throw new Error(`TeX: a closing $ is missing in "${text}"`);
  return html`${parts.map((part, i) => (i % 2 === 0 ? part : raw(katex.renderToString(part, { strict: true }))))}`;
}

/** KaTeX's fonts that formulas of the lecture use, and what in the markup asks for those that are seldom needed. */
const fonts: [file: string, needed?: RegExp][] = [
  ["KaTeX_Main-Regular"],
  ["KaTeX_Math-Italic"],
  ["KaTeX_Size1-Regular"],
  ["KaTeX_Size2-Regular"],
  ["KaTeX_Size3-Regular"],
  ["KaTeX_Size4-Regular"],
  ["KaTeX_AMS-Regular", /class="[^"]*(mathbb|amsrm)/],
];

/** The style sheet for the formulas of a page, fonts included: about 130 kB. */
export function formulaStyle(body: string): string {
  const folder = dirname(createRequire(import.meta.url).resolve("katex/dist/katex.min.css"));
  const css = readFileSync(join(folder, "katex.min.css"), "utf8");
  const wanted = fonts
    .filter(([, needed]) => needed === undefined || needed.test(body))
    .map(([file]) => file);
  return css.replace(/@font-face\{[^}]*\}/g, (face) => {
    const file = wanted.find((name) => face.includes(`fonts/${name}.woff2`));
    if (file === undefined) return "";
    const data = readFileSync(join(folder, "fonts", `${file}.woff2`)).toString("base64");
    return face.replace(/src:[^}]*/, `src:url(data:font/woff2;base64,${data}) format("woff2")`);
  });
}
