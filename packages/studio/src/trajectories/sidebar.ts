import { catalog, entryOf, type OptimizerName } from "../engine/catalog.ts";
import { problems } from "../engine/problems.ts";
import { choice, iconButton, slider } from "../ui/controls.ts";
import { h } from "../ui/dom.ts";
import { batch, computed, effect, untracked } from "../ui/signal.ts";
import { colorOf } from "../ui/theme.ts";
import { type PresetName, presetOf, presets } from "./address.ts";
import { formulaField } from "./formula-field.ts";
import { forProblem, limits, problemOf, suited, type TrajectoryState } from "./state.ts";
import type { Store } from "./store.ts";
import type { TrajectoryTexts } from "./texts/index.ts";

/** The controls: function, experiment, optimizers. */
export function createSidebar(store: Store, text: TrajectoryTexts): HTMLElement {
  const functionBox = h("div");
  const experimentBox = h("div");
  const optimizerBox = h("div", { class: "optimizers" });
  rebuild(
    functionBox,
    () => store.state.value.problem,
    () => functionControls(store, text),
  );
  rebuild(
    experimentBox,
    () => problemOf(store.state.value).data !== undefined,
    (isSum) => experimentControls(store, text, isSum),
  );
  rebuild(
    optimizerBox,
    () => store.state.value.optimizers.map((o) => o.name).join(),
    () => store.state.peek().optimizers.map((_, i) => optimizerCard(store, text, i)),
  );
  const add = h(
    "select",
    {
      "aria-label": text.add,
      onchange: () => {
        const state = store.state.peek();
        const name = add.value as OptimizerName;
        add.value = "";
        if (state.optimizers.length >= limits.optimizers) return;
        store.patch({
          optimizers: [...state.optimizers, suited(name, problemOf(state))],
          selected: state.optimizers.length,
        });
      },
    },
    h("option", { value: "", disabled: true, selected: true, hidden: true }, `+ ${text.add}`),
    ...Object.entries(catalog).map(([name, { label }]) => h("option", { value: name }, label)),
  );
  return h(
    "div",
    { class: "sidebar" },
    h("section", {}, h("h2", {}, text.function), functionBox),
    h("section", {}, h("h2", {}, text.experiment), experimentBox),
    h("section", {}, h("h2", {}, text.optimizers), optimizerBox, add),
  );
}

/** Fills a box anew whenever `key` changes, and not when only values do: controls keep the focus while they are used. */
function rebuild<K>(box: HTMLElement, key: () => K, make: (key: K) => Node[]): void {
  const current = computed(key);
  effect(() => {
    const now = current.value;
    untracked(() => box.replaceChildren(...make(now)));
  });
}

function functionControls(store: Store, text: TrajectoryTexts): Node[] {
  const state = store.state.peek();
  const names = [...Object.keys(problems), "own"] as TrajectoryState["problem"][];
  const parameters = Object.entries(problemOf(state).parameters).map(([name, range]) => {
    const own: Readonly<Record<string, string>> = text.problemParameters[state.problem] ?? {};
    const label = own[name] ?? text.parameters[name] ?? name;
    return slider(
      label,
      range,
      () => store.state.value.parameters[name] ?? range.value,
      (value) => store.patch({ parameters: { ...store.state.peek().parameters, [name]: value } }),
    );
  });
  return [
    presetChoice(store, text),
    choice(
      text.function,
      names.map((name) => [name, text.problems[name]] as const),
      () => store.state.value.problem,
      (problem) => {
        const { formula, optimizers } = store.state.peek();
        store.playing.value = false;
        store.time.value = 0;
        store.patch(
          forProblem(
            problem,
            formula,
            optimizers.map((o) => o.name),
          ),
        );
      },
    ),
    ...(state.problem === "own" ? [formulaField(store, text)] : []),
    ...parameters,
  ];
}

/** Ways to begin; choosing one sets function, experiment and optimizers, and plays. */
function presetChoice(store: Store, text: TrajectoryTexts): HTMLElement {
  const select = h(
    "select",
    {
      "aria-label": text.preset,
      onchange: () => {
        const { speed, ...chosen } = presetOf(select.value as PresetName);
        select.value = "";
        batch(() => {
          store.time.value = 0;
          store.playing.value = true;
          store.patch(chosen);
        });
      },
    },
    h("option", { value: "", disabled: true, selected: true }, text.preset),
    ...(Object.keys(presets) as PresetName[]).map((name) => h("option", { value: name }, text.presets[name])),
  );
  return h("p", {}, select);
}

function experimentControls(store: Store, text: TrajectoryTexts, isSum: boolean): Node[] {
  const of = (key: "noise" | "spread" | "batch" | "steps", range: Parameters<typeof slider>[1]) =>
    slider(
      text[key],
      range,
      () => store.state.value[key],
      (value) => store.patch({ [key]: value }),
    );
  return [
    choice(
      text.seeds,
      limits.seeds.map((n) => [String(n), String(n)] as const),
      () => String(store.state.value.seeds),
      (value) => store.patch({ seeds: Number(value) }),
    ),
    ...(isSum
      ? [of("batch", { min: 1, max: 8, whole: true }), h("p", { class: "help" }, text.batchHelp)]
      : []),
    of("noise", limits.noise),
    of("spread", limits.spread),
    of("steps", { ...limits.steps, whole: true }),
  ];
}

function optimizerCard(store: Store, text: TrajectoryTexts, index: number): HTMLElement {
  const { name } = store.state.peek().optimizers[index]!;
  const { label, hyperparameters, matrix } = entryOf(name);
  const write = (key: string, value: number): void => {
    const optimizers = store.state
      .peek()
      .optimizers.map((o, i) =>
        i === index ? { ...o, hyperparameters: { ...o.hyperparameters, [key]: value } } : o,
      );
    store.patch({ optimizers });
  };
  const remove = (): void => {
    const { optimizers, selected } = store.state.peek();
    if (optimizers.length === 1) return;
    store.patch({
      optimizers: optimizers.filter((_, i) => i !== index),
      selected: Math.max(0, selected > index ? selected - 1 : Math.min(selected, optimizers.length - 2)),
    });
  };
  const select = h(
    "button",
    {
      type: "button",
      class: "name",
      "aria-label": text.select(label),
      onclick: () => store.patch({ selected: index }),
    },
    h("span", { class: `swatch color-${index}` }),
    label,
  );
  effect(() => {
    select.setAttribute("aria-pressed", String(store.state.value.selected === index));
  });
  (select.firstElementChild as HTMLElement).style.background = colorOf(index);
  const card = h(
    "div",
    { class: "card" },
    h("div", { class: "head" }, select, iconButton(text.remove(label), "close", remove)),
    matrix && h("p", { class: "help" }, text.matrixPoint),
    ...Object.entries(hyperparameters).map(([key, range]) =>
      slider(
        text.hyperparameters[key] ?? key,
        range,
        () => store.state.value.optimizers[index]?.hyperparameters[key] ?? range.value,
        (value) => write(key, value),
      ),
    ),
  );
  return card;
}
