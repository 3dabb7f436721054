import { type numpy as np, tree } from "@jax-js/jax";
import type { ArrayTree } from "@steepest/compile";
import type { Trainable } from "./task.ts";

/** A batch on its way through the model. */
export type Batch = { x: np.Array; y: np.Array; weights?: np.Array };

/**
 * The loss that a training step differentiates, and the model's buffers after the step (an empty tree when it has none):
 * batch norm normalises by the batch and dropout is on. A jax-js function: it consumes its arguments.
 */
export function trainingLoss({ model, loss }: Pick<Trainable, "model" | "loss">) {
  return (params: ArrayTree, { x, y, weights }: Batch, buffers?: ArrayTree): [np.Array, ArrayTree] => {
    if (model.training === undefined || buffers === undefined) {
      return [loss(model.apply(params, x), y, weights), {}];
    }
    const [outputs, next] = model.training.apply(params, x, buffers);
    return [loss(outputs, y, weights), next];
  };
}

/** The loss and all metrics of a batch in evaluation. A jax-js function: it consumes its arguments. */
export function evaluation({ model, loss, metrics }: Pick<Trainable, "model" | "loss" | "metrics">) {
  const measures = Object.entries({ ...metrics, loss });
  return (
    params: ArrayTree,
    { x, y, weights }: Batch,
    buffers?: ArrayTree,
  ): { loss: np.Array } & Record<string, np.Array> => {
    const outputs = model.apply(params, x, buffers);
    const values = measures.map(([name, measure]) => [name, measure(outputs.ref, y.ref, weights?.ref)]);
    tree.dispose([outputs, y, ...(weights ? [weights] : [])]);
    return Object.fromEntries(values);
  };
}
