/** A function to minimise, written in the language of `formula/parse.ts`. */
export interface Problem {
  /** In terms of `x` (and `y`), the parameters and the data. */
  readonly formula: string;
  readonly dimensions: 1 | 2;
  /** Adjustable numbers of the formula. */
  readonly parameters: Readonly<Record<string, Parameter>>;
  /**
   * Columns of numbers, one row per example: the function is the mean of the formula over the rows, and a mini-batch the
   * mean over some of them.
   */
  readonly data?: Readonly<Record<string, readonly number[]>>;
  /** Where one starts unless told otherwise. */
  readonly start: readonly number[];
  /** The square shown at first: its centre and half of its side. */
  readonly view: { readonly center: readonly [number, number]; readonly half: number };
  /** Global minimisers, where they are known and do not move with the parameters. */
  readonly minima: readonly (readonly number[])[];
  /** Learning rates are this much larger or smaller than on a function of curvature one. */
  readonly rate: number;
}

export interface Parameter {
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly log?: boolean;
}

const half = "((1 + k) + (1 - k) * cos(2 * t)) / 4";
const other = "((1 + k) - (1 - k) * cos(2 * t)) / 4";

/** Eight examples of a linear regression whose lines do not meet in one point. */
const regression = {
  a: [1.2, -0.4, 0.9, 0.3, -1.1, 0.6, 1.4, -0.7],
  b: [0.2, 1.1, -0.8, 1.3, 0.5, 0.9, 0.1, -1.2],
  c: [1.4, 0.3, 0.9, 1.5, -1.3, 0.2, 0.6, -1.1],
};

export const problems = {
  quadratic: {
    // Curvatures 1 and k, turned by the angle t: written with the double angle, it has no rotation matrix.
    formula: `${half} * x^2 + ${other} * y^2 + (1 - k) * sin(2 * t) / 2 * x * y`,
    dimensions: 2,
    parameters: {
      k: { value: 20, min: 1, max: 1000, log: true },
      t: { value: 0.5, min: 0, max: 3.14 },
    },
    start: [-2.2, 1.6],
    view: { center: [0, 0], half: 3 },
    minima: [[0, 0]],
    rate: 0.05,
  },
  rosenbrock: {
    formula: "(1 - x)^2 + b * (y - x^2)^2",
    dimensions: 2,
    parameters: { b: { value: 100, min: 1, max: 300, log: true } },
    start: [-1.2, 1],
    view: { center: [0, 0.6], half: 2 },
    minima: [[1, 1]],
    rate: 0.001,
  },
  himmelblau: {
    formula: "(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
    dimensions: 2,
    parameters: {},
    start: [-0.4, -1],
    view: { center: [0, 0], half: 5 },
    minima: [
      [3, 2],
      [-2.805118, 3.131312],
      [-3.77931, -3.283186],
      [3.584428, -1.848126],
    ],
    rate: 0.005,
  },
  beale: {
    formula: "(1.5 - x + x*y)^2 + (2.25 - x + x*y^2)^2 + (2.625 - x + x*y^3)^2",
    dimensions: 2,
    parameters: {},
    start: [1, 1.6],
    view: { center: [1.5, 0], half: 3 },
    minima: [[3, 0.5]],
    rate: 0.005,
  },
  rastrigin: {
    formula: "2 * a + x^2 - a * cos(2*pi*x) + y^2 - a * cos(2*pi*y)",
    dimensions: 2,
    parameters: { a: { value: 2, min: 0, max: 10 } },
    start: [-2.3, 1.7],
    view: { center: [0, 0], half: 3 },
    minima: [[0, 0]],
    rate: 0.01,
  },
  saddle: {
    // The fourth power bounds it from below: the saddle lies between two minima.
    formula: "x^2 / 2 - a * y^2 / 2 + y^4 / 4",
    dimensions: 2,
    parameters: { a: { value: 1, min: 0.1, max: 3 } },
    start: [-1.8, 0.001],
    view: { center: [0, 0], half: 2.2 },
    minima: [],
    rate: 0.1,
  },
  sharpFlat: {
    // A narrow well in the slope of a wide one, both about equally deep, and a bowl that holds the runs.
    formula:
      "a * (1 - exp(-((x + 1)^2 + y^2) / (2 * s^2))) + 1.5 * (1 - exp(-((x - 1)^2 + y^2) / 3.4)) + (x^2 + y^2) / 50",
    dimensions: 2,
    parameters: { a: { value: 1, min: 0, max: 2 }, s: { value: 0.2, min: 0.1, max: 1, log: true } },
    start: [-1.6, 0.6],
    view: { center: [0, 0], half: 2.2 },
    minima: [],
    rate: 0.03,
  },
  regression: {
    formula: "(a * x + b * y - c)^2 / 2",
    dimensions: 2,
    parameters: {},
    data: regression,
    start: [-1.5, -1.2],
    view: { center: [0.4, 0.4], half: 2.4 },
    minima: [],
    rate: 0.2,
  },
  doubleWell: {
    formula: "(x^2 - 1)^2 + d * x",
    dimensions: 1,
    parameters: { d: { value: 0.3, min: -0.8, max: 0.8 } },
    start: [1.6],
    view: { center: [0, 1.2], half: 2 },
    minima: [],
    rate: 0.03,
  },
  washboard: {
    formula: "x^2 / 10 + a * (1 - cos(2*pi*x))",
    dimensions: 1,
    parameters: { a: { value: 0.3, min: 0, max: 1 } },
    start: [3.4],
    view: { center: [0, 1], half: 4 },
    minima: [[0]],
    rate: 0.05,
  },
  parabola: {
    formula: "h * x^2 / 2",
    dimensions: 1,
    parameters: { h: { value: 1, min: 0.1, max: 10, log: true } },
    start: [2.4],
    view: { center: [0, 1.5], half: 3 },
    minima: [[0]],
    rate: 0.2,
  },
} as const satisfies Record<string, Problem>;

export type ProblemName = keyof typeof problems;
