import type { ReportTrial } from "../data.ts";
import { type Html, html } from "../html.ts";
import { formatNumber, formatSeconds } from "../numbers.ts";
import { entryOf, varied } from "../results.ts";
import { saveCsv } from "./save.ts";
import { brush, brushed, data, onChange } from "./state.ts";

/** The list of all trials: sorted by a click on a head, filtered by words and by what is brushed. */

/** "learningRate 0.01, b1 0.9": what differs between the settings of its task and optimizer. */
export function settingText(trial: ReportTrial): string {
  const entry = entryOf(data, trial.task, trial.optimizer);
  const names = entry === undefined ? [] : varied(entry);
  const shown = names.length > 0 ? names : Object.keys(trial.hyperparameters).slice(0, 1);
  return shown.map((name) => `${name} ${formatNumber(trial.hyperparameters[name] ?? Number.NaN)}`).join(", ");
}

interface Column {
  readonly name: string;
  readonly value: (trial: ReportTrial) => string | number | null;
  readonly text?: (trial: ReportTrial) => string | Html;
}

const columns: readonly Column[] = [
  {
    name: "trial",
    value: ({ id }) => id,
    text: ({ id }) => html`<a href="#trial/${id}"><code>${id.slice(0, 8)}</code></a>`,
  },
  { name: "task", value: ({ task }) => task },
  { name: "optimizer", value: ({ optimizer }) => optimizer },
  { name: "setting", value: settingText },
  { name: "seed", value: ({ seed }) => seed },
  { name: "use", value: ({ use }) => use },
  { name: "status", value: ({ status }) => status },
  { name: "steps", value: ({ steps }) => steps },
  { name: "final", value: ({ final }) => final },
  { name: "steps to target", value: ({ hit }) => hit?.step ?? null },
  {
    name: "time to target",
    value: ({ hit }) => hit?.seconds ?? null,
    text: ({ hit }) => (hit ? formatSeconds(hit.seconds) : "–"),
  },
  {
    name: "training time",
    value: ({ seconds }) => seconds.training,
    text: ({ seconds }) => formatSeconds(seconds.training),
  },
];

const textOf = ({ value, text }: Column, trial: ReportTrial): string | Html => {
  if (text !== undefined) return text(trial);
  const raw = value(trial);
  return typeof raw === "number" ? formatNumber(raw) : (raw ?? "–");
};

export function trialList(host: HTMLElement): void {
  let [sortBy, ascending] = [-1, true];
  host.innerHTML =
    html`<div class="tools"><label>Filter <input type="search" name="filter" placeholder="muon diverged"></label>
<span class="count" aria-live="polite"></span><button type="button" data-clear hidden>Clear the brush</button>
<span class="end"><button type="button" data-csv>CSV</button></span></div>
<div class="scroll" tabindex="0" role="region" aria-label="All trials"><table><thead><tr>${columns.map(
      ({ name }, i) => html`<th scope="col"><button type="button" data-sort="${i}">${name}</button></th>`,
    )}</tr></thead><tbody></tbody></table></div>`.text;
  const find = <T extends HTMLElement>(selector: string) => host.querySelector(selector) as T;
  const filter = find<HTMLInputElement>("input");
  const table = find<HTMLTableElement>("table");
  const show = () => {
    const ids = brushed();
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kept = data.trials.filter((trial) => {
      if (ids !== undefined && !ids.has(trial.id)) return false;
      const text = columns
        .map(({ value }) => value(trial))
        .join(" ")
        .toLowerCase();
      return words.every((word) => text.includes(word));
    });
    const column = columns[sortBy];
    if (column !== undefined)
      kept.sort((a, b) => (ascending ? 1 : -1) * order(column.value(a), column.value(b)));
    (table.tBodies[0] as HTMLElement).innerHTML = html`${kept.map(
      (trial) =>
        html`<tr>${columns.map((c) => html`<td data-value="${c.value(trial) ?? ""}">${textOf(c, trial)}</td>`)}</tr>`,
    )}`.text;
    find(".count").textContent =
      kept.length === data.trials.length
        ? `${kept.length} trials`
        : `${kept.length} of ${data.trials.length} trials`;
    find("[data-clear]").hidden = ids === undefined;
  };
  filter.addEventListener("input", show);
  find("[data-clear]").addEventListener("click", () => brush(undefined));
  find("[data-csv]").addEventListener("click", () => saveCsv(table, "trials"));
  table.tHead?.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>("[data-sort]");
    if (button === null) return;
    const by = Number(button.dataset.sort);
    [sortBy, ascending] = [by, by === sortBy ? !ascending : true];
    for (const [i, head] of [...(table.tHead?.querySelectorAll("th") ?? [])].entries()) {
      if (i === by) head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    }
    show();
  });
  onChange(show);
  show();
}

/** Numbers by size, words by the alphabet, what is absent last. */
function order(a: string | number | null, b: string | number | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
}
