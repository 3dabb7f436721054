import type { numpy as np } from "@jax-js/jax";
import type { ArrayTree, TensorTree } from "@steepest/compile";
import type { Model } from "./model.ts";

/** A trained model as one tree, as it is saved: its parameters, and its buffers where it has any under "buffers". */
export const trainedTree = (params: TensorTree, buffers: TensorTree | undefined): TensorTree =>
  buffers === undefined ? params : ({ ...(params as object), buffers } as TensorTree);

/** A model's evaluation as a function of that one tree. */
export function applyTrained({ apply, training }: Model<ArrayTree>) {
  return (trained: ArrayTree, x: np.Array): np.Array => {
    if (training === undefined) return apply(trained, x);
    const { buffers, ...params } = trained as { buffers: ArrayTree } & Record<string, ArrayTree>;
    return apply(params, x, buffers);
  };
}
