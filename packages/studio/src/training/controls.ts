import { networks } from "../learning/catalog.ts";
import { entrantOf, labelOf, optimizerNames, rangesOf } from "../learning/entrants.ts";
import type { Device, Entrant } from "../learning/protocol.ts";
import { choice, iconButton, slider } from "../ui/controls.ts";
import { h } from "../ui/dom.ts";
import { icon } from "../ui/icons.ts";
import { computed, effect, untracked } from "../ui/signal.ts";
import { colorOf } from "../ui/theme.ts";
import type { Actions } from "./compute.ts";
import { limits } from "./state.ts";
import type { TrainingStore } from "./store.ts";
import type { TrainingTexts } from "./texts/index.ts";

/** Start, pause, one step, reset. */
export function transport(store: TrainingStore, actions: Actions, text: TrainingTexts): HTMLElement {
  const play = iconButton(text.start, "play", actions.toggle);
  play.classList.add("primary");
  effect(() => {
    const isPlaying = store.playing.value;
    const label = isPlaying ? text.pause : text.start;
    play.setAttribute("aria-label", label);
    play.title = label;
    play.replaceChildren(icon(isPlaying ? "pause" : "play"));
  });
  const shown = h("output", { class: "time" });
  const bar = h("progress", { "aria-label": text.progress });
  effect(() => {
    const steps = store.state.value.steps;
    const done = Math.max(0, ...store.curves.value.map((c) => c.step));
    bar.max = steps;
    bar.value = done;
    shown.textContent = text.stepOf(done, steps);
  });
  return h(
    "div",
    { class: "transport", role: "group", "aria-label": text.progress },
    iconButton(text.reset, "rewind", actions.reset),
    play,
    iconButton(text.oneStep, "forward", actions.step),
    bar,
    shown,
  );
}

export function sidebar(store: TrainingStore, text: TrainingTexts): HTMLElement {
  const cards = h("div", { class: "optimizers" });
  const names = computed(() => store.state.value.entrants.map((e) => e.name).join());
  effect(() => {
    void names.value;
    untracked(() =>
      cards.replaceChildren(...store.state.peek().entrants.map((e, i) => card(store, text, e, i))),
    );
  });
  const add = h(
    "select",
    {
      "aria-label": text.add,
      onchange: () => {
        const { entrants } = store.state.peek();
        if (entrants.length < limits.entrants) store.patch({ entrants: [...entrants, entrantOf(add.value)] });
        add.value = "";
      },
    },
    h("option", { value: "", disabled: true, selected: true, hidden: true }, `+ ${text.add}`),
    ...optimizerNames.map((name) => h("option", { value: name }, labelOf(name))),
  );
  effect(() => {
    add.disabled = store.state.value.entrants.length >= limits.entrants;
  });
  return h(
    "div",
    { class: "sidebar" },
    experimentSection(store, text),
    h("section", {}, h("h2", {}, text.optimizers), h("p", { class: "help" }, text.schedule), cards, add),
  );
}

function experimentSection(store: TrainingStore, text: TrainingTexts): HTMLElement {
  const { state, patch } = store;
  const gpu = "gpu" in navigator;
  const devices: [Device, string][] = [
    ["wasm", text.devices.wasm],
    ["webgpu", gpu ? text.devices.webgpu : text.noGpu],
  ];
  const device = choice<Device>(
    text.device,
    devices,
    () => state.value.device,
    (value) => patch({ device: value }),
  );
  const option = device.querySelector<HTMLOptionElement>('option[value="webgpu"]');
  if (option) option.disabled = !gpu;
  const number = (key: "steps" | "seed") =>
    slider(
      text[key],
      limits[key],
      () => state.value[key],
      (value) => patch({ [key]: value }),
    );
  return h(
    "section",
    {},
    h("h2", {}, text.experiment),
    choice(
      text.network,
      networks.map((name) => [name, text.networks[name]] as const),
      () => state.value.network,
      (network) => patch({ network, matrix: "" }),
    ),
    number("steps"),
    number("seed"),
    device,
    h("p", { class: "help" }, text.deviceHelp),
  );
}

function card(store: TrainingStore, text: TrainingTexts, { name }: Entrant, index: number): HTMLElement {
  const { state, patch } = store;
  const change = (make: (entrant: Entrant) => Entrant) =>
    patch({ entrants: state.peek().entrants.map((e, i) => (i === index ? make(e) : e)) });
  const swatch = h("span", { class: "swatch" });
  swatch.style.background = colorOf(index);
  const remove = () => {
    const { entrants } = state.peek();
    if (entrants.length > 1) patch({ entrants: entrants.filter((_, i) => i !== index) });
  };
  const status = h("span", { class: "help", role: "status" });
  effect(() => {
    const curve = store.curves.value[index];
    status.textContent = curve?.status === "diverged" ? text.diverged(curve.step) : "";
  });
  return h(
    "div",
    { class: "card" },
    h(
      "div",
      { class: "head" },
      h("span", { class: "name" }, swatch, labelOf(name)),
      iconButton(text.remove(labelOf(name)), "close", remove),
    ),
    status,
    ...Object.entries(rangesOf(name)).map(([key, range]) =>
      slider(
        text.hyperparameters[key] ?? key,
        range,
        () => state.value.entrants[index]?.hyperparameters[key] ?? range.min,
        (value) => change((e) => ({ ...e, hyperparameters: { ...e.hyperparameters, [key]: value } })),
      ),
    ),
  );
}
