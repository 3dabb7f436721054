import type { Texts } from "../i18n/en.ts";
import { choice, iconButton } from "./controls.ts";
import { h } from "./dom.ts";
import { icon } from "./icons.ts";
import { effect, onCleanup, type Signal, untracked } from "./signal.ts";

/** What is played. */
export interface Clock {
  /** Steps done, may lie between two. */
  readonly time: Signal<number>;
  readonly playing: Signal<boolean>;
  /** How many steps there are; tracked. */
  steps(): number;
  /** Steps per second; tracked. */
  speed(): number;
  setSpeed(speed: number): void;
}

export const speeds = [5, 15, 30, 60, 120, 300] as const;

/** Play, step, scrub, rewind and the speed. */
export function createTransport(clock: Clock, { transport: text }: Texts): HTMLElement {
  const steps = () => untracked(clock.steps);
  const goTo = (time: number): void => {
    clock.playing.value = false;
    clock.time.value = Math.min(Math.max(time, 0), steps());
  };
  const toggle = (): void => {
    if (!clock.playing.peek() && clock.time.peek() >= steps()) clock.time.value = 0;
    clock.playing.value = !clock.playing.peek();
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
    iconButton(text.back, "back", () => goTo(Math.ceil(clock.time.peek()) - 1)),
    play,
    iconButton(text.forward, "forward", () => goTo(Math.floor(clock.time.peek()) + 1)),
    scrub,
    shown,
    choice(
      text.speed,
      speeds.map((n) => [String(n), text.perSecond(n)] as const),
      () => String(clock.speed()),
      (value) => clock.setSpeed(Number(value)),
    ),
  );

  let request = 0;
  let before: number | undefined;
  const advance = (now: number): void => {
    const elapsed = before === undefined ? 0 : Math.min(now - before, 100);
    before = now;
    const next = clock.time.peek() + (elapsed / 1000) * untracked(clock.speed);
    clock.time.value = Math.min(next, steps());
    if (next >= steps()) clock.playing.value = false;
    else request = requestAnimationFrame(advance);
  };
  onCleanup(() => cancelAnimationFrame(request));
  effect(() => {
    const isPlaying = clock.playing.value;
    const label = isPlaying ? text.pause : text.play;
    play.setAttribute("aria-label", label);
    play.title = label;
    play.replaceChildren(icon(isPlaying ? "pause" : "play"));
    cancelAnimationFrame(request);
    before = undefined;
    if (isPlaying) request = requestAnimationFrame(advance);
  });
  effect(() => {
    const count = clock.steps();
    scrub.max = String(count);
    if (clock.time.peek() > count) clock.time.value = count;
  });
  effect(() => {
    const time = Math.floor(clock.time.value);
    scrub.value = String(time);
    shown.textContent = `${time}`;
  });
  return element;
}
