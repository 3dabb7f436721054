import { shortNumber } from "@steepest/lab/drawing";
import type { PanelContext } from "../page.ts";
import { choice, slider } from "../ui/controls.ts";
import { h } from "../ui/dom.ts";
import { picture } from "../ui/picture.ts";
import { computed, effect, untracked } from "../ui/signal.ts";
import { curveValues, drawSpectrum } from "./spectrum.ts";
import { kellerQuintic, methods, quinticRange, ranges } from "./state.ts";
import type { NormsStore } from "./store.ts";
import { texts } from "./texts/index.ts";

/** Newton-Schulz, Polar Express and the exact polar factor, as maps of singular values. */
export function polarSection(store: NormsStore, { language, themeVersion }: PanelContext): HTMLElement {
  const text = texts[language];
  const chart = picture(
    {
      label: text.polarPicture,
      file: "singular-values",
      half: 1,
      draw: (pen, frame, theme) => {
        if (store.spectrum.value.length > 0) {
          drawSpectrum(pen, frame, theme, store.spectrum.value, { input: text.input, step: text.step });
        }
      },
    },
    themeVersion,
  );
  const controls = h("div");
  const steps = () =>
    slider(
      text.count,
      ranges.steps,
      () => store.state.value.steps,
      (count) => store.patch({ steps: count }),
    );
  const coefficient = (k: 0 | 1 | 2) =>
    slider(
      ["a · σ", "b · σ³", "c · σ⁵"][k] as string,
      quinticRange,
      () => store.state.value.quintic[k],
      (value) => {
        const quintic = [...store.state.peek().quintic] as [number, number, number];
        quintic[k] = value;
        store.patch({ quintic });
      },
    );
  const reset = () =>
    h("button", { type: "button", onclick: () => store.patch({ quintic: kellerQuintic }) }, text.reset);
  const method = computed(() => store.state.value.method);
  effect(() => {
    const now = method.value;
    untracked(() => {
      controls.replaceChildren(
        ...(now === "exact" ? [] : [steps()]),
        ...(now === "newtonSchulz" ? [coefficient(0), coefficient(1), coefficient(2), reset()] : []),
      );
    });
  });
  const range = h("p", { class: "help", role: "status" });
  effect(() => {
    const ends = store.spectrum.value.at(-1)?.slice(curveValues.length) ?? [];
    range.textContent = text.range(shortNumber(Math.min(...ends)), shortNumber(Math.max(...ends)));
  });
  return h(
    "section",
    { class: "split" },
    h(
      "div",
      {},
      h("h2", {}, text.polar),
      h("p", { class: "help" }, text.polarLead),
      choice(
        text.method,
        methods.map((name) => [name, text.methods[name]] as const),
        () => store.state.value.method,
        (value) => store.patch({ method: value }),
      ),
      controls,
      slider(
        text.condition,
        ranges.condition,
        () => store.state.value.condition,
        (condition) => store.patch({ condition }),
      ),
      range,
    ),
    chart,
  );
}
