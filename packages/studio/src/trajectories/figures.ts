import { canvasPen } from "@steepest/lab/drawing";
import { drawChart, stepX } from "../ui/chart.ts";
import { h } from "../ui/dom.ts";
import { computed, effect, onCleanup, type Signal, untracked } from "../ui/signal.ts";
import { themeOf } from "../ui/theme.ts";
import { type Chart, chartsOf } from "./charts.ts";
import type { Store } from "./store.ts";
import type { TrajectoryTexts } from "./texts/index.ts";

const height = 150;

/**
 * Line charts below the picture. The present is a line that moves over them without redrawing, and after a change one
 * chart is drawn per frame, so that dragging the start stays smooth.
 */
export function showCharts(
  store: Store,
  box: HTMLElement,
  text: TrajectoryTexts,
  themeVersion: Signal<number>,
): void {
  let all: readonly Chart[] = [];
  let steps = 1;
  const stale = new Set<number>();
  const place = (): void => {
    const time = Math.min(store.time.peek(), steps);
    for (const figure of box.children) {
      const now = figure.querySelector(".now") as HTMLElement;
      const width = now.parentElement!.clientWidth;
      now.style.transform = `translateX(${stepX(time, { width, steps })}px)`;
    }
  };
  const drawOne = (index: number): void => {
    const { title, log, series } = all[index] as Chart;
    const figure = box.children[index] as HTMLElement;
    const canvas = figure.querySelector("canvas") as HTMLCanvasElement;
    figure.querySelector("figcaption")!.textContent = title;
    canvas.setAttribute("aria-label", title);
    const width = canvas.parentElement!.clientWidth;
    const ratio = Math.min(devicePixelRatio, 2);
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    context.scale(ratio, ratio);
    drawChart(canvasPen(context), series(), { width, height, steps, log }, themeOf(document.documentElement));
  };
  let request = 0;
  const work = (): void => {
    request = 0;
    const [first] = stale;
    if (first === undefined) return;
    stale.delete(first);
    if (first < all.length) drawOne(first);
    request = requestAnimationFrame(work);
  };
  const refresh = (): void => {
    const runs = store.runs.peek();
    const { optimizers, selected } = store.state.peek();
    all = chartsOf(runs, optimizers, selected, text, store.field.peek());
    steps = runs[0]?.steps ?? store.state.peek().steps;
    // Figures are reused: their number rarely changes, and new ones would flicker while dragging.
    while (box.children.length > all.length) box.lastElementChild?.remove();
    while (box.children.length < all.length) box.append(emptyFigure());
    for (const index of all.keys()) stale.add(index);
    place();
    if (request === 0) request = requestAnimationFrame(work);
  };
  /** The function in one dimension, whose valleys are counted in; a plane does not change the charts. */
  const curve = computed(() => {
    const field = store.field.value;
    return field?.columns === field?.values.length ? field : undefined;
  });
  const selected = computed(() => store.state.value.selected);
  effect(() => {
    void [store.runs.value, selected.value, themeVersion.value, curve.value];
    untracked(refresh);
  });
  effect(() => {
    void store.time.value;
    place();
  });
  const observer = new ResizeObserver(refresh);
  observer.observe(box);
  onCleanup(() => {
    observer.disconnect();
    cancelAnimationFrame(request);
  });
}

const emptyFigure = (): HTMLElement =>
  h(
    "figure",
    {},
    h("figcaption"),
    h("div", { class: "chart" }, h("canvas", { role: "img" }), h("div", { class: "now" })),
  );
