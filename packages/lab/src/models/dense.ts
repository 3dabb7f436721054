import { numpy as np } from "@jax-js/jax";
import { type Tensor, zeros } from "@steepest/compile";
import type { RandomStream } from "../random.ts";
import { normal } from "./init.ts";

/** A dense layer: weight (out, in) and bias (out). */
export type Dense = { w: np.Array; b: np.Array };

/** x [batch, in] to [batch, out]. */
export const dense = (x: np.Array, { w, b }: Dense): np.Array => np.matmul(x, w.transpose()).add(b);

/** Normal weights, zero biases. */
export function initDense(
  outputs: number,
  inputs: number,
  deviation: number,
  random: RandomStream,
): { w: Tensor; b: Tensor } {
  return { w: normal([outputs, inputs], deviation, random), b: zeros("float32", [outputs]) };
}
