import { shortNumber } from "@steepest/lab/drawing";
import type { ReportData, ReportTrial } from "@steepest/lab/format";
import type { Texts } from "../i18n/en.ts";
import { h } from "../ui/dom.ts";
import { copyButton } from "../ui/save-buttons.ts";
import { computed, effect } from "../ui/signal.ts";
import { saveReport } from "./save.ts";
import type { ResultsStore } from "./store.ts";
import type { ResultsTexts } from "./texts/index.ts";

/** The facts of the trial that the address names, in a dialog. */
export function trialDialog(store: ResultsStore, page: Texts, text: ResultsTexts): HTMLDialogElement {
  const dialog: HTMLDialogElement = h("dialog", {
    class: "trial",
    "aria-labelledby": "trial-title",
    onclose: () => store.patch({ trial: "" }),
  });
  const id = computed(() => store.state.value.trial);
  effect(() => {
    const report = store.report.value;
    const trial = report?.trials.find((t) => t.id === id.value);
    if (report === undefined || trial === undefined) {
      if (dialog.open) dialog.close();
      return;
    }
    const command = `steepest trial report.json ${trial.id}`;
    dialog.replaceChildren(
      h("h2", { id: "trial-title" }, text.trial(trial.id)),
      factTable(report, trial, text),
      h("h3", {}, text.rerun),
      h("p", { class: "help" }, text.rerunLead),
      h("pre", { tabindex: 0, "aria-label": text.rerun }, command),
      h(
        "div",
        { class: "buttons" },
        copyButton(page.save.copy, () => command, page),
        h("button", { type: "button", onclick: () => saveReport(report) }, text.whole),
        h("button", { type: "button", onclick: () => dialog.close() }, page.save.close),
      ),
    );
    // A dialog can only be shown where it is part of the page.
    queueMicrotask(() => {
      if (dialog.isConnected && !dialog.open) dialog.showModal();
    });
  });
  return dialog;
}

function factTable(report: ReportData, trial: ReportTrial, text: ResultsTexts): HTMLElement {
  const names = text.factNames;
  const { seconds, hit } = trial;
  const time = (value: number) => text.seconds(shortNumber(value));
  const facts: [string, string][] = [
    [names.task, report.tasks.find(({ name }) => name === trial.task)?.title ?? trial.task],
    [names.optimizer, trial.optimizer],
    ...Object.entries(trial.hyperparameters).map(([key, value]): [string, string] => [key, String(value)]),
    [names.seed, String(trial.seed)],
    [names.use, text.uses[trial.use]],
    [names.status, text.statuses[trial.status]],
    [names.steps, String(trial.steps)],
    [names.final, trial.final === null ? "–" : String(trial.final)],
    [names.hit, hit ? text.hit(String(hit.step), shortNumber(hit.seconds)) : text.never],
    [names.training, time(seconds.training)],
    [names.evaluation, time(seconds.evaluation)],
    [names.other, time(seconds.setup + seconds.logging + seconds.checkpointing)],
    [names.digest, trial.digest ?? "–"],
    [names.code, String(trial.spec.code ?? "–")],
    [names.started, trial.started?.replace("T", " ").slice(0, 19) ?? "–"],
  ];
  return h(
    "table",
    {},
    h(
      "tbody",
      {},
      ...facts.map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value))),
    ),
  );
}
