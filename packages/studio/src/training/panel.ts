import { labelOf } from "../learning/entrants.ts";
import type { PanelContext } from "../page.ts";
import { choice, toggle } from "../ui/controls.ts";
import { h } from "../ui/dom.ts";
import { download } from "../ui/download.ts";
import { picture } from "../ui/picture.ts";
import { saveButtons } from "../ui/save-buttons.ts";
import { computed, effect, signal, untracked } from "../ui/signal.ts";
import { colorOf } from "../ui/theme.ts";
import { codeFor } from "./code.ts";
import { compute } from "./compute.ts";
import { sidebar, transport } from "./controls.ts";
import {
  drawConfusion,
  drawLegend,
  drawLines,
  type Line,
  lossLines,
  metricLines,
  spectrumLines,
} from "./draw.ts";
import { toCsv, toJson } from "./save.ts";
import { readTraining, type TrainingState, writeTraining } from "./state.ts";
import type { Curve, TrainingStore } from "./store.ts";
import { texts as ownTexts, type TrainingTexts } from "./texts/index.ts";

/** The panel of live training. Call it inside an effect, whose end stops it. */
export function trainingPanel(context: PanelContext): HTMLElement {
  const { language, texts, address, saveAddress } = context;
  const text = ownTexts[language];
  const state = signal(readTraining(address));
  const store: TrainingStore = {
    state,
    curves: signal<readonly Curve[]>([]),
    playing: signal(false),
    message: signal(""),
    busy: signal(true),
    patch: (change) => {
      state.value = { ...state.peek(), ...change };
    },
  };
  const actions = compute(store, text);
  const message = h("p", { class: "message", role: "alert" });
  effect(() => {
    message.textContent = store.message.value;
  });
  const element = h(
    "div",
    { class: "panel training", "aria-busy": "true" },
    h(
      "div",
      { class: "main" },
      h("p", { class: "lead" }, text.lead),
      transport(store, actions, text),
      message,
      curvesSection(store, context, text),
      saveButtons(
        {
          formats: {
            CSV: () => download("training.csv", toCsv(state.peek(), store.curves.peek()), "text/csv"),
            JSON: () =>
              download(
                "training.json",
                toJson(state.peek(), store.curves.peek(), location.href),
                "application/json",
              ),
          },
          code: () => codeFor(state.peek()),
          codeLead: text.codeLead,
        },
        texts,
      ),
      spectraSection(store, context, text),
      outcomeSection(store, context, text),
    ),
    sidebar(store, text),
  );
  effect(() => {
    element.ariaBusy = String(store.busy.value);
  });
  effect(() => saveAddress(writeTraining(state.value)));
  return element;
}

function curvesSection(store: TrainingStore, context: PanelContext, text: TrainingTexts): HTMLElement {
  const { state, curves, patch } = store;
  const chart = (title: string, unit: string, lines: () => Line[], log: () => boolean, legend: boolean) =>
    picture(
      {
        label: title,
        file: "training",
        half: 1,
        draw: (pen, size, theme) => {
          const { x, steps, entrants } = state.value;
          const options = { log: log(), hint: text.hint, ...(x === "step" && { most: steps }) };
          drawLines(pen, size, theme, lines(), { x: text.axes[x], y: unit }, options);
          const notes = curves.value.map((c) => (c.status === "diverged" ? text.diverged(c.step) : ""));
          if (legend)
            drawLegend(
              pen,
              size,
              theme,
              entrants.map((e) => e.name),
              notes,
            );
        },
      },
      context.themeVersion,
    );
  const accuracy = chart(
    text.accuracy,
    text.accuracyName,
    () => metricLines(curves.value, state.value, "accuracy"),
    () => false,
    false,
  );
  const second = h("div", {}, h("h3", {}, text.accuracy), accuracy);
  accuracy.classList.add("low");
  const hasAccuracy = computed(() => state.value.network !== "shakespeare-gpt");
  effect(() => {
    second.hidden = !hasAccuracy.value;
  });
  return h(
    "section",
    { class: "plot" },
    h("h2", {}, text.loss),
    h(
      "div",
      { class: "row" },
      choice<TrainingState["x"]>(
        text.over,
        [
          ["step", text.clocks.step],
          ["seconds", text.clocks.seconds],
        ],
        () => state.value.x,
        (x) => patch({ x }),
      ),
      toggle(
        text.log,
        () => state.value.log,
        (log) => patch({ log }),
      ),
    ),
    chart(
      text.loss,
      text.lossName,
      () => lossLines(curves.value, state.value),
      () => state.value.log,
      true,
    ),
    second,
  );
}

function spectraSection(store: TrainingStore, context: PanelContext, text: TrainingTexts): HTMLElement {
  const { state, curves, patch } = store;
  const matrices = computed(() => Object.keys(curves.value[0]?.measurements[0]?.weights ?? {}).join());
  const entrants = computed(() => state.value.entrants.map((e) => e.name).join());
  const chosen = () => {
    const all = matrices.value.split(",");
    if (all.includes(state.value.matrix)) return state.value.matrix;
    // Tables and heads are left to AdamW by optimizers of matrices: a hidden matrix says more.
    return all.find((path) => !/^(embedding|positions|head)/.test(path)) ?? all[0] ?? "";
  };
  const head = h("div", { class: "row" });
  effect(() => {
    const all = matrices.value.split(",").filter(Boolean);
    untracked(() =>
      head.replaceChildren(
        choice(
          text.matrix,
          all.map((path) => [path, path] as const),
          chosen,
          (matrix) => patch({ matrix }),
        ),
      ),
    );
  });
  const grid = h("div", { class: "multiples" });
  effect(() => {
    const names = entrants.value.split(",");
    const pictures = untracked(() =>
      names.flatMap((name, i) =>
        (["updates", "weights"] as const).map((kind) => ({ label: titleOf(text, kind, name), i, kind })),
      ),
    );
    grid.replaceChildren(
      ...pictures.map(({ label, i, kind }) =>
        h(
          "div",
          {},
          h("h3", {}, label),
          picture(
            {
              label,
              file: `spectrum-${kind}`,
              half: 1,
              draw: (pen, size, theme) => {
                const measurements = curves.value[i]?.measurements ?? [];
                const lines = spectrumLines(measurements, kind, chosen(), colorOf(i));
                drawLines(
                  pen,
                  size,
                  theme,
                  lines,
                  { x: text.axes.step, y: text.valueName },
                  { log: true, most: state.value.steps, hint: text.hint },
                );
              },
            },
            context.themeVersion,
          ),
        ),
      ),
    );
  });
  return h(
    "section",
    { class: "spectra" },
    h("h2", {}, text.spectra),
    h("p", { class: "help" }, text.spectraLead),
    head,
    grid,
  );
}

const titleOf = (text: TrainingTexts, kind: "weights" | "updates", name: string): string =>
  kind === "updates" ? text.updatesOf(labelOf(name)) : text.weightsOf(labelOf(name));

/** What the trained networks do: confusion matrices, or texts. */
function outcomeSection(store: TrainingStore, context: PanelContext, text: TrainingTexts): HTMLElement {
  const grid = h("div", { class: "multiples" });
  const section = h("section", { hidden: true }, h("h2", {}, text.outcome), grid);
  const ended = computed(() => store.curves.value.map((c) => (c.outcome ? "1" : "0")).join(""));
  effect(() => {
    section.hidden = !ended.value.includes("1");
    untracked(() => {
      const curves = store.curves.peek();
      grid.replaceChildren(
        ...curves.flatMap(({ outcome }, i) => {
          const name = labelOf(store.state.peek().entrants[i]?.name ?? "");
          if (outcome === undefined) return [];
          if (outcome.kind === "text") {
            return [
              h(
                "div",
                {},
                h("h3", {}, text.written(name)),
                h("pre", { tabindex: 0, lang: "en" }, outcome.text),
              ),
            ];
          }
          const label = text.confusion(name);
          const drawn = picture(
            {
              label,
              file: "confusion",
              half: 1,
              draw: (pen, size, theme) => drawConfusion(pen, size, theme, outcome, colorOf(i)),
            },
            context.themeVersion,
          );
          return [h("div", {}, h("h3", {}, label), drawn)];
        }),
      );
    });
  });
  return section;
}
