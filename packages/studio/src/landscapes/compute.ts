import type { Landscape } from "@steepest/lab/format";
import { startLearner } from "../learning/client.ts";
import { batch, computed, effect, onCleanup, untracked } from "../ui/signal.ts";
import { listLandscapes, loadExample, loadServed, openFile } from "./source.ts";
import { type ExampleName, examples, questionOf } from "./state.ts";
import type { LandscapesStore } from "./store.ts";
import type { LandscapesTexts } from "./texts/index.ts";

/** The file that the user opened: kept when the language or the panel changes. */
let opened: Landscape | undefined;

/** Keeps the landscape up to date with the state: asks the worker, or reads a file. Returns how to open one. */
export function compute(store: LandscapesStore, text: LandscapesTexts): { open(file: File): void } {
  const { state, landscape, progress, message, busy } = store;
  const learner = startLearner((answer) => {
    if (answer.kind === "training") progress.value = text.training(answer.step, answer.steps);
    else if (answer.kind === "failure") end(text.failed(answer.message));
    else if (answer.kind === "landscape") {
      const { loss, axes } = answer.landscape;
      batch(() => {
        landscape.value = answer.landscape;
        progress.value = answer.done ? "" : text.rows(loss.length, axes[1]?.coordinates.length ?? 1);
        busy.value = !answer.done;
      });
    }
  });
  onCleanup(() => learner.stop());
  const end = (problem = "") =>
    batch(() => {
      message.value = problem;
      progress.value = "";
      busy.value = false;
    });
  let question = 0;
  const show = async (data: Promise<Landscape>): Promise<void> => {
    const own = ++question;
    learner.halt();
    busy.value = true;
    try {
      const found = await data;
      if (own !== question) return;
      landscape.value = found;
      end();
    } catch (error) {
      if (own === question) end(text.unreadable(error instanceof Error ? error.message : String(error)));
    }
  };
  const wanted = computed(() => {
    const { source } = state.value;
    return JSON.stringify(source === "live" ? ["live", questionOf(state.value)] : [source]);
  });
  let waiting = 0;
  effect(() => {
    void wanted.value;
    untracked(() => {
      const { source } = state.peek();
      clearTimeout(waiting);
      message.value = "";
      if (source === "live") {
        question++;
        busy.value = true;
        progress.value = text.starting;
        // A slider that moves asks once, when it rests.
        waiting = window.setTimeout(
          () => learner.landscape(questionOf(state.peek())),
          landscape.peek() ? 250 : 0,
        );
      } else if (source === "file") {
        if (opened) void show(Promise.resolve(opened));
        else {
          store.patch({ source: "live" });
          message.value = text.ownFileGone;
        }
      } else if (source.startsWith("server:")) void show(loadServed(source.slice(7)));
      else if ((examples as readonly string[]).includes(source))
        void show(loadExample(source as ExampleName));
    });
  });
  onCleanup(() => clearTimeout(waiting));
  listLandscapes().then(
    (names) => {
      store.served.value = names;
    },
    () => {},
  );
  return {
    open(file) {
      openFile(file).then(
        (found) => {
          opened = found;
          if (state.peek().source === "file") landscape.value = found;
          else store.patch({ source: "file" });
        },
        (error: unknown) => end(text.unreadable(error instanceof Error ? error.message : String(error))),
      );
    },
  };
}
