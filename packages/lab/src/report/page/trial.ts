import type { ReportTrial } from "../data.ts";
import { type Html, html } from "../html.ts";
import { formatNumber, formatSeconds } from "../numbers.ts";
import { taskOf } from "../results.ts";
import { trialCurves } from "./curves.ts";
import { data } from "./state.ts";
import { settingText } from "./trials.ts";

/** The page of one trial: all its facts, its curves, and the command that runs it again. */
export function showTrial(host: HTMLElement, id: string): void {
  const trial = data.trials.find((t) => t.id === id);
  if (trial === undefined) {
    host.innerHTML = html`<h1>No trial ${id}</h1><p><a href="#trials">All trials</a></p>`.text;
    return;
  }
  const task = taskOf(data, trial.task);
  const at = data.trials.indexOf(trial);
  const link = (other: ReportTrial | undefined, text: string) =>
    other ? html`<a href="#trial/${other.id}">${text}</a>` : "";
  const siblings = data.trials.filter(
    (t) =>
      t !== trial && t.task === trial.task && t.optimizer === trial.optimizer && t.setting === trial.setting,
  );
  const command = `steepest trial ${quoted(reportPath())} ${trial.id}`;
  host.innerHTML =
    html`<p class="soft"><a href="#trials">All trials</a> ${link(data.trials[at - 1], "← previous")}
${link(data.trials[at + 1], "next →")}</p>
<h1>${trial.optimizer} on ${task.title}, seed ${trial.seed}</h1>
<p class="soft">${settingText(trial)}. ${trial.use === "tuning" ? "It only helped to choose a setting." : "It counts as a result."}</p>
<dl class="facts">${facts(trial).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<h2>Curves</h2><figure data-part="trial"></figure>
<h2>Run it again</h2>
<p>This trains the trial anew from its specification, shows every evaluation, and says whether the final parameters are the
same bit for bit (in a clone of the repository: <code>npm run steepest -- trial …</code>).</p>
<div class="command"><pre>${command}</pre><button type="button" data-copy>Copy</button></div>
<h2>Its specification</h2><pre>${JSON.stringify(trial.spec, undefined, 2)}</pre>
${
  siblings.length > 0
    ? html`<h2>The same setting with other seeds</h2><ul>${siblings.map(
        (t) =>
          html`<li>${link(t, `seed ${t.seed}`)}${t.use === "tuning" ? " (tuning)" : ""}: ${t.status}${
            t.final === null ? "" : `, final ${formatNumber(t.final)}`
          }${t.hit ? `, target after ${t.hit.step} steps` : ""}</li>`,
      )}</ul>`
    : ""
}`.text;
  trialCurves(host.querySelector("figure") as HTMLElement, task, trial);
  const button = host.querySelector("[data-copy]") as HTMLElement;
  button.addEventListener("click", () => {
    void copy(command, host.querySelector(".command pre") as HTMLElement).then(() => {
      button.textContent = "Copied";
    });
  });
}

const statusText: Record<ReportTrial["status"], string> = {
  finished: "finished",
  diverged: "diverged: its loss was no longer finite",
  stopped: "stopped early, as the study asked",
  interrupted: "interrupted: it has not ended",
  waiting: "it has not begun",
};

function facts(trial: ReportTrial): [string, string | Html][] {
  const { seconds, hit, final, spec } = trial;
  const metric = taskOf(data, trial.task).target?.metric ?? "value";
  const { wall, ...parts } = seconds;
  const share = (value: number) => (wall ? ` (${((100 * value) / wall).toFixed(1)} %)` : "");
  const split = Object.entries(parts).map(
    ([name, value]) => `${name} ${formatSeconds(value)}${share(value)}`,
  );
  const parameters = Object.entries(trial.hyperparameters).map(
    ([name, value]) => `${name} ${formatNumber(value)}`,
  );
  return [
    ["status", `${statusText[trial.status]}, after ${trial.steps} of ${String(spec.steps)} steps`],
    ["hyperparameters", parameters.join(", ")],
    [`final ${metric}`, final === null ? "–" : formatNumber(final)],
    [
      "target",
      hit
        ? `met at evaluation ${hit.evaluation}: ${hit.step} steps, ${formatSeconds(hit.seconds)}`
        : "not met",
    ],
    ["time", `${wall === null ? "" : `${formatSeconds(wall)} in all: `}${split.join(", ")}`],
    ["started", trial.started ?? "–"],
    [
      "executor",
      `${String(spec.executor)}${spec.threads === undefined ? "" : `, threads ${String(spec.threads)}`}`,
    ],
    ["code", String(spec.code)],
    ["trial", html`<code>${trial.id}</code>`],
    ["final parameters", html`<code>${trial.digest ?? "–"}</code>`],
  ];
}

/** Where this page lies, for a shell. */
const reportPath = (): string =>
  location.protocol === "file:"
    ? decodeURIComponent(location.pathname)
    : location.pathname.split("/").at(-1) || "report.html";

const quoted = (path: string): string =>
  /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;

/** Copies text; where the browser does not let it, selects it. */
async function copy(text: string, element: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    getSelection()?.selectAllChildren(element);
  }
}
