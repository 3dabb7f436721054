/**
 * An animation in the plane, for players anywhere: plain data, no Node. `steepest lecture animate` writes it as JSON.
 * Nothing but the points changes from frame to frame.
 */
export interface Animation {
  readonly format: "steepest-animation";
  readonly version: 1;
  readonly id: string;
  readonly title: string;
  /** What is seen, in a sentence or two. */
  readonly caption: string;
  readonly x: AnimationAxis;
  readonly y: AnimationAxis;
  /** f on a grid over both ranges, for level lines: row by row from the smallest y, each from the smallest x. */
  readonly field: { readonly columns: number; readonly rows: number; readonly values: readonly number[] };
  /** Points that stay, for example the minimizer. */
  readonly marks: readonly { readonly name: string; readonly x: number; readonly y: number }[];
  readonly series: readonly AnimationSeries[];
  readonly frames: readonly AnimationFrame[];
  readonly framesPerSecond: number;
}

export interface AnimationAxis {
  readonly label: string;
  readonly range: readonly [number, number];
}

export interface AnimationSeries {
  readonly name: string;
  /** One point with the line of where it was; many points, one a seed; or points that jump, drawn as crosses. */
  readonly kind: "path" | "cloud" | "marker";
  /** Index into the palette; by default the series' position. */
  readonly color: number;
}

export interface AnimationFrame {
  /** Steps taken. */
  readonly step: number;
  /** For each series x0, y0, x1, y1, ... in the units of the axes; a run that left the plane is not listed. */
  readonly points: readonly (readonly number[])[];
}
