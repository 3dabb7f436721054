import { numpy as np } from "@jax-js/jax";
import { num } from "../scalar.ts";

/** Maps a batch of matrices (..., r, c) to matrices near their orthogonal polar factors. Consumes its argument. */
export type Polar = (x: np.Array) => np.Array;

/** An odd polynomial a x + b x^3 + c x^5 on singular values. */
export type Quintic = readonly [a: number, b: number, c: number];

/** The quintic of Keller Jordan's Muon: steep at zero; singular values end within [0.68, 1.13], not at 1. */
export const kellerQuintic: Quintic = [3.4445, -4.775, 2.0315];

export type NewtonSchulzOptions = {
  /** One polynomial per step. Default: five times Keller's. */
  polynomials?: readonly Quintic[];
  /** Added to the Frobenius norm by which the matrix is divided first. Default 1e-7. */
  eps?: number;
  /** The Frobenius norm is multiplied by this as well, to stay inside the polynomials' interval. Default 1. */
  safety?: number;
};

/**
 * Polar factor by polynomials: divides by the Frobenius norm, then applies odd polynomials to the singular values, which
 * needs matrix products only. 5 steps on r x c (r <= c) cost 10 r^2 c + 5 r^3 multiplications.
 *
 * The factor is not exact: with U S V^T the matrix, the result is U S' V^T with S' near one.
 */
export function newtonSchulz({
  polynomials = Array<Quintic>(5).fill(kellerQuintic),
  eps = 1e-7,
  safety = 1,
}: NewtonSchulzOptions = {}): Polar {
  return (g) => {
    const [rows, columns] = g.shape.slice(-2) as [number, number];
    const wide = rows > columns ? np.matrixTranspose(g) : g;
    const norm = np.sqrt(np.square(wide.ref).sum([-2, -1], { keepdims: true }));
    const bound = norm.mul(num(safety, wide)).add(num(eps, wide));
    let x = wide.div(bound);
    for (const [a, b, c] of polynomials) {
      const gram = np.matmul(x.ref, np.matrixTranspose(x.ref));
      const square = np.matmul(gram.ref, gram.ref).mul(num(c, x));
      const even = gram.mul(num(b, x)).add(square);
      const rest = np.matmul(even, x.ref);
      x = x.mul(num(a, x)).add(rest);
    }
    return rows > columns ? np.matrixTranspose(x) : x;
  };
}
