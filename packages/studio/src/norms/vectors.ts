import { shortNumber } from "@steepest/lab/drawing";
import type { PanelContext } from "../page.ts";
import { slider } from "../ui/controls.ts";
import { h } from "../ui/dom.ts";
import { picture } from "../ui/picture.ts";
import { effect } from "../ui/signal.ts";
import { drawBalls, drawStep, normColors, stepOf } from "./draw.ts";
import { ranges, vectorNorms } from "./state.ts";
import type { NormsStore } from "./store.ts";
import { texts } from "./texts/index.ts";

/** A row per norm: its colour and name, then numbers. */
export function normTable(
  head: readonly string[],
  rows: readonly {
    readonly name: keyof typeof normColors;
    readonly label: string;
    readonly cells: readonly string[];
  }[],
): HTMLElement {
  return h(
    "table",
    {},
    h(
      "thead",
      {},
      h("tr", {}, ...head.map((text) => (text === "" ? h("td") : h("th", { scope: "col" }, text)))),
    ),
    h(
      "tbody",
      {},
      ...rows.map(({ name, label, cells }) => {
        const swatch = h("span", { class: "swatch" });
        swatch.style.background = normColors[name];
        return h(
          "tr",
          {},
          h("th", { scope: "row" }, swatch, label),
          ...cells.map((text) => h("td", {}, text)),
        );
      }),
    ),
  );
}

/** Unit balls, dual norms and oracles of a dragged gradient. */
export function vectorSection(store: NormsStore, { language, themeVersion }: PanelContext): HTMLElement {
  const text = texts[language];
  const balls = picture(
    {
      label: text.vectorPicture,
      file: "balls",
      half: 2,
      draw: (pen, frame, theme) =>
        drawBalls(
          pen,
          frame,
          theme,
          store.vectors.value,
          (name) => name === "lp",
          store.state.value.gradient,
          ({ lmo }) => lmo as unknown as [number, number],
        ),
      handle: {
        read: () => store.state.peek().gradient,
        write: (gradient) => store.patch({ gradient }),
      },
    },
    themeVersion,
  );
  const table = h("div", { class: "table" });
  effect(() => {
    table.replaceChildren(
      normTable(
        ["", text.norm, text.dual, text.oracle],
        store.vectors.value.map(({ name, norm, dual, lmo }) => ({
          name,
          label: text.names[name],
          cells: [shortNumber(norm), shortNumber(dual), `(${lmo.map(shortNumber).join("; ")})`],
        })),
      ),
    );
  });
  return h(
    "section",
    { class: "split" },
    h(
      "div",
      {},
      h("h2", {}, text.vectors),
      h("p", { class: "help" }, text.vectorsLead),
      slider(
        text.p,
        ranges.p,
        () => store.state.value.p,
        (p) => store.patch({ p }),
      ),
      table,
    ),
    balls,
  );
}

/** One step of steepest descent on a bowl, for each norm. */
export function stepSection(store: NormsStore, { language, themeVersion }: PanelContext): HTMLElement {
  const text = texts[language];
  const steps = vectorNorms.map((name) => {
    const caption = h("figcaption");
    const report = () => store.vectors.value.find((r) => r.name === name);
    const step = () => {
      const { gradient, curvature, rate } = store.state.value;
      const found = report();
      return found && { report: found, curvature, step: stepOf(found, gradient, curvature, rate) };
    };
    effect(() => {
      const now = step();
      const size = now ? text.remaining(shortNumber(now.step.remaining)) : "";
      caption.replaceChildren(h("strong", {}, text.names[name]), ` ${text.known[name]}`, h("br"), size);
    });
    return h(
      "figure",
      {},
      picture(
        {
          label: text.stepPicture(text.names[name]),
          file: `step-${name}`,
          half: 1.5,
          draw: (pen, frame, theme) => {
            const now = step();
            if (now) drawStep(pen, frame, theme, now.report, now.step, now.curvature);
          },
        },
        themeVersion,
      ),
      caption,
    );
  });
  return h(
    "section",
    {},
    h("h2", {}, text.steps),
    h("p", { class: "help" }, text.stepsLead),
    h(
      "div",
      { class: "row" },
      slider(
        text.rate,
        ranges.rate,
        () => store.state.value.rate,
        (rate) => store.patch({ rate }),
      ),
      slider(
        text.curvature,
        ranges.curvature,
        () => store.state.value.curvature,
        (curvature) => store.patch({ curvature }),
      ),
    ),
    h("div", { class: "multiples" }, ...steps),
  );
}
