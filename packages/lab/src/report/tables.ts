import { colorOf } from "../figures/colors.ts";
import type { ReportComparison, ReportData, ReportTask } from "./data.ts";
import { type Html, html, raw } from "./html.ts";
import {
  formatNumber,
  formatSeconds,
  formatSecondsSpread,
  formatSpread,
  orMiss,
  percent,
} from "./numbers.ts";
import { leaders, rowsOf, scoreOf, timeShares } from "./results.ts";

/** The report's tables. `data-value` holds the number behind a cell, for the CSV. */

/** A table that scrolls on narrow screens, and what it shows. */
export interface Captioned {
  readonly note: Html;
  readonly table: Html;
}
const caption = (note: Html, table: Html): Captioned => ({ note, table });

const swatch = (data: ReportData, optimizer: string): Html =>
  html`<i style="background:${colorOf(data.optimizers.findIndex(({ name }) => name === optimizer))}"></i>`;

const number = (value: number | null | undefined, text?: string, best = false): Html => {
  const known = typeof value === "number" && !Number.isNaN(value);
  const data = known ? (Number.isFinite(value) ? value : "inf") : "";
  return html`<td data-value="${data}"${best ? raw(' class="best"') : ""}>${text ?? (known ? formatNumber(value) : "–")}</td>`;
};

/** One row an optimizer: what it did on a task. Whoever has not been beaten for sure is bold. */
export function resultTable(data: ReportData, task: ReportTask): Captioned {
  const [steps, time, final] = (["step", "time", "final"] as const).map((m) =>
    leaders(data, task.name, m),
  ) as [Set<string>, Set<string>, Set<string>];
  const metric = task.target?.metric ?? "metric";
  const tuned = data.sensitivities.some((s) => s.task === task.name);
  const rows = rowsOf(data, task.name).map((row) => {
    const name = row.optimizer;
    const there = row.reached > row.runs / 2;
    const sensitivity = data.sensitivities.find((s) => s.task === task.name && s.optimizer === name);
    const rule = data.targetRules.find((r) => r.task === task.name && r.optimizer === name);
    const { trials, diverged } = row.searched;
    return html`<tr><th scope="row">${swatch(data, name)}${name}</th>${number(row.learningRate)}
${number(row.steps?.median, there && row.steps ? formatSpread(row.steps) : "–", there && steps.has(name))}
${number(row.seconds?.median, there && row.seconds ? formatSecondsSpread(row.seconds) : "–", there && time.has(name))}
${number(row.final?.median, row.final ? formatSpread(row.final) : "–", row.final !== undefined && final.has(name))}
${number(row.millisecondsPerStep)}<td>${row.reached}/${row.runs}</td><td>${diverged}/${trials}</td>
<td>${rule === undefined || rule.c === null ? "–" : rule.met ? "yes" : "no"}</td>
${tuned ? number(sensitivity?.tunedForFree) : ""}</tr>`;
  });
  return caption(
    html`Median (range over seeds) at the setting that stands for each optimizer; bold: not beaten
for sure. Met: the mean of the final values meets the target by the one-sided rule (target − mean) √n ≥ c.`,
    html`<table><thead><tr><th scope="col">optimizer</th><th scope="col">learning rate</th><th scope="col">steps to target</th>
<th scope="col">time to target</th><th scope="col">final ${metric}</th><th scope="col">ms/step</th><th scope="col">reached</th>
<th scope="col">diverged</th><th scope="col">met</th>${
      tuned
        ? html`<th scope="col" title="Mean over the learning rates tried of best steps / steps: 1 if any rate does">tuned for free</th>`
        : ""
    }</tr></thead>
<tbody>${rows}</tbody></table>`,
  );
}

/** Scores by steps and by wall clock side by side, with the rank over resampled seeds. */
export function scoreTable(data: ReportData): Captioned {
  const order = data.scores[0]?.submissions.map(({ optimizer }) => optimizer) ?? [];
  const cells = (name: string, clock: "step" | "time") => {
    const score = scoreOf(data, clock, name);
    const rank = data.ranks.find((r) => r.clock === clock)?.optimizers.find((o) => o.optimizer === name);
    const range =
      rank && (rank.low === rank.high ? `${rank.rank}` : `${rank.rank} (${rank.low}–${rank.high})`);
    return [
      number(score?.score, score?.score.toFixed(4), leaders(data, null, clock).has(name)),
      number(score?.exact, score?.exact.toFixed(4)),
      number(rank?.rank, range ?? "–"),
      number(rank?.best, rank ? percent(rank.best) : "–"),
    ];
  };
  const heads = ["score", "exact", "rank (95 %)", "first"].map((name) => html`<th scope="col">${name}</th>`);
  return caption(
    html`Rank over resampled seeds with its 95 % range, and how often nobody is better.`,
    html`<table><thead><tr><th rowspan="2" scope="col">optimizer</th><th colspan="4" scope="colgroup" class="group">by steps</th>
<th colspan="4" scope="colgroup" class="group">by time</th></tr><tr>${heads}${heads}</tr></thead>
<tbody>${order.map(
      (name) =>
        html`<tr><th scope="row">${swatch(data, name)}${name}</th>${cells(name, "step")}${cells(name, "time")}</tr>`,
    )}</tbody></table>`,
  );
}

const measureNames = { step: "steps to target", time: "time to target", final: "final value" } as const;

/** Every comparison on a task (null: over all), with its interval and tests. */
export function comparisonTable({ comparisons }: ReportData, task: string | null): Captioned {
  const rows = comparisons
    .filter((c) => c.task === task)
    .map(
      (c) => html`<tr><th scope="row">${measureNames[c.measure]}</th><td>${c.a}</td><td>${c.b}</td>
${number(estimate(c, c.value))}${number(estimate(c, c.low))}${number(estimate(c, c.high))}${number(c.pairs)}
${number(c.signTest)}${number(c.signedRankTest)}<td>${c.misses.a}/${c.misses.b}</td><td>${c.winner ?? "tie"}</td></tr>`,
    );
  const heads = [
    "measure",
    "a",
    "b",
    "estimate",
    "low",
    "high",
    "pairs",
    "p, sign",
    "p, rank",
    "failed a/b",
    "verdict",
  ];
  return caption(
    html`Times: median of a / b over pairs. Final values: median of a − b.`,
    html`<table><thead><tr>${heads.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`,
  );
}

/** Null is infinite: of a difference only its sign is lost. */
const estimate = ({ measure }: ReportComparison, value: number | null): number =>
  measure === "final" ? (value ?? Number.NaN) : orMiss(value);

/** Where the time of all trials went. */
export function timeTable(data: ReportData): Captioned {
  const rows = timeShares(data).map(
    ({ name, seconds, share }) =>
      html`<tr><th scope="row">${name}</th>${number(seconds, formatSeconds(Math.max(0, seconds)))}${number(share, `${(100 * share).toFixed(1)} %`)}</tr>`,
  );
  return caption(
    html`The time of all ended trials by purpose; the wall clock was measured on its own.`,
    html`<table><thead><tr><th scope="col">purpose</th><th scope="col">time</th><th scope="col">share of the wall clock</th></tr></thead>
<tbody>${rows}</tbody></table>`,
  );
}
