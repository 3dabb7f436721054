import { hasDropout, networks } from "../learning/catalog.ts";
import { entrantOf, labelOf, optimizerNames, rangesOf } from "../learning/entrants.ts";
import { choice, type Range, slider, toggle } from "../ui/controls.ts";
import { h } from "../ui/dom.ts";
import { computed, effect, untracked } from "../ui/signal.ts";
import { type LandscapesState, methods, type PresetName, presets, ranges } from "./state.ts";
import type { LandscapesStore } from "./store.ts";
import type { LandscapesTexts } from "./texts/index.ts";

/** The controls: what to look at, and how. */
export function sidebar(store: LandscapesStore, text: LandscapesTexts): HTMLElement {
  const live = h("section");
  const isLive = computed(() => store.state.value.source === "live");
  const shape = computed(() => {
    const { optimizer, method, network, line } = store.state.value;
    return JSON.stringify([optimizer, method, network, line]);
  });
  effect(() => {
    live.hidden = !isLive.value;
    void shape.value;
    untracked(() => live.replaceChildren(...(isLive.peek() ? liveControls(store, text) : [])));
  });
  return h("div", { class: "sidebar" }, viewSection(store, text), live);
}

function number(
  store: LandscapesStore,
  text: LandscapesTexts,
  key: keyof typeof ranges,
  range: Range = ranges[key],
): HTMLElement {
  return slider(
    text[key],
    range,
    () => store.state.value[key],
    (value) => store.patch({ [key]: value }),
  );
}

function viewSection(store: LandscapesStore, text: LandscapesTexts): HTMLElement {
  const { state, patch } = store;
  const plane = h("div");
  const isPlane = computed(() => store.landscape.value?.axes.length === 2);
  const isSurface = computed(() => state.value.view === "surface");
  effect(() => {
    const [both, surface] = [isPlane.value, isSurface.value];
    untracked(() =>
      plane.replaceChildren(
        ...(both
          ? [
              choice<LandscapesState["view"]>(
                text.view,
                [
                  ["contour", text.views.contour],
                  ["surface", text.views.surface],
                ],
                () => state.value.view,
                (view) => patch({ view }),
              ),
              number(store, text, "levels"),
              ...(surface ? [number(store, text, "azimuth"), number(store, text, "elevation")] : []),
            ]
          : []),
      ),
    );
  });
  return h(
    "section",
    {},
    h("h2", {}, text.viewTitle),
    plane,
    toggle(
      text.log,
      () => state.value.log,
      (log) => patch({ log }),
    ),
  );
}

function liveControls(store: LandscapesStore, text: LandscapesTexts): HTMLElement[] {
  const { state, patch } = store;
  const { method, network, optimizer } = state.peek();
  const rules = optimizerNames.map((name) => [name, labelOf(name)] as const);
  return [
    h("h2", {}, text.liveTitle),
    h("p", { class: "help" }, text.liveHelp),
    presetChoice(store, text),
    choice(
      text.network,
      networks.map((name) => [name, text.networks[name]] as const),
      () => state.value.network,
      (name) => patch({ network: name, dropout: state.peek().dropout && hasDropout(name) }),
    ),
    choice(
      text.method,
      methods.map((name) => [name, text.methods[name]] as const),
      () => state.value.method,
      (name) => patch({ method: name }),
    ),
    h("p", { class: "help" }, text.methodHelp[method]),
    toggle(
      text.line,
      () => state.value.line,
      (line) => patch({ line }),
    ),
    ...(hasDropout(network)
      ? [
          toggle(
            text.dropout,
            () => state.value.dropout,
            (dropout) => patch({ dropout }),
          ),
        ]
      : []),
    number(store, text, "grid"),
    number(store, text, "range"),
    h("h3", {}, text.trainingTitle),
    choice(
      text.optimizer,
      rules,
      () => state.value.optimizer,
      (name) =>
        patch({ optimizer: name, learningRate: entrantOf(name).hyperparameters.learningRate as number }),
    ),
    number(store, text, "learningRate", { ...ranges.learningRate, ...rangesOf(optimizer).learningRate }),
    ...(method === "between"
      ? [
          choice(
            text.other,
            [["", text.same] as const, ...rules],
            () => state.value.other,
            (other) => patch({ other }),
          ),
        ]
      : []),
    number(store, text, "steps"),
    number(store, text, "seed"),
  ];
}

/** Ways to begin; choosing one sets several controls. */
function presetChoice({ patch }: LandscapesStore, text: LandscapesTexts): HTMLElement {
  const select = h(
    "select",
    {
      "aria-label": text.preset,
      onchange: () => {
        const chosen: Partial<LandscapesState> = presets[select.value as PresetName];
        select.value = "";
        const rate = chosen.optimizer && entrantOf(chosen.optimizer).hyperparameters.learningRate;
        patch({ ...chosen, ...(rate !== undefined && rate !== "" && { learningRate: rate }) });
      },
    },
    h("option", { value: "", disabled: true, selected: true }, text.preset),
    ...(Object.keys(presets) as PresetName[]).map((name) => h("option", { value: name }, text.presets[name])),
  );
  return h("p", {}, select);
}
