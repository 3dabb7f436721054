import type { numpy as np } from "@jax-js/jax";
import { compile, initRuntime, type Tensor, tensor } from "@steepest/compile";
import {
  classicCubic,
  classicQuintic,
  exactPolar,
  kellerQuintic,
  newtonSchulz,
  type OddPolynomial,
  type Polar,
  polarExpress,
} from "steepest";

/** Accuracy, arithmetic and time of the ways to a polar factor, measured on the native executor. */

export interface Method {
  readonly name: string;
  readonly polar: Polar;
  readonly steps: number;
  readonly degree: 3 | 5;
  readonly gram?: boolean;
  /** Computes in float64. */
  readonly double?: boolean;
}

const times = (n: number, p: OddPolynomial) => Array<OddPolynomial>(n).fill(p);
const iteration = (name: string, polynomials: readonly OddPolynomial[], gram = false): Method => ({
  name: gram ? `${name}, Gram side` : name,
  polar: newtonSchulz({ polynomials, gram }),
  steps: polynomials.length,
  degree: polynomials[0]?.length === 2 ? 3 : 5,
  gram,
});

export const methods: readonly Method[] = [
  iteration("Keller's quintic, 5 steps", times(5, kellerQuintic)),
  iteration("Keller's quintic, 5 steps", times(5, kellerQuintic), true),
  iteration("classical cubic, 15 steps", times(15, classicCubic)),
  iteration("classical quintic, 8 steps", times(8, classicQuintic)),
  iteration("classical quintic, 8 steps", times(8, classicQuintic), true),
  { name: "Polar Express, 5 steps", polar: polarExpress({ steps: 5 }), steps: 5, degree: 5 },
  {
    name: "Polar Express, 5 steps, Gram side",
    polar: polarExpress({ steps: 5, gram: true }),
    steps: 5,
    degree: 5,
    gram: true,
  },
  { name: "Polar Express, 8 steps", polar: polarExpress(), steps: 8, degree: 5 },
  {
    name: "Polar Express, 8 steps, Gram side",
    polar: polarExpress({ gram: true }),
    steps: 8,
    degree: 5,
    gram: true,
  },
  { name: "exact", polar: exactPolar({ double: true }), steps: 20, degree: 5, double: true },
];

/** Floating-point operations of the products alone, two for a multiplication with its addition. */
export function operations(
  { steps, degree, gram }: Pick<Method, "steps" | "degree" | "gram">,
  rows: number,
  columns: number,
): number {
  const [r, c] = [Math.min(rows, columns), Math.max(rows, columns)];
  const [long, short] = [r * r * c, r ** 3];
  const square = degree === 5 ? short : 0;
  if (!gram) return 2 * steps * (2 * long + square);
  // X X^T and Q X once; each step squares A, then (but for the first) Q <- R Q, and (but for the last) A <- R A R.
  return 2 * (2 * long + steps * square + (steps - 1) * 3 * short);
}

/** A repeatable stream of normal numbers. */
function normals(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

type Rows = Float64Array[];

/** Orthonormal rows by Gram and Schmidt, twice. */
function orthonormal(n: number, length: number, next: () => number): Rows {
  const rows: Rows = [];
  for (let i = 0; i < n; i++) {
    const v = Float64Array.from({ length }, next);
    for (let pass = 0; pass < 2; pass++) {
      for (const u of rows) {
        const dot = u.reduce((sum, x, k) => sum + x * (v[k] as number), 0);
        for (let k = 0; k < length; k++) v[k] = (v[k] as number) - dot * (u[k] as number);
      }
    }
    const norm = Math.hypot(...v);
    rows.push(v.map((x) => x / norm));
  }
  return rows;
}

/** A (rows, columns) matrix, rows >= columns, with singular values from 1 down to 1 / condition in equal ratios. */
export function withCondition(rows: number, columns: number, condition: number, seed = 1): Tensor {
  const next = normals(seed);
  const [u, v] = [orthonormal(columns, rows, next), orthonormal(columns, columns, next)];
  const data = new Float32Array(rows * columns);
  for (let k = 0; k < columns; k++) {
    const sigma = condition ** (-k / Math.max(1, columns - 1));
    const [left, right] = [u[k] as Float64Array, v[k] as Float64Array];
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const at = i * columns + j;
        data[at] = (data[at] as number) + sigma * (left[i] as number) * (right[j] as number);
      }
    }
  }
  return tensor(data, [rows, columns]);
}

/** The root mean square of Q^T Q - I over its columns: ||Q^T Q - I||_F / sqrt(columns). */
export function orthogonalityError(q: ArrayLike<number>, rows: number, columns: number): number {
  let sum = 0;
  for (let a = 0; a < columns; a++) {
    for (let b = a; b < columns; b++) {
      let dot = a === b ? -1 : 0;
      for (let i = 0; i < rows; i++) dot += (q[i * columns + a] as number) * (q[i * columns + b] as number);
      sum += (a === b ? 1 : 2) * dot * dot;
    }
  }
  return Math.sqrt(sum / columns);
}

export interface Row {
  readonly method: Method;
  readonly rows: number;
  readonly columns: number;
  readonly operations: number;
  /** Orthogonality error by condition number. */
  readonly errors: readonly number[];
  /** Median milliseconds of a call, and the quartiles. */
  readonly time: readonly [low: number, median: number, high: number];
}

export const conditions = [10, 1e3, 1e6] as const;

/** Measures every method on matrices of a shape; methods take turns, so that the machine's mood hits all alike. */
export async function measure(rows: number, columns: number, rounds: number): Promise<Row[]> {
  await initRuntime();
  const inputs = conditions.map((condition) => withCondition(rows, columns, condition));
  const [example] = inputs as [Tensor, ...Tensor[]];
  const used = methods.filter(({ gram }) => !gram || rows > columns);
  const programs = await Promise.all(
    used.map((method) =>
      compile((x: np.Array) => method.polar(x), [example], { executor: "native", name: method.name }),
    ),
  );
  const results: Row[] = [];
  for (const [i, method] of used.entries()) {
    const errors: number[] = [];
    for (const input of inputs) {
      const q = (await (programs[i] as (typeof programs)[number]).run(input)) as Tensor;
      errors.push(orthogonalityError(q.data as ArrayLike<number>, rows, columns));
    }
    results.push({
      method,
      rows,
      columns,
      errors,
      time: [0, 0, 0],
      operations: operations(method, rows, columns),
    });
  }
  const samples: number[][] = used.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, program] of programs.entries()) {
      const begun = performance.now();
      await program.run(example);
      samples[i]?.push(performance.now() - begun);
    }
  }
  for (const program of programs) await program.dispose();
  return results.map((row, i) => {
    const sorted = (samples[i] as number[]).sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] as number;
    return { ...row, time: [at(0.25), at(0.5), at(0.75)] };
  });
}
