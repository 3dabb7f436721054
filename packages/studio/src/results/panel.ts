import type { ReportData } from "@steepest/lab/format";
import type { PanelContext } from "../page.ts";
import { h } from "../ui/dom.ts";
import { download } from "../ui/download.ts";
import { acceptDrops } from "../ui/file.ts";
import { saveButtons } from "../ui/save-buttons.ts";
import { computed, effect, onCleanup, untracked } from "../ui/signal.ts";
import { filters } from "./filters.ts";
import { curvesSection, scatterSection } from "./pictures.ts";
import { codeFor, saveReport, toCsv, toJson } from "./save.ts";
import { shownTrials } from "./select.ts";
import { listResults, loadExample, loadResult, openFile } from "./source.ts";
import { sourceBar } from "./source-bar.ts";
import { readResults, writeResults } from "./state.ts";
import { createSignals, type ResultsStore } from "./store.ts";
import { trialTable } from "./table.ts";
import { texts as ownTexts, type ResultsTexts } from "./texts/index.ts";
import { trialDialog } from "./trial.ts";

/** The file that the user opened: kept when the language or the panel changes. */
let opened: ReportData | undefined;

/** The panel of the lab's results. Call it inside an effect, whose end stops it. */
export function resultsPanel(context: PanelContext): HTMLElement {
  const { language, texts, address, saveAddress } = context;
  const text = ownTexts[language];
  const signals = createSignals(readResults(address));
  const { state, report, message } = signals;
  const filterKey = computed(() => {
    const { task, hidden, use, ranges, sort, descending } = state.value;
    return JSON.stringify([task, hidden, use, ranges, sort, descending]);
  });
  const store: ResultsStore = {
    ...signals,
    shown: computed(() => {
      void filterKey.value;
      return report.value ? shownTrials(report.value, state.peek()) : [];
    }),
    patch: (change) => {
      state.value = { ...state.peek(), ...change };
    },
  };
  const body = h("div", { class: "body" });
  const status = h("p", { class: "message", role: "status" });
  const loading = load(store, text, address.size === 0);
  const element: HTMLElement = h(
    "div",
    { class: "results", "aria-busy": "true" },
    h("p", { class: "lead" }, text.lead),
    sourceBar(store, text, { reload: loading.again, open: loading.file }),
    status,
    body,
    trialDialog(store, texts, text),
  );
  acceptDrops(element, text.drop, loading.file);
  effect(() => {
    status.textContent = message.value;
  });
  effect(() => {
    element.ariaBusy = String(loading.busy.value);
  });
  const task = computed(() => state.value.task);
  effect(() => {
    const data = report.value;
    void task.value;
    untracked(() => body.replaceChildren(...(data ? contents(store, data, context) : [])));
  });
  effect(() => saveAddress(writeResults(state.value)));
  return element;
}

function contents(store: ResultsStore, report: ReportData, context: PanelContext): HTMLElement[] {
  const text = ownTexts[context.language];
  const name = (extension: string) => `results.${extension}`;
  const formats = {
    CSV: () => download(name("csv"), toCsv(report, store.state.peek(), store.shown.peek()), "text/csv"),
    JSON: () =>
      download(
        name("json"),
        toJson(report, store.state.peek(), store.shown.peek(), location.href),
        "application/json",
      ),
    [text.whole]: () => saveReport(report),
  };
  return [
    overview(report, text),
    h(
      "div",
      { class: "panel" },
      h(
        "div",
        { class: "main" },
        curvesSection(store, report, context),
        scatterSection(store, report, context),
      ),
      h("div", { class: "sidebar" }, filters(store, report, text)),
    ),
    trialTable(store, report, text),
    saveButtons(
      { formats, code: () => codeFor(report, store.state.peek()), codeLead: text.codeLead },
      context.texts,
    ),
  ];
}

function overview(report: ReportData, text: ResultsTexts): HTMLElement {
  const { title, trials, tasks, seeds, made, machine, protocol, sentences, command } = report;
  return h(
    "section",
    { class: "overview" },
    h("h2", {}, title),
    h("p", { class: "help" }, text.facts(trials.length, tasks.length, seeds.length)),
    h("p", { class: "help" }, text.made(made.slice(0, 10), machine)),
    h(
      "details",
      {},
      h("summary", {}, text.findings),
      h("ul", {}, ...sentences.map((sentence) => h("li", { lang: "en" }, sentence.text))),
      h("p", { class: "help", lang: "en" }, protocol),
      h("pre", { tabindex: 0, "aria-label": text.rerun }, command),
    ),
  );
}

/** Reads what the address asks for, and again when asked; the last question wins. */
function load(store: ResultsStore, text: ResultsTexts, isNew: boolean) {
  const { state, report, message, listed } = store;
  const busy = store.busy;
  let question = 0;
  const show = async (data: Promise<ReportData>): Promise<void> => {
    const own = ++question;
    busy.value = true;
    try {
      const found = await data;
      if (own !== question) return;
      message.value = "";
      report.value = found;
    } catch (error) {
      if (own === question)
        message.value = text.unreadable(error instanceof Error ? error.message : String(error));
    }
    if (own === question) busy.value = false;
  };
  const read = (source: string): Promise<void> => {
    if (source === "") return show(loadExample());
    if (source !== "file") return show(loadResult(source));
    if (opened) return show(Promise.resolve(opened));
    store.patch({ source: "" });
    return show(loadExample()).then(() => {
      message.value = text.ownFileGone;
    });
  };
  const source = computed(() => state.value.source);
  listResults().then(
    (results) => {
      listed.value = results;
      // What one has is more interesting than the example.
      const [newest] = results;
      if (isNew && newest && source.peek() === "") store.patch({ source: newest.name });
    },
    () => {},
  );
  effect(() => {
    const wanted = source.value;
    untracked(() => void read(wanted));
  });
  onCleanup(() => question++);
  return {
    busy,
    again: () => void read(state.peek().source),
    file: (file: File) => {
      const data = openFile(file).then((found) => {
        opened = found;
        store.patch({ source: "file", task: "", selected: [], trial: "", hidden: [], ranges: {} });
        return found;
      });
      void show(data);
    },
  };
}
