import { defaultDevice, numpy as np } from "@jax-js/jax";
import { newtonSchulz, type Polar } from "./newtonSchulz.ts";
import { expressPolynomials } from "./polarExpress.ts";

/** Singular values down to this share of the Frobenius norm arrive at 1; smaller ones stop short of it. */
const lower = 1e-10;
const steps = 20;
/** Without it a singular value of exactly the Frobenius norm (rank one) is thrown out of the interval by rounding. */
const safety = 1.01;

export type ExactPolarOptions = {
  /** Compute in float64 whatever the type of the matrix. Default: where the device has float64 (not on WebGPU). */
  double?: boolean;
};

/**
 * The polar factor to working accuracy: U V^T of the matrix U S V^T. Orthogonality error about 1e-14 in float64, 1e-7 in
 * float32, up to a condition number of 1e9 (the float64 products keep what a Gram matrix in float32 would lose). A zero
 * matrix gives zero. Costs 20 steps of matrix products: an optimizer wants Newton-Schulz, a reference wants this.
 */
export function exactPolar({ double }: ExactPolarOptions = {}): Polar {
  const polar = newtonSchulz({
    polynomials: expressPolynomials({ lower, steps, safety }),
    eps: 1e-30,
    safety,
  });
  return (x) => {
    const dtype = x.dtype;
    const wide = double ?? (defaultDevice() === "wasm" || defaultDevice() === "cpu");
    return polar(wide ? x.astype(np.float64) : x).astype(dtype);
  };
}
