import { shortNumber } from "@steepest/lab/drawing";
import type { ReportData, ReportTrial } from "@steepest/lab/format";
import { h } from "../ui/dom.ts";
import { effect } from "../ui/signal.ts";
import { colorOf } from "../ui/theme.ts";
import { type Column, columnsOf, sortingOf, taskOf, trialsOf } from "./select.ts";
import { statuses } from "./state.ts";
import type { ResultsStore } from "./store.ts";
import type { ResultsTexts } from "./texts/index.ts";

/** A row for each shown trial. Rows are made once; sorting and filtering only arrange them. */
export function trialTable(store: ResultsStore, report: ReportData, text: ResultsTexts): HTMLElement {
  const { state, patch } = store;
  const trials = trialsOf(report, state.peek());
  const columns = columnsOf(trials);
  const { target } = taskOf(report, state.peek());
  const titleOf = ({ key, hyperparameter }: Column): string =>
    hyperparameter
      ? key
      : key === "final" && target
        ? `${text.columns.final} ${target.metric}`
        : (text.columns[key] ?? key);
  const heads = columns.map((column) => {
    const button = h(
      "button",
      {
        type: "button",
        onclick: () => {
          const { key, descending } = sortingOf(report, state.peek());
          patch({ sort: column.key, descending: key === column.key && !descending });
        },
      },
      titleOf(column),
    );
    const head = h("th", { scope: "col" }, button);
    effect(() => {
      const { key, descending } = sortingOf(report, state.value);
      head.ariaSort = key === column.key ? (descending ? "descending" : "ascending") : "none";
    });
    return head;
  });
  const rows = new Map(trials.map((trial) => [trial.id, rowOf(store, report, columns, trial, text)]));
  const body = h("tbody");
  const unmark = h("button", { type: "button", onclick: () => patch({ selected: [] }) });
  effect(() => {
    body.replaceChildren(...store.shown.value.map(({ id }) => rows.get(id)?.row as HTMLElement));
  });
  let marked = new Set<string>();
  effect(() => {
    const now = new Set(state.value.selected);
    for (const id of marked) if (!now.has(id)) rows.get(id)?.mark(false);
    for (const id of now) rows.get(id)?.mark(true);
    marked = now;
    unmark.hidden = now.size === 0;
    unmark.textContent = text.unmark(now.size);
  });
  return h(
    "section",
    { class: "trials" },
    h("div", { class: "head" }, h("h2", {}, text.trials), unmark),
    h(
      "div",
      { class: "table", tabindex: 0, role: "group", "aria-label": text.trials },
      h(
        "table",
        {},
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("th", { scope: "col" }, text.compare),
            ...heads,
            h("th", { scope: "col" }, text.details),
          ),
        ),
        body,
      ),
    ),
  );
}

function rowOf(
  { state, patch }: ResultsStore,
  report: ReportData,
  columns: readonly Column[],
  trial: ReportTrial,
  text: ResultsTexts,
) {
  const { id } = trial;
  const box = h("input", {
    type: "checkbox",
    "aria-label": text.mark(id),
    onchange: () => {
      const others = state.peek().selected.filter((other) => other !== id);
      patch({ selected: box.checked ? [...others, id] : others });
    },
  });
  const cell = (column: Column): HTMLElement => {
    const value = column.value(trial);
    if (column.key === "optimizer") {
      const swatch = h("span", { class: "swatch" });
      swatch.style.background = colorOf(report.optimizers.findIndex(({ name }) => name === trial.optimizer));
      return h("td", {}, swatch, trial.optimizer);
    }
    if (column.key === "status") {
      const status = statuses.find((known) => known === value) ?? "waiting";
      return h("td", { class: `status ${status}` }, text.statuses[status]);
    }
    return h("td", { class: "number" }, value === null ? "–" : shortNumber(Number(value)));
  };
  const open = h(
    "button",
    { type: "button", class: "link", "aria-label": text.open(id), onclick: () => patch({ trial: id }) },
    id.slice(0, 6),
  );
  const row = h("tr", {}, h("td", {}, box), ...columns.map(cell), h("td", {}, open));
  return {
    row,
    mark(isMarked: boolean) {
      box.checked = isMarked;
      row.classList.toggle("marked", isMarked);
    },
  };
}
