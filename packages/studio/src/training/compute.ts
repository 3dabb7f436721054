import { startLearner } from "../learning/client.ts";
import { batch, computed, effect, onCleanup, untracked } from "../ui/signal.ts";
import { experimentOf } from "./state.ts";
import { extended, type TrainingStore } from "./store.ts";
import type { TrainingTexts } from "./texts/index.ts";

/** What the buttons do. */
export interface Actions {
  toggle(): void;
  step(): void;
  reset(): void;
}

/** Trains in the worker as the state says: any change of the experiment starts anew. */
export function compute(store: TrainingStore, text: TrainingTexts): Actions {
  const { state, curves, playing, message, busy } = store;
  /** The step at which training rests. */
  let goal = state.peek().time;
  const done = () => Math.max(0, ...curves.peek().map((c) => c.step));
  const isOver = () => curves.peek().length > 0 && curves.peek().every((c) => c.status !== "training");
  const learner = startLearner((answer) => {
    if (answer.kind === "failure") {
      batch(() => {
        message.value = text.failed(answer.message);
        playing.value = false;
        busy.value = false;
      });
    } else if (answer.kind === "progress") {
      batch(() => {
        curves.value = extended(curves.peek(), answer.progress);
        const rests = isOver() || done() >= goal;
        if (isOver()) playing.value = false;
        busy.value = !rests;
        if (rests) store.patch({ time: done() });
      });
    }
  });
  onCleanup(() => learner.stop());
  const experiment = computed(() => JSON.stringify(experimentOf(state.value)));
  let waiting = 0;
  let first = true;
  effect(() => {
    void experiment.value;
    untracked(() => {
      if (!first) goal = playing.peek() ? state.peek().steps : 0;
      batch(() => {
        curves.value = [];
        message.value = "";
        busy.value = true;
        if (!first) store.patch({ time: 0 });
      });
      clearTimeout(waiting);
      // A slider that moves asks once, when it rests.
      waiting = window.setTimeout(() => learner.train(experimentOf(state.peek()), goal), first ? 0 : 200);
      first = false;
    });
  });
  onCleanup(() => clearTimeout(waiting));
  const to = (step: number) => {
    goal = step;
    learner.to(step);
  };
  const restart = (until: number) => {
    goal = until;
    curves.value = [];
    learner.train(experimentOf(state.peek()), goal);
  };
  return {
    toggle() {
      if (playing.peek()) {
        playing.value = false;
        to(0);
        batch(() => {
          busy.value = false;
          store.patch({ time: done() });
        });
        return;
      }
      playing.value = true;
      busy.value = true;
      if (isOver()) restart(state.peek().steps);
      else to(state.peek().steps);
    },
    step() {
      if (isOver()) return;
      playing.value = false;
      busy.value = true;
      to(done() + 1);
    },
    reset() {
      playing.value = false;
      busy.value = true;
      store.patch({ time: 0 });
      restart(0);
    },
  };
}
