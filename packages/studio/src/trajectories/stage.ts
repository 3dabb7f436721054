import { canvasPen, type Pen } from "@steepest/lab/drawing";
import { iconButton } from "../ui/controls.ts";
import { h } from "../ui/dom.ts";
import { drawField } from "../ui/field.ts";
import { computed, effect, onCleanup, type Signal, signal } from "../ui/signal.ts";
import { type Theme, themeOf } from "../ui/theme.ts";
import { type Frame, squareFrame } from "../ui/view.ts";
import { minimisersOf } from "./batch-minimisers.ts";
import { drawMinimisers, drawPaths, type Scene } from "./draw.ts";
import { drawBeads, drawCurve, halves } from "./draw1d.ts";
import { addGestures, zoomFactor } from "./gestures.ts";
import { problemOf } from "./state.ts";
import type { Store } from "./store.ts";
import type { TrajectoryTexts } from "./texts/index.ts";

export interface Stage {
  readonly element: HTMLElement;
  /** Size of the picture in CSS pixels; changes with the window. */
  readonly size: Signal<{ readonly width: number; readonly height: number }>;
  /** Draws the whole picture with another pen. */
  draw(pen: Pen): void;
  /** Draws again, after a change of theme. */
  refresh(): void;
}

/** The picture: two canvases on top of each other, the lower one redrawn only when the function or the view changes. */
export function createStage(store: Store, text: TrajectoryTexts): Stage {
  const below = h("canvas", { "aria-hidden": "true" });
  const above = h("canvas", { tabindex: 0, role: "application", "aria-label": text.picture, id: "picture" });
  const panning = signal(false);
  /** Units of the plane in a pixel. */
  const unitOf = (half: number): number => (2 * half) / (size.peek().height || 1);
  const setView = (x: number, y: number, half: number): void => {
    // Five digits, as in the address, so that a shared link shows the very same picture.
    const short = (value: number): number => Number(value.toPrecision(5));
    store.patch({ view: { center: [short(x), short(y)], half: short(half) } });
  };
  /** Keeps what is at a place of the picture where it is. */
  const zoom = (factor: number, px?: number, py?: number): void => {
    const { width, height } = size.peek();
    const { center, half } = store.state.peek().view;
    const next = Math.min(Math.max(half * factor, 1e-4), 1e4);
    const change = unitOf(half) - unitOf(next);
    const [dx, dy] = [(px ?? width / 2) - width / 2, height / 2 - (py ?? height / 2)];
    setView(center[0] + change * dx, center[1] + (isFlat() ? 0 : change * dy), next);
  };
  const hand = iconButton(text.pan, "hand", () => {
    panning.value = !panning.peek();
  });
  const size = signal({ width: 0, height: 0 });
  const element = h(
    "div",
    { class: "stage" },
    below,
    above,
    h(
      "div",
      { class: "zoom" },
      iconButton(text.zoomIn, "plus", () => zoom(1 / zoomFactor)),
      iconButton(text.zoomOut, "minus", () => zoom(zoomFactor)),
      hand,
      iconButton(text.resetView, "reset", () => store.patch({ view: problemOf(store.state.peek()).view })),
    ),
  );
  const version = signal(0);
  const observer = new ResizeObserver(() => {
    size.value = { width: element.clientWidth, height: element.clientHeight };
  });
  observer.observe(element);

  let theme: Theme = themeOf(document.documentElement);
  const frame = (): Frame => {
    const { width, height } = size.peek();
    return squareFrame(store.state.peek().view, width, height);
  };
  const scene = (): Scene => {
    const { start, selected } = store.state.peek();
    return {
      runs: store.runs.peek(),
      time: store.time.peek(),
      start,
      minima: problemOf(store.state.peek()).minima,
      selected,
    };
  };
  const split = () => {
    const field = store.field.peek()!;
    const { width, height } = size.peek();
    return halves(field, width, height, store.runs.peek()[0]?.steps ?? store.state.peek().steps);
  };
  const isFlat = (): boolean => store.state.peek().start.length === 1;
  /** The field still shows the last function while the next one is being computed. */
  const fits = (): boolean => {
    const field = store.field.peek();
    return field !== undefined && (field.columns === field.values.length) === isFlat();
  };
  const matching = (): Scene => {
    const all = scene();
    return { ...all, runs: all.runs.filter((run) => run.dimensions === all.start.length) };
  };
  const drawLower = (pen: Pen): void => {
    const field = store.field.peek();
    if (field === undefined || !fits()) return;
    if (isFlat()) drawCurve(pen, field, matching().runs, split(), theme, text.density);
    else {
      drawField(pen, field, frame(), theme);
      const { batch } = store.state.peek();
      drawMinimisers(pen, minimisersOf(problemOf(store.state.peek()).data, batch), frame(), theme);
    }
  };
  const drawUpper = (pen: Pen): void => {
    const field = store.field.peek();
    if (field === undefined || !fits()) return;
    if (isFlat()) drawBeads(pen, matching(), field, split(), theme);
    else drawPaths(pen, matching(), frame(), theme);
  };
  const clean = (canvas: HTMLCanvasElement): Pen => {
    const { width, height } = size.peek();
    const ratio = Math.min(devicePixelRatio, 2);
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    return canvasPen(context);
  };

  effect(() => {
    hand.setAttribute("aria-pressed", String(panning.value));
    element.classList.toggle("panning", panning.value);
  });
  const view = computed(() => store.state.value.view);
  const batches = computed(() => store.state.value.batch);

  let request = 0;
  let lowerIsStale = true;
  const paint = () => {
    request = 0;
    if (size.peek().width === 0) return;
    if (lowerIsStale) drawLower(clean(below));
    lowerIsStale = false;
    drawUpper(clean(above));
  };
  const schedule = () => {
    if (request === 0) request = requestAnimationFrame(paint);
  };
  effect(() => {
    void [
      size.value,
      version.value,
      store.field.value,
      isFlat() && store.runs.value,
      view.value,
      batches.value,
    ];
    lowerIsStale = true;
    schedule();
  });
  effect(() => {
    void [store.time.value, store.runs.value, store.state.value];
    schedule();
  });
  onCleanup(() => {
    observer.disconnect();
    cancelAnimationFrame(request);
  });

  const moveStart = (px: number, py: number): void => {
    if (isFlat()) {
      if (store.field.peek() === undefined) return;
      const [left, right] = store.field.peek()!.bounds;
      const { width } = size.peek();
      store.patch({ start: [left + (px / width) * (right - left)] });
    } else store.patch({ start: frame().fromPixels(px, py) });
  };
  const startPixels = (): [number, number] => {
    const [x, y = 0] = store.state.peek().start as [number, number?];
    return isFlat() ? [split()[0].toX(x), Number.NaN] : [frame().toX(x), frame().toY(y)];
  };
  addGestures(above, {
    isNearStart(x, y) {
      const [sx, sy] = startPixels();
      return Math.abs(x - sx) < 32 && (Number.isNaN(sy) || Math.abs(y - sy) < 32);
    },
    moveStart,
    drag(isDragging) {
      store.dragging.value = isDragging;
    },
    nudgeStart(right, up) {
      const { start, view } = store.state.peek();
      const by = [2 * view.half * right, 2 * view.half * up];
      store.patch({ start: start.map((x, d) => x + (by[d] as number)) });
    },
    pan(dx, dy) {
      const { view } = store.state.peek();
      const unit = unitOf(view.half);
      setView(view.center[0] - unit * dx, view.center[1] + (isFlat() ? 0 : unit * dy), view.half);
    },
    zoom,
    isPanning: () => panning.peek(),
  });

  return {
    element,
    size,
    draw(pen) {
      drawLower(pen);
      drawUpper(pen);
    },
    refresh() {
      theme = themeOf(document.documentElement);
      version.value++;
    },
  };
}
