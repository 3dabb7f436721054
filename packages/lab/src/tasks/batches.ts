import { Tensor, type TypedArray } from "@steepest/compile";
import { permutation, randomStream } from "../random.ts";
import type { HostBatch } from "./task.ts";

/** The rows of x [n, ...] with these numbers, as a new tensor [numbers, ...]. */
export function takeRows(x: Tensor, rows: Uint32Array): Tensor {
  const width = x.data.length / (x.shape[0] as number);
  const data = new (x.data.constructor as new (n: number) => TypedArray)(rows.length * width);
  rows.forEach((row, i) => {
    data.set(x.data.subarray(row * width, (row + 1) * width), i * width);
  });
  return new Tensor(x.dtype, [rows.length, ...x.shape.slice(1)], data);
}

/** Windows of a text that start at the given tokens: x [windows, context], y the token after each, flat. */
export function windowsAt(tokens: Int32Array, starts: Uint32Array, context: number): HostBatch {
  const cut = (shift: number) => {
    const out = new Int32Array(starts.length * context);
    starts.forEach((start, i) => {
      out.set(tokens.subarray(start + shift, start + shift + context), i * context);
    });
    return out;
  };
  return {
    x: new Tensor("int32", [starts.length, context], cut(0)),
    y: new Tensor("int32", [starts.length * context], cut(1)),
  };
}

/**
 * All examples in order, in batches of one size. Throws a RangeError unless the size divides the number of examples:
 * the mean over batches would not be the mean over examples.
 */
export function inOrder<T>(examples: number, size: number, batch: (rows: Uint32Array) => T): T[] {
  if (examples % size !== 0) {
    throw new RangeError(`batches of ${size} do not divide ${examples} validation examples evenly`);
  }
  return Array.from({ length: examples / size }, (_, i) =>
    batch(Uint32Array.from({ length: size }, (_, k) => i * size + k)),
  );
}

/**
 * The order in which a run sees its training examples: a new shuffle every epoch, drawn from the seed; what does not
 * fill a batch at the end of an epoch is left out. Throws a RangeError when there is not one full batch.
 */
export function* shuffledBatches(
  examples: number,
  batchSize: number,
  seed: number,
): Generator<Uint32Array, never> {
  if (batchSize > examples || batchSize < 1) {
    throw new RangeError(`a batch of ${batchSize} cannot be drawn from ${examples} examples`);
  }
  const random = randomStream(seed, "batches");
  while (true) {
    const order = permutation(examples, random);
    for (let at = 0; at + batchSize <= examples; at += batchSize) yield order.subarray(at, at + batchSize);
  }
}
