import { startEngine } from "../engine/client.ts";
import type { FieldRequest } from "../engine/field.ts";
import type { Texts } from "../i18n/en.ts";
import { batch, computed, effect, onCleanup, untracked } from "../ui/signal.ts";
import { squareFrame } from "../ui/view.ts";
import type { Stage } from "./stage.ts";
import { experimentOf, objectiveOf } from "./state.ts";
import type { Store } from "./store.ts";

/** Grid points of a curve, and of a plane from bottom to top. */
const curvePoints = 401;
const gridRows = 141;
/** The first of the runs: each has the same noise however many there are. */
const seedsWhileDragging = 20;

/** Keeps the runs and the field up to date: asks the worker again whenever what they depend on changes. */
export function compute(store: Store, stage: Stage, texts: Texts, element: HTMLElement): void {
  const engine = startEngine(
    element,
    {
      simulate({ runs, milliseconds }) {
        batch(() => {
          store.runs.value = runs;
          store.message.value = "";
        });
        element.dataset.milliseconds = milliseconds.toFixed(1);
      },
      field(values, { bounds, columns }) {
        store.field.value = { values, columns, bounds };
      },
    },
    (problem) => {
      store.message.value = texts.failed(problem);
    },
  );
  onCleanup(() => engine.stop());

  const experiment = () => {
    const whole = experimentOf(store.state.value);
    return store.dragging.value ? { ...whole, seeds: Math.min(whole.seeds, seedsWhileDragging) } : whole;
  };
  const question = computed(() => JSON.stringify([experiment(), store.state.value.optimizers]));
  effect(() => {
    void question.value;
    untracked(() =>
      engine.ask("simulate", { experiment: experiment(), contestants: store.state.peek().optimizers }),
    );
  });

  const where = computed(() => {
    const { width, height } = stage.size.value;
    const { view, start } = store.state.value;
    const columns = start.length === 1 ? curvePoints : Math.round((gridRows * width) / (height || 1));
    const request: FieldRequest = {
      objective: objectiveOf(store.state.value),
      bounds: squareFrame(view, width, height).bounds,
      columns,
      rows: start.length === 1 ? 1 : gridRows,
    };
    return JSON.stringify(request);
  });
  effect(() => {
    const request = JSON.parse(where.value) as FieldRequest;
    if (stage.size.peek().width > 0) engine.ask("field", request);
  });
}
