import { numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import type { ArrayTree } from "./program.ts";

/**
 * The loss and gradients of a batch, computed from micro-batches one after another: their means, which are those of the
 * whole batch when the loss is a mean over examples. A step that uses it holds the activations of one micro-batch at a time.
 *
 *     const differentiate = accumulateGradients(loss, 4);
 *     const [value, gradients] = differentiate(params, x, y);
 *
 * Like every jax-js function, the result consumes its arguments.
 *
 * @param loss of parameters and arrays whose first axis is the batch.
 * @param microBatches how many equal parts the batch is cut into.
 * @throws RangeError when that is not a positive whole number, or (from the result) does not divide the batch.
 */
export function accumulateGradients<P extends ArrayTree>(
  loss: (params: P, ...batch: np.Array[]) => np.Array,
  microBatches: number,
): (params: P, ...batch: np.Array[]) => [value: np.Array, gradients: P] {
  if (!(Number.isSafeInteger(microBatches) && microBatches > 0)) {
    throw new RangeError(
      `accumulateGradients: ${microBatches} micro-batches; expected a whole number of at least 1`,
    );
  }
  const differentiate = valueAndGrad(loss as never) as unknown as (
    params: P,
    ...batch: np.Array[]
  ) => [np.Array, P];
  return (params, ...batch) => {
    for (const [i, x] of batch.entries()) {
      if ((x.shape[0] ?? 0) % microBatches !== 0 || x.ndim === 0) {
        throw new RangeError(
          `accumulateGradients: array ${i} of the batch has shape [${x.shape.join(", ")}], which does not divide into ${microBatches} micro-batches`,
        );
      }
    }
    const parts = batch.map((x) => (microBatches === 1 ? [x] : np.split(x, microBatches, 0)));
    let total: [np.Array, P] | undefined;
    for (let i = 0; i < microBatches; i++) {
      const [value, gradients] = differentiate(tree.ref(params), ...parts.map((part) => part[i] as np.Array));
      total = total === undefined ? [value, gradients] : [total[0].add(value), add(total[1], gradients)];
    }
    tree.dispose(params);
    const [value, gradients] = total as [np.Array, P];
    const mean = (x: np.Array) => x.mul(1 / microBatches);
    return [mean(value), tree.map(mean, gradients as ArrayTree) as P];
  };
}

const add = <P extends ArrayTree>(a: P, b: P): P =>
  tree.map((x: np.Array, y: np.Array) => x.add(y), a as ArrayTree, b as ArrayTree) as P;
