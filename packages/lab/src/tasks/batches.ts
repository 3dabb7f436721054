import { Tensor, type TypedArray } from "@steepest/compile";
import { permutation, randomStream } from "../random.ts";
import type { HostBatch, LastBatch, Source } from "./task.ts";

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
 * All examples in order, in batches of one shape. When the size does not divide their number, the last batch is filled up
 * with the first examples at a weight of zero, and every batch has weights.
 */
export function inOrder(
  examples: number,
  size: number,
  batch: (rows: Uint32Array) => HostBatch,
): HostBatch[] {
  const even = examples % size === 0;
  return Array.from({ length: Math.ceil(examples / size) }, (_, i) => {
    const rows = Uint32Array.from({ length: size }, (_, k) => (i * size + k) % examples);
    if (even) return batch(rows);
    const weights = Float32Array.from(rows, (_, k) => (i * size + k < examples ? 1 : 0));
    return { ...batch(rows), weights: new Tensor("float32", [size], weights) };
  });
}

/**
 * The order in which a run sees its training examples: a new shuffle every epoch, drawn from the seed, in batches. With
 * "keep" the last batch of an epoch may be shorter. Throws a RangeError when there is not one full batch.
 */
export function* shuffledBatches(
  examples: number,
  batchSize: number,
  seed: number,
  last: LastBatch = "drop",
): Generator<Uint32Array, never> {
  if (batchSize > examples || batchSize < 1) {
    throw new RangeError(`a batch of ${batchSize} cannot be drawn from ${examples} examples`);
  }
  const random = randomStream(seed, "batches");
  let left = new Uint32Array();
  while (true) {
    const order = Uint32Array.from([...left, ...permutation(examples, random)]);
    let at = 0;
    for (; at + batchSize <= order.length; at += batchSize) yield order.subarray(at, at + batchSize);
    const rest = order.subarray(at);
    if (last === "wrap") left = rest;
    if (last === "keep" && rest.length > 0) yield rest;
  }
}

/**
 * The training batch of these examples. A task that keeps short last batches has weights in every batch: the examples that
 * fill a short one up to the batch size have zero.
 */
export function trainingBatch(
  { batchSize, lastBatch }: { readonly batchSize: number; readonly lastBatch?: LastBatch },
  source: Source,
  examples: Uint32Array,
): HostBatch {
  if (lastBatch !== "keep") return source.batch(examples);
  const count = examples.length;
  const filled = Uint32Array.from({ length: batchSize }, (_, k) => examples[k % count] as number);
  const { weights: own, ...batch } = source.batch(filled);
  const weights = Float32Array.from(filled, (_, k) => (k < count ? ((own?.data[k] as number) ?? 1) : 0));
  return { ...batch, weights: new Tensor("float32", [batchSize], weights) };
}
