import { choice, iconButton } from "../ui/controls.ts";
import { h } from "../ui/dom.ts";
import { icon } from "../ui/icons.ts";
import { effect, onCleanup } from "../ui/signal.ts";
import { limits } from "./state.ts";
import type { Store } from "./store.ts";
import type { TrajectoryTexts } from "./texts/index.ts";

/** Play, step, scrub, rewind and the speed. */
export function createTransport(store: Store, text: TrajectoryTexts): HTMLElement {
  const steps = () => store.state.peek().steps;
  const goTo = (time: number): void => {
    store.playing.value = false;
    store.time.value = Math.min(Math.max(time, 0), steps());
  };
  const toggle = (): void => {
    if (!store.playing.peek() && store.time.peek() >= steps()) store.time.value = 0;
    store.playing.value = !store.playing.peek();
  };
  const play = iconButton(text.play, "play", toggle);
  play.classList.add("primary");
  const scrub = h("input", {
    type: "range",
    min: 0,
    step: 1,
    class: "scrub",
    "aria-label": text.time,
    oninput: () => goTo(Number(scrub.value)),
  });
  const shown = h("output", { class: "time" });
  const element = h(
    "div",
    { class: "transport", role: "group" },
    iconButton(text.rewind, "rewind", () => goTo(0)),
    iconButton(text.back, "back", () => goTo(Math.ceil(store.time.peek()) - 1)),
    play,
    iconButton(text.forward, "forward", () => goTo(Math.floor(store.time.peek()) + 1)),
    scrub,
    shown,
    choice(
      text.speed,
      limits.speeds.map((n) => [String(n), text.perSecond(n)] as const),
      () => String(store.state.value.speed),
      (value) => store.patch({ speed: Number(value) }),
    ),
  );

  let request = 0;
  let before: number | undefined;
  const advance = (now: number): void => {
    const elapsed = before === undefined ? 0 : Math.min(now - before, 100);
    before = now;
    const next = store.time.peek() + (elapsed / 1000) * store.state.peek().speed;
    store.time.value = Math.min(next, steps());
    if (next >= steps()) store.playing.value = false;
    else request = requestAnimationFrame(advance);
  };
  onCleanup(() => cancelAnimationFrame(request));
  effect(() => {
    const isPlaying = store.playing.value;
    const label = isPlaying ? text.pause : text.play;
    play.setAttribute("aria-label", label);
    play.title = label;
    play.replaceChildren(icon(isPlaying ? "pause" : "play"));
    cancelAnimationFrame(request);
    before = undefined;
    if (isPlaying) request = requestAnimationFrame(advance);
  });
  effect(() => {
    const { steps: count } = store.state.value;
    scrub.max = String(count);
    if (store.time.peek() > count) store.time.value = count;
  });
  effect(() => {
    const time = Math.floor(store.time.value);
    scrub.value = String(time);
    shown.textContent = `${time}`;
  });
  return element;
}
