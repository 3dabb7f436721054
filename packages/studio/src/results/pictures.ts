import { shortNumber } from "@steepest/lab/drawing";
import type { ReportData } from "@steepest/lab/format";
import type { PanelContext } from "../page.ts";
import { choice, toggle } from "../ui/controls.ts";
import { h } from "../ui/dom.ts";
import { picture } from "../ui/picture.ts";
import { drawCurves, linesOf } from "./curves.ts";
import { drawScatter, knobOf, outcomeOf, type Placed } from "./scatter.ts";
import { knobsOf, metricOf, metricsOf, taskOf, trialsOf } from "./select.ts";
import { clocks, lineKinds, outcomes } from "./state.ts";
import type { ResultsStore } from "./store.ts";
import { type ResultsTexts, texts } from "./texts/index.ts";

const metricText = (metric: string, text: ResultsTexts): string =>
  metric === "train" ? text.trainLoss : text.validation(metric);

/** Metrics over steps, seconds or samples. */
export function curvesSection(store: ResultsStore, report: ReportData, context: PanelContext): HTMLElement {
  const text = texts[context.language];
  const { state, patch } = store;
  const { target } = taskOf(report, state.peek());
  const canvas = picture(
    {
      label: text.curvesPicture,
      file: "curves",
      half: 1,
      draw: (pen, size, theme) => {
        const now = state.value;
        drawCurves(pen, size, theme, report, now, linesOf(report, now, store.shown.value), {
          x: text.clockNames[now.x],
          y: metricText(metricOf(report, now), text),
          target: target ? text.target(shortNumber(target.value)) : "",
        });
      },
    },
    context.themeVersion,
  );
  return h(
    "section",
    { class: "plot" },
    h("h2", {}, text.curves),
    h(
      "div",
      { class: "row" },
      choice(
        text.metric,
        metricsOf(report, state.peek()).map((metric) => [metric, metricText(metric, text)] as const),
        () => metricOf(report, state.value),
        (metric) => patch({ metric }),
      ),
      choice(
        text.over,
        clocks.map((clock) => [clock, text.clocks[clock]] as const),
        () => state.value.x,
        (x) => patch({ x }),
      ),
      choice(
        text.lines,
        lineKinds.map((kind) => [kind, text.lineKinds[kind]] as const),
        () => state.value.lines,
        (lines) => patch({ lines }),
      ),
      h(
        "div",
        { class: "toggles" },
        toggle(
          text.logX,
          () => state.value.logX,
          (logX) => patch({ logX }),
        ),
        toggle(
          text.logY,
          () => state.value.logY,
          (logY) => patch({ logY }),
        ),
      ),
    ),
    canvas,
  );
}

/** Outcome against hyperparameter; a click on a dot marks its trial. */
export function scatterSection(store: ResultsStore, report: ReportData, context: PanelContext): HTMLElement {
  const text = texts[context.language];
  const { state, patch } = store;
  const knobs = [...knobsOf(trialsOf(report, state.peek())).keys()];
  if (knobs.length === 0) {
    return h("section", { class: "plot" }, h("h2", {}, text.scatter), h("p", { class: "help" }, text.noKnob));
  }
  const names = text.outcomes(taskOf(report, state.peek()).target?.metric ?? "");
  let placed: Placed = { dots: [], missed: [] };
  const near = (px: number, py: number) => {
    const all = [...placed.dots, ...placed.missed].map((dot) => ({
      ...dot,
      distance: Math.hypot(dot.x - px, dot.y - py),
    }));
    const [closest] = all.sort((a, b) => a.distance - b.distance);
    return closest && closest.distance < 14 ? closest.trial : undefined;
  };
  const canvas = picture(
    {
      label: text.scatterPicture,
      file: "scatter",
      half: 1,
      draw: (pen, size, theme) => {
        const now = state.value;
        placed = drawScatter(pen, size, theme, report, now, store.shown.value, {
          x: knobOf(report, now) ?? "",
          y: names[now.outcome],
        });
      },
      hint: (px, py) => {
        const trial = near(px, py);
        if (trial === undefined) return undefined;
        const value = outcomeOf(trial, state.peek().outcome);
        const knob = knobOf(report, state.peek()) ?? "";
        return `${trial.optimizer}, ${knob} ${shortNumber(trial.hyperparameters[knob] ?? Number.NaN)}: ${value === null ? "–" : shortNumber(value)}`;
      },
      pick: (px, py) => {
        const trial = near(px, py);
        if (trial === undefined) return;
        const { selected } = state.peek();
        const others = selected.filter((id) => id !== trial.id);
        patch({ selected: others.length === selected.length ? [...others, trial.id] : others });
      },
    },
    context.themeVersion,
  );
  return h(
    "section",
    { class: "plot" },
    h("h2", {}, text.scatter),
    h(
      "div",
      { class: "row" },
      choice(
        text.knob,
        knobs.map((name) => [name, name] as const),
        () => knobOf(report, state.value) ?? "",
        (knob) => patch({ knob }),
      ),
      choice(
        text.outcome,
        outcomes.map((outcome) => [outcome, names[outcome]] as const),
        () => state.value.outcome,
        (outcome) => patch({ outcome }),
      ),
    ),
    canvas,
  );
}
