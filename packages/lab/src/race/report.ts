import { curvesFigure } from "../figures/curves.ts";
import { colorOf } from "../figures/plot.ts";
import { sensitivityFigure } from "../figures/sensitivity.ts";
import { type Html, html, raw } from "../report/html.ts";
import { formatNumber, formatSeconds, formatSecondsSpread, formatSpread } from "../report/numbers.ts";
import { style } from "../report/style.ts";
import type { Task } from "../tasks/index.ts";
import type { Trial } from "../train/record.ts";
import { curvesOf, domainOf, type Measure, rateCurves } from "./curves.ts";
import { countTrials, type RacePlan, stepsOf } from "./plan.ts";
import type { Entry } from "./race.ts";
import { type EntrySummary, finalValue, judge } from "./summary.ts";
import { targetText, taskSentences } from "./words.ts";

export interface ReportFacts {
  /** The command that made it. */
  readonly command: string;
  /** Machine and software, for example "4 x Example CPU, Node 20.1". */
  readonly machine: string;
  readonly date: string;
  /** Digest over all trials' final parameters. */
  readonly digest: string;
}

export interface Figure {
  readonly name: string;
  readonly caption: string;
  readonly svg: string;
}

/** The figures of one task. */
export function taskFigures(task: Task, entries: readonly Entry[]): Figure[] {
  const { metric, value } = task.target;
  const validation = (name: string): Measure => ({ kind: "validation", metric: name });
  const measures: { name: string; title: string; measure: Measure; target?: number }[] = [
    { name: "train-loss", title: "Training loss", measure: { kind: "train" } },
    ...(metric === "loss" ? [] : [{ name: "loss", title: "Validation loss", measure: validation("loss") }]),
    { name: metric, title: `Validation ${metric}`, measure: validation(metric), target: value },
  ];
  const curves = measures.flatMap(({ name, title, measure, target }) =>
    (["step", "seconds"] as const).map((by): Figure => {
      const lines = curvesOf(entries, measure, by);
      const loss = measure.kind === "train" || measure.metric === "loss";
      const domain = domainOf(lines, loss ? "min" : task.target.direction, target);
      const x = by === "step" ? "training step" : "seconds of training";
      const svg = curvesFigure({
        curves: lines,
        x,
        y: title.toLowerCase(),
        target,
        ...(domain && { domain }),
      });
      return {
        name: `${task.name}-${name}-by-${by}`,
        caption: `${title} by ${by === "step" ? "step" : "time"}`,
        svg,
      };
    }),
  );
  if (entries.every((entry) => entry.tuning.length === 0)) return curves;
  const svg = sensitivityFigure({ curves: rateCurves(entries), y: `final validation ${metric}` });
  return [...curves, { name: `${task.name}-learning-rates`, caption: "Learning rates tried (seed 0)", svg }];
}

/** The whole race as one HTML page that needs nothing else. */
export function raceReport(plan: RacePlan, summaries: readonly EntrySummary[], facts: ReportFacts): string {
  const names = plan.optimizers.map((o) => o.name);
  const of = (task: Task) => summaries.filter((s) => s.entry.task === task);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${names.join(" / ")}: a Steepest race</title>
<style>${raw(style)}</style>
</head>
<body><main>
<h1>${names.join(", ")} on ${plan.tasks.length === 1 ? "one task" : `${plan.tasks.length} tasks`}</h1>
<p class="soft">A race by Steepest, ${facts.date}. ${rules(plan)}</p>
<ul>${plan.tasks.map((task) => {
    const [headline] = taskSentences(task, of(task));
    return html`<li><a href="#${task.name}">${task.title}</a>. ${headline}</li>`;
  })}</ul>
${plan.tasks.map((task) => taskSection(plan, task, of(task)))}
<h2>How it was run</h2>
<p>${facts.machine}; executor ${plan.executor}. Every trial is one file of JSON lines in the folder of this page. The
digest over all final parameters is <code>${facts.digest}</code>: the same command on the same machine gives the same one.</p>
<pre>${facts.command}</pre>
</main></body>
</html>
`;
  return page.text;
}

function rules({ seeds, tune, optimizers }: RacePlan): string {
  const tuning =
    tune > 1
      ? `Each optimizer had the same tuning budget, ${tune} learning rates a factor of 3 apart around its default, ` +
        "judged on validation with seed 0"
      : "Each optimizer ran at its default learning rate";
  return `${tuning}, then ran with ${seeds} other seed${seeds === 1 ? "" : "s"}. ${
    optimizers.length > 1 ? "Bands and ranges span all seeds; ranges that overlap are called a tie." : ""
  }`;
}

const swatch = (index: number): Html => html`<i style="background:${colorOf(index)}"></i>`;

const legend = (names: readonly string[]): Html =>
  html`<ul class="legend">${names.map((name, i) => html`<li>${swatch(i)}${name}</li>`)}</ul>`;

function taskSection(plan: RacePlan, task: Task, summaries: readonly EntrySummary[]): Html {
  const entries = summaries.map((s) => s.entry);
  return html`
<h2 id="${task.name}">${task.title}</h2>
<p class="soft">${task.description} Batches of ${task.batchSize}, ${stepsOf(task, plan.budget)} steps; target:
validation ${targetText(task.target)}.</p>
<ul>${taskSentences(task, summaries).map((sentence) => html`<li>${sentence}</li>`)}</ul>
<div class="scroll">${resultTable(task, summaries)}</div>
${legend(plan.optimizers.map((o) => o.name))}
<div class="figures">${taskFigures(task, entries).map(
    ({ caption, svg }) => html`<figure><figcaption>${caption}</figcaption>${raw(svg)}</figure>`,
  )}</div>
<details><summary>All ${countTrials({ ...plan, tasks: [task] })} trials</summary>
<div class="scroll">${trialTable(task, entries)}</div></details>`;
}

function resultTable(task: Task, summaries: readonly EntrySummary[]): Html {
  const { target } = task;
  const steps = new Set(judge(summaries, (s) => s.stepsToTarget, "min").leaders);
  const seconds = new Set(judge(summaries, (s) => s.secondsToTarget, "min").leaders);
  const final = new Set(judge(summaries, (s) => s.final, target.direction).leaders);
  const best = (set: Set<EntrySummary>, s: EntrySummary) => (set.has(s) ? raw(' class="best"') : "");
  const reached = (s: EntrySummary) => s.reached > s.entry.trials.length / 2;
  return html`<table>
<thead><tr><th>optimizer</th><th>learning rate</th><th>steps to target</th><th>time to target</th>
<th>final ${target.metric}</th><th>ms/step</th><th>reached</th></tr></thead>
<tbody>${summaries.map(
    (s, i) => html`<tr><td>${swatch(i)}${s.entry.optimizer.name}</td><td>${s.entry.learningRate}</td>
<td${best(steps, s)}>${reached(s) ? formatSpread(s.stepsToTarget) : "–"}</td>
<td${best(seconds, s)}>${reached(s) ? formatSecondsSpread(s.secondsToTarget) : "–"}</td>
<td${best(final, s)}>${s.final ? formatSpread(s.final) : "–"}</td>
<td>${formatNumber(s.millisecondsPerStep)}</td><td>${s.reached}/${s.entry.trials.length}</td></tr>`,
  )}</tbody></table>`;
}

function trialTable(task: Task, entries: readonly Entry[]): Html {
  const rows = entries.flatMap((entry) => [
    ...entry.tuning.map((trial) => ({ entry, trial, use: "tuning" })),
    ...entry.trials.map((trial) => ({ entry, trial, use: "race" })),
  ]);
  const row = ({ entry, trial, use }: { entry: Entry; trial: Trial; use: string }) => {
    const { spec } = trial.start;
    const value = finalValue(trial, task.target.metric);
    return html`<tr><td>${entry.optimizer.name}</td><td>${use}</td><td>${spec.seed}</td>
<td>${spec.hyperparameters.learningRate}</td><td>${trial.end?.status} after ${trial.end?.step}</td>
<td>${value === undefined ? "–" : formatNumber(value)}</td><td>${formatSeconds(trial.end?.seconds ?? Number.NaN)}</td>
<td><code>${trial.start.trial}</code></td><td><code>${trial.end?.digest}</code></td></tr>`;
  };
  return html`<table><thead><tr><th>optimizer</th><th>use</th><th>seed</th><th>learning rate</th><th>steps</th>
<th>final ${task.target.metric}</th><th>training time</th><th>trial</th><th>parameters</th></tr></thead>
<tbody>${rows.map(row)}</tbody></table>`;
}
