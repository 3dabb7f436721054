import { type Html, html, raw } from "../report/html.ts";
import { style } from "../report/style.ts";
import type { Item } from "./item.ts";
import type { Result } from "./result.ts";
import { formula, formulaStyle, withFormulas } from "./tex.ts";
import type { Verdict } from "./verdict.ts";

const own = `
.claim { overflow-x: auto; overflow-y: hidden; margin: 8px 0; }
.katex { font-size: 1.05em; }
td { white-space: normal; text-align: left; vertical-align: top; }
th { text-align: left; }
.verdict { font-weight: 700; }
.holds { color: #2f8f63; } .fails { color: #d1495b; } .open { color: #b97a10; }
figcaption { font-weight: 400; max-width: 46em; }
figure svg, figure img { max-width: 100%; height: auto; }
@media (max-width: 700px) { figure { overflow-x: auto; } figure > svg { min-width: 660px; } }
`;

const colour: Record<Verdict, string> = { holds: "holds", "does not hold": "fails", inconclusive: "open" };
const verdict = (v: Verdict): Html => html`<span class="verdict ${colour[v]}">${v}</span>`;

const page = (title: string, body: Html): string =>
  html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${raw(style + own + (body.text.includes('class="katex"') ? formulaStyle(body.text) : ""))}</style></head>
<body><main>${body}</main></body></html>
`.text;

/** The page of one item: the claim, what it assumes, the figure, every check with its numbers. */
export function itemPage(item: Item, result: Result, svg: string): string {
  return page(
    item.title,
    html`<p class="soft"><a href="../index.html">All claims</a></p>
<h1>${item.title}</h1>
<p>${verdict(result.verdict)}</p>
<div class="claim">${formula(item.claim)}</div>
<p>${withFormulas(item.about)}</p>
<p class="soft">${item.source}</p>
<figure>${raw(svg)}</figure>
${result.caption === undefined ? "" : html`<figure><img src="animation.gif" alt="${result.caption}" width="560"><figcaption>${result.caption}</figcaption></figure>`}
<p class="soft"><a href="figure.svg">SVG</a> · <a href="figure.png">PNG</a> · <a href="data.csv">CSV</a> · <a href="result.json">JSON</a>${result.caption === undefined ? "" : raw(` · <a href="animation.json">frames</a>`)}</p>
${(result.tables ?? []).map(
  (
    t,
  ) => html`<h2>${t.title}</h2><div class="scroll"><table><tr>${t.header.map((h) => html`<th>${h}</th>`)}</tr>
${t.rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</table></div>`,
)}
<h2>Checks</h2>
<p class="soft">${result.seeds} seeds where anything is random; means with 95 % intervals. A bound holds when the interval's upper end is below it everywhere, and does not hold when the lower end, widened for the number of places looked at, is above it somewhere.</p>
<div class="scroll"><table><tr><th>claim</th><th>verdict</th><th>numbers</th></tr>
${result.checks.map((c) => html`<tr><td>${c.claim}</td><td>${verdict(c.verdict)}</td><td>${c.detail}</td></tr>`)}</table></div>
<h2>Assumptions</h2>
<div class="scroll"><table><tr><th>assumption</th><th>problem</th><th>satisfied</th><th>why</th></tr>
${result.assumptions.map((a) => html`<tr><td>${withFormulas(a.text)}</td><td>${a.problem}</td><td>${a.satisfied ? "yes" : "no"}</td><td>${a.why}</td></tr>`)}</table></div>
${(result.notes ?? []).length > 0 ? html`<h2>Notes</h2><ul>${(result.notes ?? []).map((n) => html`<li>${withFormulas(n)}</li>`)}</ul>` : ""}
<p class="soft">specification ${result.specification}${result.quick ? ", quick" : ""}, ${result.seconds.toFixed(1)} s</p>
<details><summary>The claim in TeX</summary><pre>${item.claim}</pre></details>`,
  );
}

/** The list of all results; `outdated` ones are of other code, data or seeds. */
export function indexPage(rows: readonly { item: Item; result: Result; outdated: boolean }[]): string {
  const count = (v: Verdict) => rows.filter(({ result }) => result.verdict === v).length;
  const counts = (["holds", "inconclusive", "does not hold"] as const).filter((v) => count(v) > 0);
  return page(
    "The lecture, recomputed",
    html`<h1>The lecture, recomputed</h1>
<p>Every claim is run on real or stated data and judged by its numbers. ${counts.map((v, i) => html`${i > 0 ? ", " : ""}${verdict(v)}: ${count(v)}`)}.</p>
<div class="scroll"><table><tr><th>claim</th><th>verdict</th><th>checks</th><th>seconds</th></tr>
${rows.map(({ item, result, outdated }) => {
  const remarks = [...(result.quick ? ["quick"] : []), ...(outdated ? ["outdated"] : [])].join(", ");
  return html`<tr><td><a href="${item.id}/index.html">${item.title}</a><br><span class="soft">${item.line}</span></td><td>${verdict(result.verdict)}${remarks === "" ? "" : html`<br><span class="soft">${remarks}</span>`}</td><td>${result.checks.filter((c) => c.verdict === "holds").length} of ${result.checks.length} hold</td><td>${result.seconds.toFixed(1)}</td></tr>`;
})}</table></div>
${rows.some((r) => r.outdated) ? html`<p class="soft">outdated: run with other code, data or seeds than these; \`steepest lecture ID\` runs it again.</p>` : ""}`,
  );
}
