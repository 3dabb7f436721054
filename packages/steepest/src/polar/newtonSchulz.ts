import { numpy as np } from "@jax-js/jax";
import { num } from "../scalar.ts";
import type { OddPolynomial } from "./remez.ts";

/** Maps a batch of matrices (..., r, c) to matrices near their orthogonal polar factors. Consumes its argument. */
export type Polar = (x: np.Array) => np.Array;

/** The quintic of Keller Jordan's Muon: steep at zero; singular values end within [0.68, 1.13], not at 1. */
export const kellerQuintic: OddPolynomial = [3.4445, -4.775, 2.0315];

/** The classical iterations: cubic convergence to 1 is slower from below, but exact in the end. */
export const classicCubic: OddPolynomial = [3 / 2, -1 / 2];
/** Its quintic form: three multiplications more each step, and faster. */
export const classicQuintic: OddPolynomial = [15 / 8, -10 / 8, 3 / 8];

export type NewtonSchulzOptions = {
  /** Coefficients of x, x^3, x^5, ..., one polynomial per step. Default: five times Keller's. */
  polynomials?: readonly OddPolynomial[];
  /** Added to the Frobenius norm by which the matrix is divided first. Default 1e-7. */
  eps?: number;
  /** Take eps for the least divisor instead of adding it, as torch.optim.Muon does. Default false. */
  clamp?: boolean;
  /** The Frobenius norm is multiplied by this as well, to stay inside the polynomials' interval. Default 1. */
  safety?: number;
  /**
   * Iterate on the Gram matrix of the short side alone: with aspect ratio 4 and quintics, 5 steps cost 56 % of the products.
   * Squares the condition number, so it is for few steps. Default false.
   */
  gram?: boolean;
};

/**
 * Polar factor by polynomials: divides by the Frobenius norm, then applies odd polynomials to the singular values, which
 * needs matrix products only. 5 quintic steps on r x c (r <= c) cost 10 r^2 c + 5 r^3 multiplications.
 *
 * The factor is not exact: with U S V^T the matrix, the result is U S' V^T with S' near one.
 */
export function newtonSchulz({
  polynomials = Array<OddPolynomial>(5).fill(kellerQuintic),
  eps = 1e-7,
  clamp = false,
  safety = 1,
  gram = false,
}: NewtonSchulzOptions = {}): Polar {
  return (g) => {
    const [rows, columns] = g.shape.slice(-2) as [number, number];
    const wide = rows > columns ? np.matrixTranspose(g) : g;
    const norm = np.sqrt(np.square(wide.ref).sum([-2, -1], { keepdims: true }));
    const length = norm.mul(num(safety, wide));
    const bound = clamp ? np.maximum(length, num(eps, wide)) : length.add(num(eps, wide));
    const start = wide.div(bound);
    const x = gram ? iterateGram(start, polynomials) : iterate(start, polynomials);
    return rows > columns ? np.matrixTranspose(x) : x;
  };
}

function iterate(start: np.Array, polynomials: readonly OddPolynomial[]): np.Array {
  let x = start;
  for (const [first, ...higher] of polynomials) {
    const even = withoutConstant(np.matmul(x.ref, np.matrixTranspose(x.ref)), higher);
    const rest = np.matmul(even, x.ref);
    x = x.mul(num(first as number, x)).add(rest);
  }
  return x;
}

/** The same iterates as X_k = Q_k X_0, with A_k = X_k X_k^T: only r x r products until the last. */
function iterateGram(start: np.Array, polynomials: readonly OddPolynomial[]): np.Array {
  let a = np.matmul(start.ref, np.matrixTranspose(start.ref));
  let q: np.Array | undefined;
  for (const [first, ...higher] of polynomials) {
    const rows = a.shape.at(-1) as number;
    const constant = np.eye(rows, rows, { dtype: a.dtype }).mul(num(first as number, a));
    const r = withoutConstant(a.ref, higher).add(constant);
    q = q === undefined ? r.ref : np.matmul(r.ref, q);
    a = np.matmul(np.matmul(r.ref, a), r);
  }
  a.dispose();
  return q === undefined ? start : np.matmul(q, start);
}

/** b A + c A^2 + ... for the coefficients [b, c, ...]. Consumes A. */
function withoutConstant(a: np.Array, coefficients: OddPolynomial): np.Array {
  let power = a.ref;
  let sum = a.ref.mul(num(coefficients[0] ?? 0, a));
  for (const c of coefficients.slice(1)) {
    power = np.matmul(power, a.ref);
    sum = sum.add(power.ref.mul(num(c, a)));
  }
  power.dispose();
  a.dispose();
  return sum;
}
