import { numpy as np } from "@jax-js/jax";
import { type Tensor, zeros } from "@steepest/compile";
import type { RandomStream } from "../random.ts";
import { type Initializer, lecunInit } from "./init.ts";

/** A dense layer: weight (out, in) and bias (out). */
export type Dense = { w: np.Array; b: np.Array };

/** x [batch, in] to [batch, out]. */
export const dense = (x: np.Array, { w, b }: Dense): np.Array => np.matmul(x, w.transpose()).add(b);

/** Weights after `init`, variance 1 / inputs by default; zero biases. */
export function initDense(
  outputs: number,
  inputs: number,
  random: RandomStream,
  init: Initializer = lecunInit,
): { w: Tensor; b: Tensor } {
  return { w: init([outputs, inputs], random), b: zeros("float32", [outputs]) };
}
