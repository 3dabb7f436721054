/** What pointers and keys do to a picture. Places and distances are in pixels. */
export interface Actions {
  /** Whether a finger here means the start; elsewhere it scrolls the page. */
  isNearStart(x: number, y: number): boolean;
  moveStart(x: number, y: number): void;
  /** Told when a drag of the start begins and when it ends. */
  drag(isDragging: boolean): void;
  /** Moves the start by parts of the picture's height, up and right. */
  nudgeStart(right: number, up: number): void;
  pan(dx: number, dy: number): void;
  /** Shows `factor` times as much, around a place or the middle. */
  zoom(factor: number, x?: number, y?: number): void;
  /** Whether dragging moves the picture instead of the start. */
  isPanning(): boolean;
}

export const zoomFactor = 1.25;

/**
 * Dragging moves the start, or the picture (with the shift key, the middle button, two fingers, or when asked to); the
 * wheel zooms with the control key, which is how track pads report a pinch. Arrow keys move the start, with the alt key the
 * picture; + and - zoom.
 */
export function addGestures(canvas: HTMLCanvasElement, actions: Actions): void {
  const local = (event: { clientX: number; clientY: number }): [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  /** Pointers that are down, by their number. */
  const pointers = new Map<number, [number, number]>();
  let mode: "start" | "pan" | undefined;

  canvas.addEventListener(
    "touchstart",
    (event) => {
      const [touch] = event.touches;
      const isOurs = event.touches.length > 1 || actions.isPanning();
      if (isOurs || (touch && actions.isNearStart(...local(touch)))) event.preventDefault();
    },
    { passive: false },
  );
  canvas.addEventListener("pointerdown", (event) => {
    const place = local(event);
    const isPan = actions.isPanning() || event.shiftKey || event.button === 1;
    if (event.button > 1) return;
    pointers.set(event.pointerId, place);
    if (pointers.size > 1 || isPan) mode = "pan";
    else if (event.pointerType !== "touch" || actions.isNearStart(...place)) mode = "start";
    if (mode === undefined) return;
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    if (mode !== "start") return;
    actions.drag(true);
    actions.moveStart(...place);
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (before === undefined || mode === undefined) return;
    const now = local(event);
    if (mode === "start") actions.moveStart(...now);
    else {
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
      const share = 1 / pointers.size;
      actions.pan(share * (now[0] - before[0]), share * (now[1] - before[1]));
      if (other) {
        const distance = ([x, y]: [number, number]) => Math.max(Math.hypot(x - other[0], y - other[1]), 20);
        actions.zoom(distance(before) / distance(now), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
      }
    }
    pointers.set(event.pointerId, now);
  });
  for (const end of ["pointerup", "pointercancel"] as const) {
    canvas.addEventListener(end, (event) => {
      pointers.delete(event.pointerId);
      if (pointers.size > 0) return;
      mode = undefined;
      actions.drag(false);
    });
  }
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey && !actions.isPanning()) return;
      event.preventDefault();
      actions.zoom(Math.exp(Math.min(Math.max(event.deltaY, -60), 60) / 200), ...local(event));
    },
    { passive: false },
  );
  canvas.addEventListener("keydown", (event) => {
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[
      event.key
    ] as [number, number] | undefined;
    if (arrow) {
      const [right, up] = arrow;
      if (event.altKey) actions.pan(-40 * right, 40 * up);
      else {
        const part = event.shiftKey ? 0.05 : 0.01;
        actions.nudgeStart(part * right, part * up);
      }
    } else if (event.key === "+" || event.key === "=") actions.zoom(1 / zoomFactor);
    else if (event.key === "-") actions.zoom(zoomFactor);
    else return;
    event.preventDefault();
  });
}
