/**
 * A landscape: the loss of a network on a line or a plane through its parameters. The file that `steepest landscape`
 * writes and the page opens.
 */
export interface Landscape {
  readonly format: typeof landscapeFormat;
  /** What was trained on what, for people. */
  readonly title: string;
  readonly task: string;
  readonly method: LandscapeMethod;
  /** Seeds random directions and the masks of dropout. */
  readonly seed: number;
  /** Whether the losses were taken with dropout, with the same masks at every point. */
  readonly dropout: boolean;
  /** Training examples that the loss is the mean over. */
  readonly examples: number;
  /** Length of the vector of parameters. */
  readonly parameters: number;
  /** One axis is a line, two are a plane. */
  readonly axes: readonly LandscapeAxis[];
  /**
   * A row for each coordinate of the second axis (one row for a line), a loss in nats for each coordinate of the first; null
   * where it is not finite. An interrupted computation has fewer rows.
   */
  readonly loss: readonly (readonly (number | null)[])[];
  /** The networks that span the picture. */
  readonly points: readonly LandscapePoint[];
  /** The way of training to the first point, where it was recorded. */
  readonly path?: LandscapePath;
  /** How far the loss rises around the first point; empty while the computation is unfinished. */
  readonly sharpness: readonly Sharpness[];
  /** Where it comes from: command, trial, model. */
  readonly source: Readonly<Record<string, string>>;
}

export const landscapeFormat = "steepest-landscape/1";

/**
 * `random`: normal directions as long as the parameters. `filter`: every filter of a normal direction as long as that of the
 * network (Li et al., 2018). `pca`: principal components of the path. `between`: from one network to others.
 */
export type LandscapeMethod = "random" | "filter" | "pca" | "between";

export interface LandscapeAxis {
  readonly label: string;
  readonly coordinates: readonly number[];
  /** Euclidean length, in parameters, of one unit of the coordinate. */
  readonly unit: number;
}

export interface LandscapePoint {
  readonly label: string;
  /** Coordinates of its projection, one per axis. */
  readonly at: readonly number[];
  /** Euclidean distance between the network and its projection. */
  readonly residual: number;
  /** Of the network itself, not of its projection; null where not finite. */
  readonly loss: number | null;
}

export interface LandscapePath {
  readonly steps: readonly number[];
  /** Coordinates of the projections, one list per step. */
  readonly at: readonly (readonly number[])[];
  /** Distances from the networks to their projections. */
  readonly residual: readonly number[];
  readonly loss: readonly (number | null)[];
  /**
   * The share of the path's variance about the first point that the first axis explains, then that of both axes: one minus
   * the sum of squared distances to the line or plane over that to the point.
   */
  readonly explained: readonly number[];
}

/** The rise of the loss near a network, after Keskar et al. (2017), within this line or plane only. */
export interface Sharpness {
  /** In coordinates of the first axis; along the second, the same share of its width. */
  readonly radius: number;
  /** The largest loss on the grid within the radius, minus the loss at the point; null where it is not finite. */
  readonly rise: number | null;
}

/** Reads a landscape. Throws an Error that says what is wrong and where. */
export function parseLandscape(text: string): Landscape {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`the file is not JSON: ${(cause as Error).message}`, { cause });
  }
  const wrong = (where: string, expected: string) => new Error(`${where}: expected ${expected}`);
  if (!isObject(value)) throw wrong("the file", "a landscape, a JSON object");
  if (value.format !== landscapeFormat) {
    throw wrong("format", `"${landscapeFormat}", found ${JSON.stringify(value.format) ?? "none"}`);
  }
  const check = (where: string, fits: boolean, expected: string) => {
    if (!fits) throw wrong(where, expected);
  };
  const { title, task, method, axes, loss, points, path, sharpness, source } = value;
  check("title", typeof title === "string", "text");
  check("task", typeof task === "string", "text");
  check("method", methods.includes(method as LandscapeMethod), methods.join(", "));
  for (const name of ["seed", "examples", "parameters"])
    check(name, Number.isFinite(value[name]), "a number");
  check("dropout", typeof value.dropout === "boolean", "true or false");
  check("axes", Array.isArray(axes) && (axes.length === 1 || axes.length === 2), "one or two axes");
  const sizes = (axes as unknown[]).map((axis, i) => {
    const fits =
      isObject(axis) &&
      typeof axis.label === "string" &&
      Number.isFinite(axis.unit) &&
      rising(axis.coordinates);
    check(`axes[${i}]`, fits, "a label, a unit and two or more rising coordinates");
    return (axis as unknown as LandscapeAxis).coordinates.length;
  });
  const [columns, rows = 1] = sizes as [number, number?];
  check("loss", Array.isArray(loss) && loss.length <= rows, `at most ${rows} rows`);
  (loss as unknown[]).forEach((row, i) => {
    check(`loss[${i}]`, losses(row, columns), `${columns} numbers or nulls`);
  });
  const located = (at: unknown) =>
    Array.isArray(at) && at.length === sizes.length && at.every(Number.isFinite);
  check("points", Array.isArray(points) && points.length > 0, "one or more points");
  (points as unknown[]).forEach((point, i) => {
    const fits =
      isObject(point) &&
      typeof point.label === "string" &&
      located(point.at) &&
      Number.isFinite(point.residual);
    check(`points[${i}]`, fits, `a label, ${sizes.length} coordinates and a residual`);
  });
  if (path !== undefined) {
    const n = isObject(path) && Array.isArray(path.steps) ? path.steps.length : -1;
    const list = (v: unknown, fits: (x: unknown) => boolean) =>
      Array.isArray(v) && v.length === n && v.every(fits);
    const p = path as Record<string, unknown>;
    const fits =
      n > 0 &&
      list(p.steps, Number.isFinite) &&
      list(p.at, located) &&
      list(p.residual, Number.isFinite) &&
      losses(p.loss, n) &&
      Array.isArray(p.explained) &&
      p.explained.length === sizes.length &&
      p.explained.every(Number.isFinite);
    check("path", fits, "steps, coordinates, residuals and losses of one length, and explained shares");
  }
  check("sharpness", Array.isArray(sharpness) && sharpness.every(isObject), "a list");
  check("source", isObject(source), "an object of texts");
  return value as unknown as Landscape;
}

const methods: readonly LandscapeMethod[] = ["random", "filter", "pca", "between"];

const isObject = (v: unknown): v is Record<string, unknown> =>
  typeof v === "object" && v !== null && !Array.isArray(v);

const losses = (v: unknown, length: number): boolean =>
  Array.isArray(v) && v.length === length && v.every((x) => x === null || Number.isFinite(x));

const rising = (v: unknown): boolean =>
  Array.isArray(v) &&
  v.length > 1 &&
  v.every((x, i) => Number.isFinite(x) && (i === 0 || x > (v[i - 1] as number)));
