import type { Texts } from "../i18n/en.ts";
import { drawChart, stepX } from "../ui/chart.ts";
import { h } from "../ui/dom.ts";
import { canvasPen } from "../ui/pen.ts";
import { computed, effect, onCleanup, type Signal } from "../ui/signal.ts";
import { themeOf } from "../ui/theme.ts";
import { chartsOf } from "./charts.ts";
import type { Store } from "./store.ts";

/** Line charts below the picture; the present is a line that moves over them without redrawing. */
export function showCharts(store: Store, box: HTMLElement, texts: Texts, themeVersion: Signal<number>): void {
  const height = 150;
  const markers: { element: HTMLElement; width: number }[] = [];
  const place = () => {
    const { steps } = store.state.peek();
    for (const { element, width } of markers) {
      element.style.transform = `translateX(${stepX(Math.min(store.time.peek(), steps), { width, steps })}px)`;
    }
  };
  const draw = () => {
    const runs = store.runs.peek();
    const { optimizers, selected, steps } = store.state.peek();
    const theme = themeOf(document.documentElement);
    const all = chartsOf(runs, optimizers, selected, texts);
    // Reuse the figures: their number rarely changes, and new ones would flicker while dragging.
    while (box.children.length > all.length) box.lastElementChild?.remove();
    while (box.children.length < all.length) {
      box.append(
        h(
          "figure",
          {},
          h("figcaption"),
          h("div", { class: "chart" }, h("canvas", { role: "img" }), h("div", { class: "now" })),
        ),
      );
    }
    markers.length = 0;
    all.forEach(({ title, log, series }, i) => {
      const figure = box.children[i] as HTMLElement;
      const canvas = figure.querySelector("canvas") as HTMLCanvasElement;
      figure.querySelector("figcaption")!.textContent = title;
      canvas.setAttribute("aria-label", title);
      const width = Math.round(canvas.parentElement!.clientWidth);
      const ratio = Math.min(devicePixelRatio, 2);
      canvas.width = width * ratio;
      canvas.height = height * ratio;
      const context = canvas.getContext("2d") as CanvasRenderingContext2D;
      context.scale(ratio, ratio);
      drawChart(canvasPen(context), series, { width, height, steps, log }, theme);
      markers.push({ element: figure.querySelector(".now") as HTMLElement, width });
    });
    place();
  };
  let request = 0;
  const schedule = () => {
    if (request === 0) {
      request = requestAnimationFrame(() => {
        request = 0;
        draw();
      });
    }
  };
  const selected = computed(() => store.state.value.selected);
  effect(() => {
    void [store.runs.value, selected.value, themeVersion.value];
    schedule();
  });
  effect(() => {
    void store.time.value;
    place();
  });
  const observer = new ResizeObserver(schedule);
  observer.observe(box);
  onCleanup(() => {
    observer.disconnect();
    cancelAnimationFrame(request);
  });
}
