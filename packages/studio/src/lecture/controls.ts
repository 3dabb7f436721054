import { type SceneName, sceneCatalog } from "@steepest/lab/format";
import { choice, slider } from "../ui/controls.ts";
import { h } from "../ui/dom.ts";
import { fileButton } from "../ui/file.ts";
import { computed, effect, untracked } from "../ui/signal.ts";
import { isScene, sceneNames, valueNames } from "./state.ts";
import type { LectureStore } from "./store.ts";
import type { LectureTexts } from "./texts/index.ts";

/** Which animation: those of the lecture, the server's, a file. */
export function sourceBar(
  { state, served, patch, time }: LectureStore,
  text: LectureTexts,
  open: (file: File) => void,
): HTMLElement {
  const box = h("div", { class: "source" });
  const isOwn = computed(() => state.value.show === "file");
  effect(() => {
    const listed = served.value.map((name) => [`server:${name}`, name] as const);
    const own = isOwn.value ? ([["file", text.ownFile]] as const) : [];
    untracked(() =>
      box.replaceChildren(
        choice<string>(
          text.show,
          [...sceneNames.map((name) => [name, text.scenes[name].title] as const), ...listed, ...own],
          () => state.value.show,
          (show) => {
            time.value = 0;
            patch({ show, values: {} });
          },
        ),
        ...fileButton(text.openFile, ".json", open),
        h("span", { class: "help" }, text.dropHint),
      ),
    );
  });
  return box;
}

/** The numbers of the animation that can be changed; none of a file. */
export function controls({ state, patch }: LectureStore, text: LectureTexts): HTMLElement {
  const sliders = (name: SceneName): HTMLElement[] => [
    h("h2", {}, text.controls),
    ...valueNames.map((key) => {
      const parameter = sceneCatalog[name].parameters[key];
      return slider(
        text.values[key],
        parameter,
        () => state.value.values[key] ?? parameter.value,
        (value) => patch({ values: { ...state.peek().values, [key]: value } }),
      );
    }),
    h("button", { type: "button", onclick: () => patch({ values: {} }) }, text.reset),
    h("p", { class: "help" }, text.help),
  ];
  const section = h("section");
  const scene = computed(() => state.value.show);
  effect(() => {
    const name = scene.value;
    section.hidden = !isScene(name);
    if (isScene(name)) untracked(() => section.replaceChildren(...sliders(name)));
  });
  return section;
}
