/** Eigenvalues (ascending) and eigenvectors of a symmetric matrix: column j of `vectors` belongs to `values[j]`. */
export interface Eigen {
  readonly values: Float64Array;
  /** Row-major [size, size]. */
  readonly vectors: Float64Array;
}

/** A full sweep of Jacobi rotations more than this has never been needed: convergence is quadratic. */
const maxSweeps = 60;

/**
 * Eigendecomposition by cyclic Jacobi rotations (Jacobi, 1846): slow for large matrices, but small eigenvalues of a
 * positive definite matrix come out with high relative accuracy, which is what `mu` needs.
 *
 * @param matrix row-major [size, size], symmetric; it is not changed.
 */
export function eigen(matrix: Float64Array, size: number): Eigen {
  const a = matrix.slice();
  const v = new Float64Array(size * size);
  for (let i = 0; i < size; i++) v[i * size + i] = 1;
  const scale = Math.max(...a.map(Math.abs), 0);
  for (let sweep = 0; sweep < maxSweeps; sweep++) {
    let rotated = false;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        const apq = a[p * size + q] as number;
        if (Math.abs(apq) <= 1e-17 * scale) continue;
        rotated = true;
        rotate(a, v, size, p, q, apq);
      }
    }
    if (!rotated) break;
  }
  const order = Array.from({ length: size }, (_, i) => i).sort(
    (i, j) => (a[i * size + i] as number) - (a[j * size + j] as number),
  );
  const values = Float64Array.from(order, (i) => a[i * size + i] as number);
  const vectors = new Float64Array(size * size);
  for (let r = 0; r < size; r++) {
    for (let j = 0; j < size; j++) vectors[r * size + j] = v[r * size + (order[j] as number)] as number;
  }
  return { values, vectors };
}

function rotate(a: Float64Array, v: Float64Array, size: number, p: number, q: number, apq: number): void {
  const theta = ((a[q * size + q] as number) - (a[p * size + p] as number)) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  const mix = (m: Float64Array, i: number, j: number) => {
    const x = m[i] as number;
    const y = m[j] as number;
    m[i] = c * x - s * y;
    m[j] = s * x + c * y;
  };
  for (let k = 0; k < size; k++) mix(a, k * size + p, k * size + q);
  for (let k = 0; k < size; k++) mix(a, p * size + k, q * size + k);
  for (let k = 0; k < size; k++) mix(v, k * size + p, k * size + q);
}

/** Eigenvalues below this share of the largest one count as zero. */
export const rankTolerance = 1e-11;

/** The minimum-norm solution of A x = b for positive semidefinite A, from its eigendecomposition. */
export function solve({ values, vectors }: Eigen, b: Float64Array): Float64Array {
  const size = b.length;
  const smallest = rankTolerance * (values[size - 1] as number);
  const x = new Float64Array(size);
  for (let j = 0; j < size; j++) {
    const lambda = values[j] as number;
    if (lambda <= smallest) continue;
    let coefficient = 0;
    for (let r = 0; r < size; r++) coefficient += (vectors[r * size + j] as number) * (b[r] as number);
    coefficient /= lambda;
    for (let r = 0; r < size; r++) x[r] = (x[r] as number) + coefficient * (vectors[r * size + j] as number);
  }
  return x;
}

/**
 * Cholesky's factor L of A = L L^T, its lower half row-major; undefined when A is not safely positive definite.
 *
 * @param matrix row-major [size, size], symmetric; it is not changed.
 */
export function cholesky(matrix: Float64Array, size: number): Float64Array | undefined {
  const l = matrix.slice();
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = l[i * size + j] as number;
      for (let k = 0; k < j; k++) sum -= (l[i * size + k] as number) * (l[j * size + k] as number);
      if (i > j) l[i * size + j] = sum / (l[j * size + j] as number);
      else if (sum > rankTolerance * (matrix[i * size + i] as number)) l[i * size + i] = Math.sqrt(sum);
      else return undefined;
    }
  }
  return l;
}

/** The solution of L L^T x = b. */
export function solveFactored(l: Float64Array, b: Float64Array): Float64Array {
  const size = b.length;
  const x = b.slice();
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) x[i] = (x[i] as number) - (l[i * size + k] as number) * (x[k] as number);
    x[i] = (x[i] as number) / (l[i * size + i] as number);
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++)
      x[i] = (x[i] as number) - (l[k * size + i] as number) * (x[k] as number);
    x[i] = (x[i] as number) / (l[i * size + i] as number);
  }
  return x;
}

/** The solution of A x = b by Cholesky's factorization; undefined when A is not safely positive definite. */
export function solvePositive(matrix: Float64Array, b: Float64Array): Float64Array | undefined {
  const l = cholesky(matrix, b.length);
  return l && solveFactored(l, b);
}

/** x . y */
export function inner(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (y[i] as number);
  return sum;
}

/** ||x - y||^2; without y, ||x||^2. */
export function squaredDistance(x: ArrayLike<number>, y?: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += ((x[i] as number) - (y?.[i] ?? 0)) ** 2;
  return sum;
}
