import { startEngine } from "../engine/client.ts";
import type { NormsAnswer, PolarAnswer } from "../engine/norms.ts";
import type { PanelContext } from "../page.ts";
import { h } from "../ui/dom.ts";
import { download } from "../ui/download.ts";
import { saveButtons } from "../ui/save-buttons.ts";
import { computed, effect, onCleanup, signal } from "../ui/signal.ts";
import { matrixSection } from "./matrices.ts";
import { polarSection } from "./polar.ts";
import { normsCode, normsCsv, normsJson } from "./save.ts";
import { curveValues, exampleValues } from "./spectrum.ts";
import {
  initialNorms,
  matrixNorms,
  matrixOf,
  type NormsState,
  planeOf,
  readNorms,
  vectorNorms,
  writeNorms,
} from "./state.ts";
import type { NormsStore } from "./store.ts";
import { texts as ownTexts } from "./texts/index.ts";
import { stepSection, vectorSection } from "./vectors.ts";

/** The panel of norms. Call it inside an effect, whose end stops it. */
export function normsPanel(context: PanelContext): HTMLElement {
  const { language, texts, address, saveAddress } = context;
  const text = ownTexts[language];
  const state = signal(readNorms(address));
  const store: NormsStore = {
    state,
    vectors: signal<NormsAnswer>([]),
    matrices: signal<NormsAnswer>([]),
    spectrum: signal<PolarAnswer>([]),
    patch: (change) => {
      state.value = { ...state.peek(), ...change };
    },
  };
  const message = h("p", { class: "message", role: "status" });
  const element = h(
    "div",
    { class: "norms" },
    h("p", { class: "lead" }, text.lead),
    vectorSection(store, context),
    stepSection(store, context),
    matrixSection(store, context),
    polarSection(store, context),
    message,
    saveButtons(
      {
        formats: {
          CSV: () => download("norms.csv", normsCsv(store.vectors.peek(), store.matrices.peek()), "text/csv"),
          JSON: () =>
            download(
              "norms.json",
              normsJson(
                state.peek(),
                store.vectors.peek(),
                store.matrices.peek(),
                store.spectrum.peek(),
                location.href,
              ),
              "application/json",
            ),
        },
        code: () => normsCode(state.peek()),
        codeLead: text.codeLead,
      },
      texts,
    ),
  );
  compute(store, element, (problem) => {
    message.textContent = texts.failed(problem);
  });
  effect(() => saveAddress(writeNorms(state.value)));
  return element;
}

/** Asks the worker again whenever what a section depends on changes. */
function compute(store: NormsStore, element: HTMLElement, failed: (message: string) => void): void {
  const engine = startEngine(
    element,
    {
      vectors(reports) {
        store.vectors.value = reports;
      },
      matrices(reports) {
        store.matrices.value = reports;
      },
      polar(images) {
        store.spectrum.value = images;
      },
    },
    failed,
  );
  onCleanup(() => engine.stop());
  const part = <K extends keyof NormsState>(...keys: K[]) =>
    computed(() => JSON.stringify(keys.map((key) => store.state.value[key])));
  const now = () => store.state.peek();

  const vectorPart = part("p", "gradient");
  effect(() => {
    void vectorPart.value;
    const { p, gradient } = now();
    const plane = [
      [1, 0],
      [0, 1],
    ] as const;
    engine.ask("vectors", { norms: vectorNorms, p, shape: [2], plane, gradient });
  });
  const matrixPart = part("singular", "left", "right");
  effect(() => {
    void matrixPart.value;
    const { singular, left, right } = now();
    const gradient = matrixOf(left, right, singular);
    engine.ask("matrices", {
      norms: matrixNorms,
      p: initialNorms.p,
      shape: [2, 2],
      plane: planeOf(now()),
      gradient,
    });
  });
  const polarPart = part("method", "quintic", "steps", "condition");
  effect(() => {
    void polarPart.value;
    const { method, quintic, steps, condition } = now();
    engine.ask("polar", { method, quintic, steps, values: [...curveValues, ...exampleValues(condition)] });
  });
}
