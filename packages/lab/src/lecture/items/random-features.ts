import { loadDigits } from "../../data/tables.ts";
import { cholesky, type Eigen, eigen, inner, solve, solveFactored } from "../../problems/symmetric.ts";
import { permutation, randomStream } from "../../random.ts";

/** A matrix, row-major [rows, columns]. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** Images as rows, and their classes as rows of zeros and a one. */
interface Part {
  readonly x: Matrix;
  readonly y: Matrix;
}

export interface Split {
  readonly train: Part;
  readonly validation: Part;
  readonly test: Part;
}

const row = ({ data, columns }: Matrix, i: number): Float64Array =>
  data.subarray(i * columns, (i + 1) * columns);
const matrix = (rows: number, columns: number, at: (i: number, j: number) => number): Matrix => {
  const data = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) data[i * columns + j] = at(i, j);
  return { rows, columns, data };
};
export const transpose = ({ rows, columns, data }: Matrix): Matrix =>
  matrix(columns, rows, (i, j) => data[j * columns + i] as number);
/** a b^T */
export function timesTransposed(a: Matrix, b: Matrix): Matrix {
  const rows = Array.from({ length: b.rows }, (_, j) => row(b, j));
  const data = new Float64Array(a.rows * b.rows);
  for (let i = 0; i < a.rows; i++) {
    const own = row(a, i);
    for (let j = 0; j < b.rows; j++) data[i * b.rows + j] = inner(own, rows[j] as Float64Array);
  }
  return { rows: a.rows, columns: b.rows, data };
}

const pixels = 64;

/**
 * Digits in random order: `n` for training, 200 for validation, 500 for testing. Pixels in sixteenths, less their training
 * mean: otherwise a background that is always dark keeps some features at zero for every image.
 */
export async function digitsSplit(n: number, seed: number): Promise<Split> {
  const { features, labels } = await loadDigits();
  const order = permutation(labels.data.length, randomStream(seed, "split"));
  const [tested, validated] = [500, 200];
  const pixel = (i: number, j: number) => (features.data[(order[i] as number) * pixels + j] as number) / 16;
  const mean = Float64Array.from({ length: pixels }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += pixel(tested + validated + i, j);
    return sum / n;
  });
  const part = (from: number, count: number): Part => ({
    x: matrix(count, pixels, (i, j) => pixel(from + i, j) - (mean[j] as number)),
    y: matrix(count, 10, (i, k) => (labels.data[order[from + i] as number] === k ? 1 : 0)),
  });
  return {
    test: part(0, tested),
    validation: part(tested, validated),
    train: part(tested + validated, n),
  };
}

/** `count` ReLU features max(0, w . x) with normal w, the same for all parts. */
export function randomFeatures(count: number, seed: number): (x: Matrix) => Matrix {
  const random = randomStream(seed, "random features");
  const w = matrix(count, pixels, () => random.normal());
  return (x) => {
    const z = timesTransposed(x, w);
    return { ...z, data: z.data.map((v) => Math.max(0, v) / Math.sqrt(count)) };
  };
}

/**
 * For every ridge the weights [outputs, features] that minimise ||F w - y||^2 + ridge n ||w||^2; for ridge 0, where several
 * fit equally well, those of smallest norm.
 */
export function leastSquares(features: Matrix, y: Matrix, ridges: readonly number[]): Matrix[] {
  const wide = features.columns > features.rows;
  // The smaller of F F^T and F^T F.
  const vectors = wide ? features : transpose(features);
  const gram = timesTransposed(vectors, vectors);
  const size = gram.rows;
  const outputs = transpose(y);
  const targets = wide ? outputs : timesTransposed(outputs, vectors);
  const across = wide ? transpose(features) : undefined;
  return ridges.map((ridge) => {
    const shifted = gram.data.slice();
    for (let i = 0; i < size; i++)
      shifted[i * size + i] = (shifted[i * size + i] as number) + ridge * features.rows;
    const factor = cholesky(shifted, size);
    const spectrum = factor === undefined ? eigen(shifted, size) : undefined;
    const solutions = new Float64Array(y.columns * size);
    for (let k = 0; k < y.columns; k++) {
      const b = row(targets, k);
      const solution = factor ? solveFactored(factor, b) : solve(spectrum as Eigen, b);
      solutions.set(solution, k * size);
    }
    const solved = { rows: y.columns, columns: size, data: solutions };
    return across ? timesTransposed(solved, across) : solved;
  });
}

/** Mean squared error, summed over the outputs. */
export function squaredErrorOf(features: Matrix, y: Matrix, weights: Matrix): number {
  const outputs = timesTransposed(features, weights);
  return outputs.data.reduce((sum, v, i) => sum + (v - (y.data[i] as number)) ** 2, 0) / y.rows;
}
