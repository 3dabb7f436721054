/**
 * An animation in the plane, for players anywhere: plain data, no Node. `steepest lecture animate` writes it as JSON.
 * Nothing but the points changes from frame to frame.
 */
export interface Animation {
  readonly format: typeof animationFormat;
  readonly version: 1;
  readonly id: string;
  readonly title: string;
  /** What is seen, in a sentence or two. */
  readonly caption: string;
  /** The figures of the caption, for players that say it in another language. */
  readonly numbers?: Readonly<Record<string, number>>;
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

export const animationFormat = "steepest-animation";

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

/** Reads an animation. Throws an Error that says what is wrong and where. */
export function parseAnimation(text: string): Animation {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`the file is not JSON: ${(cause as Error).message}`, { cause });
  }
  const check = (where: string, fits: boolean, expected: string) => {
    if (!fits) throw new Error(`${where}: expected ${expected}`);
  };
  check("the file", isObject(value), "an animation, a JSON object");
  const {
    format,
    version,
    id,
    title,
    caption,
    numbers,
    x,
    y,
    field,
    marks,
    series,
    frames,
    framesPerSecond,
  } = value as Record<string, unknown>;
  check(
    "format",
    format === animationFormat,
    `"${animationFormat}", found ${JSON.stringify(format) ?? "none"}`,
  );
  check("version", version === 1, `1, found ${JSON.stringify(version) ?? "none"}`);
  for (const [name, content] of Object.entries({ id, title, caption })) {
    check(name, typeof content === "string", "text");
  }
  check(
    "numbers",
    numbers === undefined || (isObject(numbers) && finite(Object.values(numbers))),
    "numbers by name",
  );
  for (const [name, axis] of Object.entries({ x, y })) {
    const fits = isObject(axis) && typeof axis.label === "string" && rising(axis.range);
    check(name, fits, "a label and a range of two rising numbers");
  }
  const grid = isObject(field) ? field : {};
  const cells = (grid.columns as number) * (grid.rows as number);
  check("field", finite(grid.values) && grid.values.length === cells && cells > 0, "columns x rows values");
  check(
    "marks",
    list(marks) && marks.every((m) => isObject(m) && typeof m.name === "string" && finite([m.x, m.y])),
    "names with x and y",
  );
  check("series", list(series) && series.length > 0, "one or more series");
  (series as unknown[]).forEach((s, i) => {
    const fits =
      isObject(s) && typeof s.name === "string" && kinds.includes(s.kind as string) && whole(s.color);
    check(`series[${i}]`, fits, `a name, a kind (${kinds.join(", ")}) and the number of a color`);
  });
  check("frames", list(frames) && frames.length > 0, "one or more frames");
  (frames as unknown[]).forEach((frame, i) => {
    check(`frames[${i}]`, isObject(frame) && whole(frame.step) && list(frame.points), "a step and points");
    const { points } = frame as { points: unknown[] };
    const fits =
      points.length === (series as unknown[]).length && points.every((p) => finite(p) && p.length % 2 === 0);
    check(
      `frames[${i}].points`,
      fits,
      `x0, y0, x1, y1, ... for each of ${(series as unknown[]).length} series`,
    );
  });
  check("framesPerSecond", finite([framesPerSecond]) && (framesPerSecond as number) > 0, "a positive number");
  return value as Animation;
}

const kinds: readonly string[] = ["path", "cloud", "marker"] satisfies AnimationSeries["kind"][];

const isObject = (v: unknown): v is Record<string, unknown> =>
  typeof v === "object" && v !== null && !Array.isArray(v);
const list = (v: unknown): v is unknown[] => Array.isArray(v);
const finite = (v: unknown): v is number[] => list(v) && v.every(Number.isFinite);
const whole = (v: unknown): boolean => Number.isInteger(v) && (v as number) >= 0;
const rising = (v: unknown): boolean => finite(v) && v.length === 2 && (v[0] as number) < (v[1] as number);
