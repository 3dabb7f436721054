/** Colours that stay apart for colour-blind readers and on light and dark ground, one for each series. */
export const palette = [
  "#d1495b",
  "#2e86ab",
  "#e29c2d",
  "#3d9970",
  "#8e6bbf",
  "#c06c9a",
  "#7a8b99",
  "#a0714f",
  "#5667b3",
  "#9ba22b",
  "#3fb0bd",
  "#e5795a",
] as const;

export const colorOf = (index: number): string => palette[index % palette.length] as string;

/** Past the palette's end the colours come again, dashed. */
export const dashOf = (index: number): string | undefined =>
  index < palette.length ? undefined : index < 2 * palette.length ? "6 3" : "2 3";
