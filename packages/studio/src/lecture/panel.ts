import { drawAnimation, shortNumber } from "@steepest/lab/drawing";
import type { Animation } from "@steepest/lab/format";
import type { PanelContext } from "../page.ts";
import { h } from "../ui/dom.ts";
import { download } from "../ui/download.ts";
import { acceptDrops } from "../ui/file.ts";
import { picture } from "../ui/picture.ts";
import { saveButtons } from "../ui/save-buttons.ts";
import { computed, effect, signal, untracked } from "../ui/signal.ts";
import { colorOf } from "../ui/theme.ts";
import { type Clock, createTransport, nearestSpeed, playByKey, togglePlaying } from "../ui/transport.ts";
import { compute } from "./compute.ts";
import { controls, sourceBar } from "./controls.ts";
import { distancesOf, drawDistances } from "./distance.ts";
import { codeFor, toCsv } from "./save.ts";
import { isScene, type LectureState, readLecture, writeLecture } from "./state.ts";
import type { LectureStore } from "./store.ts";
import { type LectureTexts, texts as ownTexts } from "./texts/index.ts";

/** The panel of the lecture's animations. Call it inside an effect, whose end stops it. */
export function lecturePanel(context: PanelContext): HTMLElement {
  const { language, texts, address, saveAddress } = context;
  const text = ownTexts[language];
  const state = signal(readLecture(address));
  const store: LectureStore = {
    state,
    time: signal(state.peek().frame),
    playing: signal(false),
    animation: signal<Animation | undefined>(undefined),
    message: signal(""),
    served: signal<readonly string[]>([]),
    patch: (change) => {
      state.value = { ...state.peek(), ...change };
    },
  };
  const { time, playing, animation } = store;
  const clock: Clock = {
    time,
    playing,
    // Until there is one, the frame of the address counts as there.
    steps: () => (animation.value?.frames.length ?? state.peek().frame + 1) - 1,
    // The animation's own, as near as there is one to choose.
    speed: () => state.value.speed ?? nearestSpeed(animation.value?.framesPerSecond ?? 15),
    setSpeed: (speed) => store.patch({ speed }),
  };
  const now = (): LectureState => ({ ...state.peek(), frame: Math.floor(time.peek()) });
  const save = (name: string, make: (animation: Animation) => string, type: string) => () => {
    const found = animation.peek();
    if (found) download(name, make(found), type);
  };
  const view: View = {
    frame: computed(() => Math.min(Math.floor(time.value), (animation.value?.frames.length ?? 1) - 1)),
    shown: computed(() => animation.value && { ...animation.value, ...wordsOf(animation.value, text) }),
  };
  const message = h("p", { class: "message", role: "alert" });
  effect(() => {
    message.textContent = store.message.value;
  });
  const source = h("div");
  const element = h(
    "div",
    { class: "panel lecture", "aria-busy": "true" },
    h(
      "div",
      { class: "main" },
      h("p", { class: "lead" }, text.lead),
      source,
      message,
      h("section", { class: "plot tall" }, stage(view, clock, context, text)),
      createTransport(clock, { transport: { ...texts.transport, ...text.transport } }),
      about(store, text),
      saveButtons(
        {
          formats: {
            CSV: save("animation.csv", toCsv, "text/csv"),
            JSON: save("animation.json", (found) => `${JSON.stringify(found)}\n`, "application/json"),
          },
          code: () => codeFor(now()),
          codeLead: text.codeLead,
        },
        texts,
      ),
    ),
    h("div", { class: "sidebar" }, controls(store, text), distances(view, context, text)),
  );
  const { open } = compute(store, element, text);
  source.append(sourceBar(store, text, open));
  acceptDrops(element, text.dropHint, open);
  // A visitor without a link sees it move; a link shows its frame.
  let isNew = address.size === 0 && !matchMedia("(prefers-reduced-motion: reduce)").matches;
  effect(() => {
    if (animation.value === undefined || !isNew) return;
    isNew = false;
    playing.value = true;
  });
  effect(() => {
    const frame = playing.value ? state.value.frame : Math.floor(time.value);
    saveAddress(writeLecture({ ...state.value, frame }));
  });
  return element;
}

/** The texts of an animation: those of the page's language for the lecture's own, else what it says itself. */
function wordsOf(animation: Animation, text: LectureTexts): Pick<Animation, "title" | "caption" | "series"> {
  if (!isScene(animation.id) || animation.numbers === undefined) return animation;
  const scene = text.scenes[animation.id];
  const names = scene.series(animation);
  return {
    title: scene.title,
    caption: scene.caption(animation),
    series: animation.series.map((series, i) => ({ ...series, name: names[i] ?? series.name })),
  };
}

/** What pictures draw: whole frames, and the animation in the language of the page. */
interface View {
  readonly frame: { readonly value: number };
  readonly shown: { readonly value: Animation | undefined };
}

function stage(
  { frame, shown }: View,
  clock: Clock,
  { themeVersion }: PanelContext,
  text: LectureTexts,
): HTMLElement {
  return picture(
    {
      label: text.picture,
      file: "animation",
      half: 1,
      draw: (pen, size, theme) => {
        const found = shown.value;
        if (found) {
          const style = { ink: theme, color: colorOf, heading: text.step };
          drawAnimation(pen, size, found, frame.value, style);
        }
      },
      pick: () => togglePlaying(clock),
      press: (key) => playByKey(clock, key),
    },
    themeVersion,
  );
}

/** How far the runs are from x*. */
function distances({ frame, shown }: View, { themeVersion }: PanelContext, text: LectureTexts): HTMLElement {
  const lines = computed(() => (shown.value ? distancesOf(shown.value) : []));
  const chart = picture(
    {
      label: text.distance,
      file: "distances",
      half: 1,
      draw: (pen, size, theme) => {
        const found = shown.value;
        if (found) drawDistances(pen, size, theme, lines.value, found, frame.value);
      },
    },
    themeVersion,
  );
  chart.classList.add("small");
  const figure = h("figure", {}, h("figcaption", {}, text.distance), chart);
  effect(() => {
    figure.hidden = lines.value.length === 0;
  });
  return figure;
}

/** The title, what is seen, and the figures. */
function about({ animation }: LectureStore, text: LectureTexts): HTMLElement {
  const section = h("section");
  effect(() => {
    const found = animation.value;
    section.hidden = found === undefined;
    if (found === undefined) return;
    const { title, caption } = wordsOf(found, text);
    const figures = Object.entries(found.numbers ?? {}).flatMap(([name, value]) =>
      text.numbers[name] === undefined ? [] : [h("li", {}, `${text.numbers[name]}: ${shortNumber(value)}`)],
    );
    untracked(() =>
      section.replaceChildren(
        h("h2", {}, title),
        h("p", {}, caption),
        h("ul", { class: "facts figures" }, ...figures),
      ),
    );
  });
  return section;
}
