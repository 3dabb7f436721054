import type { TypedArray } from "../../tensor.ts";

/** Matrix factorisations of a batch of row-major matrices, in float64 and rounded to the dtype when stored. */

/** Copies of the matrices, as float64. */
function* matrices(x: TypedArray, size: number): Generator<[number, Float64Array]> {
  for (let at = 0; at < x.length; at += size) yield [at, Float64Array.from(x.subarray(at, at + size))];
}

/** The lower triangular L with L L' = A. NaN where A is not positive definite. */
export function cholesky(x: TypedArray, out: TypedArray, n: number): void {
  for (const [at, a] of matrices(x, n * n)) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let rest = a[i * n + j] as number;
        for (let k = 0; k < j; k++) rest -= (a[i * n + k] as number) * (a[j * n + k] as number);
        a[i * n + j] = i === j ? Math.sqrt(rest) : rest / (a[j * n + j] as number);
      }
      a.fill(0, i * n + i + 1, i * n + n);
    }
    out.set(a, at);
  }
}

/** Solves A X' = B' for upper triangular A [n, n] and B [rows, n]. */
export function triangularSolve(
  a: TypedArray,
  b: TypedArray,
  out: TypedArray,
  n: number,
  rows: number,
  unitDiagonal: boolean,
): void {
  for (const [at, x] of matrices(b, rows * n)) {
    const base = (at / (rows * n || 1)) * n * n;
    for (let row = 0; row < rows; row++) {
      for (let i = n - 1; i >= 0; i--) {
        let rest = x[row * n + i] as number;
        for (let k = i + 1; k < n; k++) rest -= (a[base + i * n + k] as number) * (x[row * n + k] as number);
        x[row * n + i] = unitDiagonal ? rest : rest / (a[base + i * n + i] as number);
      }
    }
    out.set(x, at);
  }
}

/** LU with partial pivoting of [m, n] matrices: both factors in one matrix, row exchanges, and the permutation. */
export function lu(
  x: TypedArray,
  [out, pivots, permutation]: readonly TypedArray[],
  m: number,
  n: number,
): void {
  const rank = Math.min(m, n);
  let batch = 0;
  for (const [at, a] of matrices(x, m * n)) {
    const order = Array.from({ length: m }, (_, i) => i);
    for (let j = 0; j < rank; j++) {
      let best = j;
      for (let i = j + 1; i < m; i++) {
        if (Math.abs(a[i * n + j] as number) > Math.abs(a[best * n + j] as number)) best = i;
      }
      (pivots as TypedArray)[batch * rank + j] = best;
      if (best !== j) {
        [order[j], order[best]] = [order[best] as number, order[j] as number];
        const row = a.slice(j * n, j * n + n);
        a.copyWithin(j * n, best * n, best * n + n);
        a.set(row, best * n);
      }
      const pivot = a[j * n + j] as number;
      if (pivot === 0) continue;
      for (let i = j + 1; i < m; i++) {
        const factor = (a[i * n + j] = (a[i * n + j] as number) / pivot);
        for (let k = j + 1; k < n; k++)
          a[i * n + k] = (a[i * n + k] as number) - factor * (a[j * n + k] as number);
      }
    }
    (out as TypedArray).set(a, at);
    (permutation as TypedArray).set(order, batch * m);
    batch++;
  }
}

/**
 * Eigendecomposition of symmetric matrices (their lower triangles are read) by cyclic Jacobi rotations (Golub and Van
 * Loan, Matrix Computations, 8.5): the nearly diagonal matrix and the eigenvectors in columns, unsorted.
 */
export function jacobiEigh(
  x: TypedArray,
  [diagonal, vectors]: readonly TypedArray[],
  n: number,
  maxSweeps: number,
  tolerance: number,
): void {
  for (const [at, a] of matrices(x, n * n)) {
    const v = new Float64Array(n * n);
    let largest = 1;
    for (let i = 0; i < n; i++) {
      v[i * n + i] = 1;
      for (let j = 0; j <= i; j++) {
        const value = (a[j * n + i] = a[i * n + j] as number);
        largest = Math.max(largest, Math.abs(value));
      }
    }
    for (let sweep = 0; sweep < maxSweeps && offDiagonal(a, n) > tolerance * largest; sweep++) {
      for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q);
    }
    for (let i = 0; i < n; i++) a.fill(0, i * n + i + 1, i * n + n);
    (diagonal as TypedArray).set(a, at);
    (vectors as TypedArray).set(v, at);
  }
}

function offDiagonal(a: Float64Array, n: number): number {
  let largest = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) largest = Math.max(largest, Math.abs(a[i * n + j] as number));
  }
  return largest;
}

/** Makes element (p, q) of the symmetric matrix zero by a rotation of the axes p and q, and turns the vectors along. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const off = a[p * n + q] as number;
  if (off === 0) return;
  const tau = ((a[q * n + q] as number) - (a[p * n + p] as number)) / (2 * off);
  const tangent = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.hypot(1, tau));
  const cos = 1 / Math.hypot(1, tangent);
  const sin = tangent * cos;
  const mix = (m: Float64Array, i: number, j: number) => {
    const [x, y] = [m[i] as number, m[j] as number];
    m[i] = cos * x - sin * y;
    m[j] = sin * x + cos * y;
  };
  for (let k = 0; k < n; k++) mix(a, k * n + p, k * n + q);
  for (let k = 0; k < n; k++) mix(a, p * n + k, q * n + k);
  for (let k = 0; k < n; k++) mix(v, k * n + p, k * n + q);
  a[p * n + q] = a[q * n + p] = 0;
}
