import { canvasPen, type Pen, svgPen } from "@steepest/lab/drawing";
import { h } from "./dom.ts";
import { download, pngOf } from "./download.ts";
import { effect, onCleanup, signal } from "./signal.ts";
import { type Theme, themeOf } from "./theme.ts";
import { type Frame, frameOf } from "./view.ts";

export interface PictureOptions {
  /** What it shows, and how the keys work if anything can be dragged. */
  readonly label: string;
  /** Half the height, in units of the plane around the origin; both axes have the same scale. */
  readonly half: number;
  /** Name of the files that it is saved as. */
  readonly file: string;
  /** Draws it; what it reads is tracked. */
  draw(pen: Pen, frame: Frame, theme: Theme): void;
  /** What is told about the place under the mouse, in pixels. */
  hint?(x: number, y: number): string | undefined;
  /** Called with the place of a click, in pixels. */
  pick?(x: number, y: number): void;
  /** Called with pixels by which the picture is turned: by dragging, and by arrow keys. */
  turn?(dx: number, dy: number): void;
  /** Called with a key that was pressed on it; whether it meant anything. */
  press?(key: string): boolean;
  /** A point that can be dragged, and moved by arrow keys. */
  readonly handle?: { read(): readonly [number, number]; write(point: [number, number]): void };
}

/** A canvas that redraws itself when what it shows, its size or the theme changes. */
export function picture(
  { label, half, file, draw, handle, hint, pick, turn, press }: PictureOptions,
  themeVersion: { readonly value: number },
): HTMLElement {
  const canvas = h(
    "canvas",
    handle || turn || press
      ? { tabindex: 0, role: "application", "aria-label": label }
      : { role: "img", "aria-label": label },
  );
  const element = h(
    "div",
    { class: handle || turn ? "picture draggable" : "picture" },
    canvas,
    h(
      "div",
      { class: "buttons" },
      saveButton("SVG", () => download(`${file}.svg`, toSvg(), "image/svg+xml")),
      saveButton("PNG", async () => download(`${file}.png`, await toPng())),
    ),
  );
  function saveButton(format: string, onclick: () => unknown): HTMLElement {
    return h(
      "button",
      { type: "button", "aria-label": `${label}: ${format}`, onclick: () => void onclick() },
      format,
    );
  }
  function toSvg(): string {
    const theme = themeOf(document.documentElement);
    const pen = svgPen(size.peek().width, size.peek().height, theme.background);
    draw(pen, frame(), theme);
    return pen.finish();
  }
  function toPng(): Promise<Blob> {
    const { width, height } = size.peek();
    const theme = themeOf(document.documentElement);
    return pngOf(width, height, theme.background, (pen) => draw(pen, frame(), theme));
  }
  const size = signal({ width: 0, height: 0 });
  const observer = new ResizeObserver(() => {
    size.value = { width: element.clientWidth, height: element.clientHeight };
  });
  observer.observe(element);
  onCleanup(() => observer.disconnect());
  const frame = (): Frame => {
    const { width, height } = size.peek();
    const side = (half * width) / height;
    return frameOf([-side, side, -half, half], width, height);
  };
  effect(() => {
    const { width, height } = size.value;
    void themeVersion.value;
    if (width === 0) return;
    const ratio = Math.min(devicePixelRatio, 2);
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    context.scale(ratio, ratio);
    draw(canvasPen(context), frame(), themeOf(document.documentElement));
  });
  if (turn) makeTurnable(canvas, turn);
  if (press) {
    canvas.addEventListener("keydown", (event) => {
      const isPlain = !(event.altKey || event.ctrlKey || event.metaKey);
      if (isPlain && press(event.key)) event.preventDefault();
    });
  }
  if (handle) makeDraggable(canvas, frame, half, handle);
  if (hint) {
    canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => {
      const text = hint(offsetX, offsetY);
      canvas.title = text ?? "";
      canvas.style.cursor = text === undefined ? "" : "pointer";
    });
  }
  if (pick) canvas.addEventListener("click", ({ offsetX, offsetY }) => pick(offsetX, offsetY));
  return element;
}

/** A finger scrolls the page unless it begins near the handle; a mouse moves the handle from anywhere. */
function makeDraggable(
  canvas: HTMLCanvasElement,
  frame: () => Frame,
  half: number,
  handle: NonNullable<PictureOptions["handle"]>,
): void {
  const local = ({ clientX, clientY }: { clientX: number; clientY: number }): [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [clientX - box.left, clientY - box.top];
  };
  const isNear = ([px, py]: [number, number]): boolean => {
    const [x, y] = handle.read();
    const f = frame();
    return Math.hypot(px - f.toX(x), py - f.toY(y)) < 36;
  };
  const move = (event: PointerEvent) => handle.write(frame().fromPixels(...local(event)));
  let dragging = false;
  canvas.addEventListener(
    "touchstart",
    (event) => {
      const [touch] = event.touches;
      if (touch && isNear(local(touch))) event.preventDefault();
    },
    { passive: false },
  );
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || (event.pointerType === "touch" && !isNear(local(event)))) return;
    dragging = true;
    canvas.setPointerCapture(event.pointerId);
    move(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (dragging) move(event);
  });
  for (const end of ["pointerup", "pointercancel"] as const) {
    canvas.addEventListener(end, () => {
      dragging = false;
    });
  }
  canvas.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key];
    if (by === undefined) return;
    const [x, y] = handle.read();
    const unit = half * (event.shiftKey ? 0.1 : 0.02);
    handle.write([x + unit * (by[0] as number), y + unit * (by[1] as number)]);
    event.preventDefault();
  });
}

/** A finger turns sideways only, so that it can still scroll the page. */
function makeTurnable(canvas: HTMLCanvasElement, turn: (dx: number, dy: number) => void): void {
  canvas.style.touchAction = "pan-y";
  canvas.style.cursor = "grab";
  let dragging = false;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    dragging = true;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", ({ movementX, movementY }) => {
    if (dragging) turn(movementX, movementY);
  });
  for (const end of ["pointerup", "pointercancel"] as const) {
    canvas.addEventListener(end, () => {
      dragging = false;
    });
  }
  canvas.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    if (by === undefined) return;
    const pixels = event.shiftKey ? 40 : 10;
    turn(pixels * (by[0] as number), pixels * (by[1] as number));
    event.preventDefault();
  });
}
