import { type ReportData, type ReportSentence, type ReportTask, reportElement } from "./data.ts";
import { type Html, html, raw } from "./html.ts";
import { percent } from "./numbers.ts";
import { reportStyle, style } from "./style.ts";
import { type Captioned, comparisonTable, resultTable, scoreTable, timeTable } from "./tables.ts";
import { targetText } from "./words.ts";

/**
 * The report as one HTML page that needs nothing else. Words and tables stand in it as text; its script draws the
 * figures from the data that the page carries.
 *
 * @param script the page's program, as one script without imports (report/bundle.ts)
 */
export function renderReport(data: ReportData, script: string): string {
  // In a script element only these could end it early.
  const json = JSON.stringify(data).replaceAll("<", "\\u003c");
  const code = script.replaceAll("</script", "<\\/script");
  const task = data.tasks.length === 1 ? (data.tasks[0]?.title ?? "") : `${data.tasks.length} tasks`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${data.title} (Steepest)</title>
<style>${raw(style + reportStyle)}</style>
</head>
<body>
<a class="skip" href="#summary">Skip to the summary</a>
<header class="bar"><a class="home" href="#">${data.title}</a>
<nav aria-label="Sections">${sections(data).map(([id, name]) => html`<a href="#${id}">${name}</a>`)}</nav>
<button type="button" id="theme" hidden>Theme: as the system</button></header>
<main id="report">
<h1>${data.optimizers.map(({ name }) => name).join(", ")} on ${task}</h1>
<p class="soft">A ${data.kind} by Steepest, ${data.made.slice(0, 10)}: ${data.trials.length} trials. ${data.protocol}</p>
<noscript><p class="warning">The figures, the list of trials and their pages are drawn by a script, which this browser does
not run; the words and tables below are complete.</p></noscript>
${summarySection(data)}
${data.scores.length > 0 ? scoreSection(data) : ""}
${data.tasks.map((one) => taskSection(data, one))}
<section id="trials"><h2>All trials</h2><div data-part="trials"></div></section>
${methodSection(data)}
</main>
<main id="trial" hidden></main>
<script type="application/json" id="${reportElement}">${raw(json)}</script>
<script>${raw(code)}</script>
</body>
</html>
`.text;
}

const sections = (data: ReportData): [string, string][] => [
  ["summary", "Summary"],
  ...(data.scores.length > 0 ? ([["scores", "Scores"]] as [string, string][]) : []),
  ...data.tasks.map(({ name }): [string, string] => [`task-${name}`, name]),
  ["trials", "Trials"],
  ["method", "Method"],
];

const sentenceItem = ({ kind, text }: ReportSentence): Html =>
  html`<li class="${kind}"><span class="badge">${kind}</span> ${text}</li>`;

/** Over all tasks, then the first sentence about each. */
function summarySection({ sentences, tasks }: ReportData): Html {
  const overall = sentences.filter(({ task }) => task === null);
  const first = tasks.flatMap(({ name, title }) => {
    const sentence = sentences.find(({ task }) => task === name);
    if (sentence === undefined) return [];
    return [
      html`<li class="${sentence.kind}"><span class="badge">${sentence.kind}</span>
<a href="#task-${name}">${title}</a>. ${sentence.text}</li>`,
    ];
  });
  const verdicts = overall.filter(({ kind }) => kind !== "note");
  const notes = overall.filter(({ kind }) => kind === "note");
  return html`<section id="summary"><h2>Summary</h2>
<ul class="sentences">${verdicts.map(sentenceItem)}${first}${notes.map(sentenceItem)}</ul></section>`;
}

function scoreSection(data: ReportData): Html {
  return html`<section id="scores"><h2>Scores</h2>
<p>AlgoPerf's score: the area under the performance profile, the share of tasks solved within τ times the time of the
fastest, from τ = 1 to 4; 1 is best. A run that misses the target counts as infinitely slow. Scores depend on the whole
set of optimizers. By steps the machine does not matter; by time it does.</p>
${table("scores", scoreTable(data))}
<div class="figures"><figure data-part="profile" data-clock="step"></figure><figure data-part="profile" data-clock="time"></figure></div>
</section>`;
}

function taskSection(data: ReportData, task: ReportTask): Html {
  const { name, title, description, batchSize, steps, target } = task;
  const own = data.sentences.filter((sentence) => sentence.task === name);
  const searched = data.sensitivities.some((s) => s.task === name);
  const many = data.entries.some((entry) => entry.task === name && entry.settings.length > 2);
  return html`<section id="task-${name}"><h2>${title}</h2>
<p class="soft">${description} ${batchSize > 0 ? `Batches of ${batchSize}, ${steps} steps` : `${steps} steps`}${
    target ? `; target: validation ${targetText(target)}` : ""
  }.</p>
<ul class="sentences">${own.map(sentenceItem)}</ul>
${table(`results-${name}`, resultTable(data, task))}
<div class="figures"><figure data-part="curves" data-task="${name}"></figure>
${searched ? html`<figure data-part="sensitivity" data-task="${name}"></figure>` : ""}</div>
${many ? html`<figure data-part="parallel" data-task="${name}"></figure>` : ""}
${
  data.comparisons.some((c) => c.task === name)
    ? html`<details><summary>Comparisons, pair by pair</summary>${table(`comparisons-${name}`, comparisonTable(data, name))}</details>`
    : ""
}
</section>`;
}

function methodSection(data: ReportData): Html {
  const { machine, executor, threads, code, digest, command, seeds } = data;
  const first = data.comparisons[0];
  return html`<section id="method"><h2>How it was run, and how it was judged</h2>
<p>${machine}; executor ${executor}${threads === null ? "" : `, ${threads} thread${threads === 1 ? "" : "s"} a trial`}; code
${code.join(", ")}; seeds ${seeds.join(", ")}. The digest over all final parameters is <code>${digest}</code>: equal runs
give equal digests. It is run again by</p>
<pre>${command}</pre>
<p>Training time is that of batches and steps; evaluation, logging and checkpoints are off the clock. A time to target is
that of the first evaluation that met it. Comparisons are paired: the same task and seed on both sides; the interval is a
percentile bootstrap of the median over pairs${first ? ` at ${percent(first.confidence)}` : ""}, for each comparison by itself. A
winner's interval leaves out "equal", and there are enough pairs for any outcome to convince; everything else is called a
tie. The sign test and the signed-rank permutation test are exact and two-sided.</p>
${table("time", timeTable(data))}
<details><summary>Over all tasks, pair by pair</summary>${table("comparisons", comparisonTable(data, null))}</details>
</section>`;
}

/** The page's script adds the download. */
const table = (name: string, { note, table }: Captioned): Html =>
  html`<div class="table" data-table="${name}"><div class="scroll" tabindex="0" role="region" aria-label="Table: ${name}">${table}</div>
<p class="note">${note}</p></div>`;
