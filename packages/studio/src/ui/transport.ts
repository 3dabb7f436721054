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

/** The speed on offer that is nearest to another, by their ratio. */
export const nearestSpeed = (wanted: number): number =>
  (speeds as readonly number[]).reduce((best, s) =>
    Math.abs(Math.log(s / wanted)) < Math.abs(Math.log(best / wanted)) ? s : best,
  );

function goTo({ playing, time, steps }: Clock, wanted: number): void {
  playing.value = false;
  time.value = Math.min(Math.max(wanted, 0), untracked(steps));
}
const goBack = (clock: Clock) => goTo(clock, Math.ceil(clock.time.peek()) - 1);
const goForward = (clock: Clock) => goTo(clock, Math.floor(clock.time.peek()) + 1);

/** Plays, from the beginning when it is at the end, or pauses. */
export function togglePlaying({ playing, time, steps }: Clock): void {
  if (!playing.peek() && time.peek() >= untracked(steps)) time.value = 0;
  playing.value = !playing.peek();
}

/** What a key does to a clock: space plays and pauses, arrows step, Home and End go to the ends. False for other keys. */
export function playByKey(clock: Clock, key: string): boolean {
  if (key === " ") togglePlaying(clock);
  else if (key === "ArrowLeft") goBack(clock);
  else if (key === "ArrowRight") goForward(clock);
  else if (key === "Home") goTo(clock, 0);
  else if (key === "End") goTo(clock, Number.POSITIVE_INFINITY);
  else return false;
  return true;
}

/** Play, step, scrub, rewind and the speed. */
export function createTransport(clock: Clock, { transport: text }: Pick<Texts, "transport">): HTMLElement {
  const steps = () => untracked(clock.steps);
  const play = iconButton(text.play, "play", () => togglePlaying(clock));
  play.classList.add("primary");
  const scrub = h("input", {
    type: "range",
    min: 0,
    step: 1,
    class: "scrub",
    "aria-label": text.time,
    oninput: () => goTo(clock, Number(scrub.value)),
  });
  const shown = h("output", { class: "time" });
  const element = h(
    "div",
    { class: "transport", role: "group" },
    iconButton(text.rewind, "rewind", () => goTo(clock, 0)),
    iconButton(text.back, "back", () => goBack(clock)),
    play,
    iconButton(text.forward, "forward", () => goForward(clock)),
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
