import type { Ink } from "@steepest/lab/drawing";

/** Colours of pictures, read from the style sheet so that they follow the theme. */
export interface Theme extends Ink {
  /** Ends of the scale of values, low and high, as [red, green, blue]. */
  readonly low: readonly number[];
  readonly high: readonly number[];
}

const channels = (color: string): number[] => color.split(" ").map(Number);

export function themeOf(element: Element): Theme {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    background: read("--surface"),
    text: read("--text"),
    muted: read("--muted"),
    line: read("--line"),
    low: channels(read("--low")),
    high: channels(read("--high")),
  };
}

/** One colour per optimizer, distinguishable on light and dark. */
export const palette = [
  "#2f7de1",
  "#e8622c",
  "#1f9d62",
  "#d6338a",
  "#8a63e8",
  "#0f9aa8",
  "#b98900",
  "#e0453a",
  "#7d8a2e",
  "#9b6a48",
] as const;

export const colorOf = (index: number): string => palette[index % palette.length] as string;

const dashes = [[], [7, 4], [2, 3], [10, 3, 2, 3]] as const;

/** How the line is broken of the optimizer in a place: those that share a colour differ in it. */
export const dashOf = (index: number): readonly number[] =>
  dashes[Math.floor(index / palette.length) % dashes.length] as readonly number[];
