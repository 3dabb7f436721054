import { lax, numpy as np } from "@jax-js/jax";
import { pow } from "./elementary.ts";
import { num } from "./scalar.ts";

/** Unit roundoff of a float type. */
export const roundoff = (dtype: np.DType): number => (dtype === np.float64 ? 2 ** -52 : 2 ** -23);

/** A symmetric matrix's power on its eigenvalues, which are kept at `least` or above. Consumes the matrix. */
export function symmetricPower(matrix: np.Array, exponent: number, least: number): np.Array {
  const [values, vectors] = np.linalg.eigh(matrix);
  const powers = pow(np.maximum(values, num(least, vectors)), exponent);
  const scaled = vectors.ref.mul(np.expandDims(powers, -2));
  return np.matmul(scaled, np.matrixTranspose(vectors));
}

/** Eigenvectors of a symmetric matrix as columns, by descending eigenvalue. Consumes the matrix. */
export function eigenbasis(matrix: np.Array): np.Array {
  const [values, vectors] = np.linalg.eigh(matrix);
  values.dispose();
  return np.flip(vectors, -1);
}

/**
 * The orthogonal factor of a square matrix's QR decomposition, with positive diagonal in R, from Cholesky factors of its
 * Gram matrix: once with a shift that keeps it positive definite, then twice without (shifted CholeskyQR3, Fukaya et al.,
 * 2020). Good to condition numbers of about 1 / roundoff. Consumes the matrix.
 */
export function orthonormalize(matrix: np.Array): np.Array {
  const n = matrix.shape.at(-1) as number;
  const shift = 11 * (2 * n * n + n) * roundoff(matrix.dtype);
  return divideByFactor(divideByFactor(divideByFactor(matrix, shift), 0), 0);
}

/** A R^-1 with R^T R = A^T A + shift I, where A is first divided by its Frobenius norm. Consumes A. */
function divideByFactor(matrix: np.Array, shift: number): np.Array {
  const n = matrix.shape.at(-1) as number;
  const norm = np.sqrt(np.square(matrix.ref).sum()).add(num(1e-30, matrix));
  const a = matrix.ref.div(norm.ref);
  const diagonal = np.eye(n, n, { dtype: a.dtype }).mul(num(shift, a));
  const zero = num(0, a);
  const gram = np.matmul(np.matrixTranspose(a.ref), a).add(diagonal);
  const lower = lax.linalg.cholesky(gram);
  // jax-js's jit cannot feed a view (a flip or transpose) to its triangular solver, and the solver makes such views itself
  // unless the factor is upper triangular and stands on the right, transposed: X U^T = B. With J the reversal of
  // columns, U = J L J and B = A J that is X = A R^-1 J. Choosing and dividing keeps U and B from being views.
  const upper = np.where(np.tri(n, n, 0, { dtype: np.bool }).transpose(), np.flip(lower, [-2, -1]), zero);
  const reversed = np.flip(matrix, -1).div(norm);
  const solved = lax.linalg.triangularSolve(upper, reversed, {
    leftSide: false,
    lower: false,
    transposeA: true,
  });
  return np.flip(solved, -1);
}
