import type { PanelContext } from "../page.ts";
import { h } from "../ui/dom.ts";
import { effect, untracked } from "../ui/signal.ts";
import { createTransport } from "../ui/transport.ts";
import { readAddress, writeAddress } from "./address.ts";
import { compute } from "./compute.ts";
import { showCharts } from "./figures.ts";
import { saveMenu } from "./save-menu.ts";
import { createSidebar } from "./sidebar.ts";
import { createStage } from "./stage.ts";
import { createStore } from "./store.ts";
import { texts as ownTexts } from "./texts/index.ts";

/** The panel of trajectories. Call it inside an effect, whose end stops it. */
export function trajectoriesPanel(context: PanelContext): HTMLElement {
  const { language, texts, address, themeVersion, saveAddress } = context;
  const text = ownTexts[language];
  const store = createStore(readAddress(address));
  const stage = createStage(store, text);
  const charts = h("div", { class: "charts" });
  const message = h("p", { class: "message", role: "status" });
  const element = h(
    "div",
    { class: "panel trajectories" },
    h(
      "div",
      { class: "main" },
      h("p", { class: "lead" }, text.lead),
      stage.element,
      createTransport(
        {
          time: store.time,
          playing: store.playing,
          steps: () => store.state.value.steps,
          speed: () => store.state.value.speed,
          setSpeed: (speed) => store.patch({ speed }),
        },
        texts,
      ),
      message,
      saveMenu(store, stage, texts, text),
    ),
    createSidebar(store, text),
    charts,
  );
  effect(() => {
    message.textContent = store.message.value;
  });
  compute(store, stage, texts, element);
  effect(() => {
    void themeVersion.value;
    untracked(() => stage.refresh());
  });
  showCharts(store, charts, text, themeVersion);
  // A visitor without a link sees at once what this is about; a link shows what it says.
  let isNew = address.size === 0 && !matchMedia("(prefers-reduced-motion: reduce)").matches;
  effect(() => {
    if (store.runs.value.length === 0 || !isNew) return;
    isNew = false;
    store.playing.value = true;
  });
  effect(() => {
    const state = store.state.value;
    const time = store.playing.value ? state.time : store.time.value;
    saveAddress(writeAddress({ ...state, time }));
  });
  return element;
}
