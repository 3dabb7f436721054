import type { NormName, PolarQuestion } from "../engine/norms.ts";

/** All that the panel of norms shows; what the address of the page holds. */
export interface NormsState {
  /** The exponent of the lp norm. */
  readonly p: number;
  /** The dragged gradient of the vector part. */
  readonly gradient: readonly [number, number];
  /** Curvature of the quadratic in its second direction, on which one step is taken. */
  readonly curvature: number;
  readonly rate: number;
  /** The dragged singular values of the gradient matrix, and the angles of its singular vectors. */
  readonly singular: readonly [number, number];
  readonly left: number;
  readonly right: number;
  /** The matrix norm whose ball is drawn in the foreground. */
  readonly norm: MatrixNorm;
  readonly method: PolarQuestion["method"];
  readonly quintic: readonly [number, number, number];
  readonly steps: number;
  /** Largest over smallest singular value of the example. */
  readonly condition: number;
}

export const vectorNorms = ["l1", "l2", "lp", "linf"] as const satisfies readonly NormName[];
export const matrixNorms = [
  "spectral",
  "frobenius",
  "nuclear",
  "row",
  "column",
  "linf",
  "l1",
] as const satisfies readonly NormName[];
export type MatrixNorm = (typeof matrixNorms)[number];
export const methods = ["newtonSchulz", "polarExpress", "exact"] as const;

/** The coefficients of Keller Jordan's Muon, from which one's own start. */
export const kellerQuintic = [3.4445, -4.775, 2.0315] as const;

export const ranges = {
  p: { min: 1.05, max: 20, log: true },
  curvature: { min: 1, max: 50, log: true },
  rate: { min: 0.01, max: 2, log: true },
  left: { min: 0, max: 3.14 },
  right: { min: 0, max: 3.14 },
  steps: { min: 1, max: 8, whole: true },
  condition: { min: 1, max: 10_000, log: true },
} as const;

export const quinticRange = { min: -8, max: 8 } as const;

export const initialNorms: NormsState = {
  p: 3,
  gradient: [1.2, 0.7],
  curvature: 4,
  rate: 0.25,
  singular: [1.1, 0.4],
  left: 0.4,
  right: 0.9,
  norm: "spectral",
  method: "newtonSchulz",
  quintic: kellerQuintic,
  steps: 5,
  condition: 100,
};

const short = (x: number): string => String(Number(x.toPrecision(5)));
const tuples = ["gradient", "singular", "quintic"] as const;
const names = { norm: matrixNorms, method: methods } as const;

/** The state as parameters of an address. What is as at first is left out. */
export function writeNorms(state: NormsState): URLSearchParams {
  const text = (s: NormsState) => ({
    ...Object.fromEntries(Object.keys(ranges).map((key) => [key, short(s[key as keyof typeof ranges])])),
    ...Object.fromEntries(tuples.map((key) => [key, s[key].map(short).join(",")])),
    norm: s.norm,
    method: s.method,
  });
  const usual = text(initialNorms) as Record<string, string>;
  return new URLSearchParams(Object.entries(text(state)).filter(([key, value]) => value !== usual[key]));
}

/** Reads an address. What is missing or makes no sense is as at first. */
export function readNorms(params: URLSearchParams): NormsState {
  const numbers = Object.entries(ranges).flatMap(([key, { min, max }]) => {
    const value = Number(params.get(key) ?? Number.NaN);
    return value >= min && value <= max ? [[key, value]] : [];
  });
  const lists = tuples.flatMap((key) => {
    const values = (params.get(key) ?? "").split(",").map(Number);
    return values.length === initialNorms[key].length && params.has(key) && values.every(Number.isFinite)
      ? [[key, values]]
      : [];
  });
  const chosen = Object.entries(names).flatMap(([key, known]) =>
    (known as readonly string[]).includes(params.get(key) ?? "") ? [[key, params.get(key)]] : [],
  );
  return { ...initialNorms, ...Object.fromEntries([...numbers, ...lists, ...chosen]) };
}

/** R(left) diag(a, b) R(right)^T, row by row: a matrix of given singular values and vectors. */
export function matrixOf(left: number, right: number, [a, b]: readonly [number, number]): number[] {
  const [cl, sl, cr, sr] = [Math.cos(left), Math.sin(left), Math.cos(right), Math.sin(right)];
  return [
    a * cl * cr + b * sl * sr,
    a * cl * sr - b * sl * cr,
    a * sl * cr - b * cl * sr,
    a * sl * sr + b * cl * cr,
  ];
}

/** The plane of the matrices that share the singular vectors of the gradient. */
export const planeOf = ({ left, right }: NormsState): [number[], number[]] => [
  matrixOf(left, right, [1, 0]),
  matrixOf(left, right, [0, 1]),
];

/** Coordinates of a matrix along two of Frobenius norm one that are orthogonal. */
export const coordinates = (m: readonly number[], plane: readonly (readonly number[])[]): [number, number] =>
  plane.map((axis) => axis.reduce((sum, v, i) => sum + v * (m[i] as number), 0)) as [number, number];
