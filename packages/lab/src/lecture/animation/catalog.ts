/** The animations there are, and what can be changed in them: no arrays, so that a page can list them at once. */

/** Samples of the problem in the plane. */
export const samples = 12;

/** A number of a scene that can be changed. */
export interface SceneParameter {
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

export interface SceneValues {
  /** The step size in units of 1/L, for the largest curvature L of the mean. */
  readonly rate: number;
  /** Samples a step. */
  readonly batch: number;
  /** How far the samples' lines miss a common point: standard deviation of their distances to it. */
  readonly scatter: number;
}

export type GivenValues = { readonly [K in keyof SceneValues]?: number | undefined };

/** What is known of a scene before it is computed. */
export interface SceneEntry {
  readonly id: string;
  readonly title: string;
  readonly parameters: Readonly<Record<keyof SceneValues, SceneParameter>>;
}

const parameters = ({ rate, batch, scatter }: SceneValues, least = 1): SceneEntry["parameters"] => ({
  rate: { value: rate, min: 0.02, max: 2.5 },
  batch: { value: batch, min: least, max: samples, whole: true },
  scatter: { value: scatter, min: 0, max: 2 },
});

export const sceneCatalog = {
  "batch-minimizers": {
    id: "batch-minimizers",
    title: "Every batch has a minimizer of its own",
    // The minimizers of a single sample are a line.
    parameters: parameters({ rate: 0.35, batch: 3, scatter: 0.45 }, 2),
  },
  neighbourhood: {
    id: "neighbourhood",
    title: "A constant step ends in a neighbourhood, not at x*",
    parameters: parameters({ rate: 0.25, batch: 1, scatter: 0.9 }),
  },
  divergence: {
    id: "divergence",
    title: "The same step: gradient descent converges, SGD diverges",
    parameters: parameters({ rate: 1.5, batch: 1, scatter: 0.45 }),
  },
} as const satisfies Record<string, SceneEntry>;

export type SceneName = keyof typeof sceneCatalog;

/** The scene's values with those given. */
export function valuesOf({ id, parameters }: SceneEntry, given: GivenValues = {}): SceneValues {
  const entries = Object.entries(parameters).map(([name, { value, min, max, whole = false }]) => {
    const own = given[name as keyof SceneValues] ?? value;
    if (!(own >= min && own <= max) || (whole && !Number.isInteger(own))) {
      const kind = whole ? "a whole number" : "a number";
      throw new RangeError(`${id}: ${name} is ${own}; expected ${kind} from ${min} to ${max}`);
    }
    return [name, own];
  });
  return Object.fromEntries(entries) as SceneValues;
}
