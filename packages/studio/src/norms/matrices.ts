import { shortNumber } from "@steepest/lab/drawing";
import type { PanelContext } from "../page.ts";
import { choice, slider } from "../ui/controls.ts";
import { h } from "../ui/dom.ts";
import { picture } from "../ui/picture.ts";
import { effect } from "../ui/signal.ts";
import { drawBalls } from "./draw.ts";
import { coordinates, type MatrixNorm, matrixNorms, matrixOf, planeOf, ranges } from "./state.ts";
import type { NormsStore } from "./store.ts";
import { texts } from "./texts/index.ts";
import { normTable } from "./vectors.ts";

const matrixText = (m: readonly number[]): string =>
  `[${m.slice(0, 2).map(fixed).join("  ")}; ${m.slice(2).map(fixed).join("  ")}]`;
const fixed = (x: number): string => (Math.abs(x) < 5e-3 ? "0" : x.toFixed(2));

/** Balls of matrix norms in the slice of the gradient's singular vectors. */
export function matrixSection(store: NormsStore, { language, themeVersion }: PanelContext): HTMLElement {
  const text = texts[language];
  const balls = picture(
    {
      label: text.matrixPicture,
      file: "matrix-balls",
      half: 1.7,
      draw: (pen, frame, theme) => {
        const { norm, singular } = store.state.value;
        const plane = planeOf(store.state.value);
        drawBalls(
          pen,
          frame,
          theme,
          store.matrices.value,
          (name) => name === norm,
          singular,
          ({ lmo }) => coordinates(lmo, plane),
        );
      },
      handle: {
        read: () => store.state.peek().singular,
        write: (singular) => store.patch({ singular }),
      },
    },
    themeVersion,
  );
  const table = h("div", { class: "table" });
  const gradient = h("p", { class: "matrix" });
  effect(() => {
    const { left, right, singular } = store.state.value;
    gradient.textContent = `${text.gradient} ${matrixText(matrixOf(left, right, singular))}`;
    table.replaceChildren(
      normTable(
        ["", text.norm, text.dual, text.oracle],
        store.matrices.value.map(({ name, norm, dual, lmo }) => ({
          name,
          label: text.names[name],
          cells: [shortNumber(norm), shortNumber(dual), matrixText(lmo)],
        })),
      ),
    );
  });
  const angle = (key: "left" | "right") =>
    slider(
      text[key],
      ranges[key],
      () => store.state.value[key],
      (value) => store.patch({ [key]: value }),
    );
  return h(
    "section",
    { class: "split" },
    h(
      "div",
      {},
      h("h2", {}, text.matrices),
      h("p", { class: "help" }, text.matricesLead),
      choice<MatrixNorm>(
        text.foreground,
        matrixNorms.map((name) => [name, text.names[name]] as const),
        () => store.state.value.norm,
        (norm) => store.patch({ norm }),
      ),
      angle("left"),
      angle("right"),
      gradient,
      table,
    ),
    balls,
  );
}
