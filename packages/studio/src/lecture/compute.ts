import { type Animation, parseAnimation } from "@steepest/lab/format";
import { startEngine } from "../engine/client.ts";
import { listServed, readServed } from "../ui/served.ts";
import { batch, computed, effect, onCleanup, untracked } from "../ui/signal.ts";
import { initialState, isScene } from "./state.ts";
import type { LectureStore } from "./store.ts";
import type { LectureTexts } from "./texts/index.ts";

/** The file that the user opened: kept when the language or the panel changes. */
let opened: Animation | undefined;

/** Keeps the animation up to date with the state: asks the worker, or reads a file. Returns how to open one. */
export function compute(
  store: LectureStore,
  element: HTMLElement,
  text: LectureTexts,
): { open(file: File): void } {
  const { state, animation, message, patch } = store;
  const show = (found: Animation) =>
    batch(() => {
      animation.value = found;
      message.value = "";
    });
  const engine = startEngine(
    element,
    {
      // The answer to a question that was given up for a file comes too late.
      scene: (found) => {
        if (found.id === state.peek().show) show(found);
      },
    },
    (problem) => {
      message.value = text.failed(problem);
    },
  );
  onCleanup(() => engine.stop());
  const fail = (error: unknown) => {
    message.value = text.unreadable(error instanceof Error ? error.message : String(error));
  };
  const read = async (name: string): Promise<void> => {
    const isWanted = () => state.peek().show === `server:${name}`;
    element.ariaBusy = "true";
    try {
      const found = parseAnimation(await readServed(name));
      if (isWanted()) show(found);
    } catch (error) {
      if (isWanted()) fail(error);
    } finally {
      if (isWanted()) element.ariaBusy = "false";
    }
  };
  const wanted = computed(() => JSON.stringify([state.value.show, state.value.values]));
  effect(() => {
    void wanted.value;
    untracked(() => {
      const { show: name, values } = state.peek();
      if (isScene(name)) engine.ask("scene", { name, values });
      else if (name.startsWith("server:")) void read(name.slice(7));
      else if (opened) {
        show(opened);
        element.ariaBusy = "false";
      } else {
        patch({ show: initialState.show });
        message.value = text.ownFileGone;
      }
    });
  });
  listServed(["animation"]).then(
    (found) => {
      store.served.value = found.map(({ name }) => name);
    },
    () => {},
  );
  return {
    open: (file) =>
      void file.text().then((content) => {
        try {
          opened = parseAnimation(content);
          batch(() => {
            patch({ show: "file", values: {} });
            store.time.value = 0;
            show(opened as Animation);
          });
        } catch (error) {
          fail(error);
        }
      }, fail),
  };
}
