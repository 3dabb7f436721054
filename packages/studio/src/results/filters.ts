import { shortNumber } from "@steepest/lab/drawing";
import type { ReportData } from "@steepest/lab/format";
import { choice, toggle } from "../ui/controls.ts";
import { h } from "../ui/dom.ts";
import { effect } from "../ui/signal.ts";
import { colorOf } from "../ui/theme.ts";
import { knobsOf, taskOf, trialsOf } from "./select.ts";
import { initialResults, statuses, uses } from "./state.ts";
import type { ResultsStore } from "./store.ts";
import type { ResultsTexts } from "./texts/index.ts";

/** Which trials are shown. */
export function filters(store: ResultsStore, report: ReportData, text: ResultsTexts): HTMLElement {
  const { state, patch } = store;
  const trials = trialsOf(report, state.peek());
  const names = report.optimizers
    .map(({ name }) => name)
    .filter((name) => trials.some((t) => t.optimizer === name));
  const present = statuses.filter((status) => trials.some((trial) => trial.status === status));
  const hasTuning = new Set(trials.map(({ use }) => use)).size > 1;
  const count = h("p", { class: "help", role: "status" });
  effect(() => {
    count.textContent = text.count(store.shown.value.length, trials.length);
  });
  const visible = (key: string, label: string, color?: string) =>
    toggle(
      label,
      () => !state.value.hidden.includes(key),
      (isOn) => {
        const others = state.peek().hidden.filter((other) => other !== key);
        patch({ hidden: isOn ? others : [...others, key] });
      },
      color,
    );
  return h(
    "section",
    { class: "filters" },
    h("h2", {}, text.filters),
    report.tasks.length > 1 &&
      choice(
        text.task,
        report.tasks.map(({ name, title }) => [name, title] as const),
        () => taskOf(report, state.value).name,
        (task) => patch({ task, selected: [], ranges: {}, metric: "", knob: "" }),
      ),
    group(
      text.optimizers,
      names.map((name) => visible(name, name, colorOf(report.optimizers.findIndex((o) => o.name === name)))),
    ),
    present.length > 1 &&
      group(
        text.status,
        present.map((status) => visible(status, text.statuses[status])),
      ),
    hasTuning &&
      choice(
        text.use,
        uses.map((use) => [use, text.uses[use]] as const),
        () => state.value.use,
        (use) => patch({ use }),
      ),
    ...[...knobsOf(trials)].map(([name, ends]) => rangeFields(store, name, ends, text)),
    count,
    h(
      "button",
      {
        type: "button",
        onclick: () => patch({ hidden: [], ranges: {}, use: initialResults.use }),
      },
      text.clear,
    ),
  );
}

const group = (name: string, children: readonly HTMLElement[]): HTMLElement =>
  h("fieldset", { class: "toggles" }, h("legend", {}, name), ...children);

/** Two number fields; an empty one is an open end. */
function rangeFields(
  { state, patch }: ResultsStore,
  name: string,
  ends: readonly [number, number],
  text: ResultsTexts,
): HTMLElement {
  const field = (end: 0 | 1): HTMLInputElement => {
    const input = h("input", {
      type: "number",
      step: "any",
      placeholder: shortNumber(ends[end]),
      "aria-label": end === 0 ? text.from(name) : text.to(name),
      onchange: () => {
        const open = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
        const [low, high] = state.peek().ranges[name] ?? open;
        const value = input.value === "" ? open[end] : Number(input.value);
        patch({ ranges: { ...state.peek().ranges, [name]: end === 0 ? [value, high] : [low, value] } });
      },
    });
    effect(() => {
      const value = state.value.ranges[name]?.[end] ?? Number.NaN;
      if (document.activeElement !== input) input.value = Number.isFinite(value) ? String(value) : "";
    });
    return input;
  };
  return h(
    "div",
    { class: "control between", role: "group", "aria-label": name },
    h("span", {}, name),
    field(0),
    field(1),
  );
}
