import { Tensor } from "@steepest/compile";
import type { LabelledImages } from "../data/images.ts";
import { inOrder, takeRows, windowsAt } from "./batches.ts";
import type { HostBatch, TaskData } from "./task.ts";

/** What most tasks' `load` ends with: training examples and validation batches from tensors or tokens. */

/** Examples x [n, ...] with what should come out, y [n, ...]. */
export interface Examples {
  readonly x: Tensor;
  readonly y: Tensor;
}

/** Examples that are rows of tensors. `size` is that of the validation batches. */
export function rowsOf(train: Examples, validation: Examples, size: number): TaskData {
  const count = ({ x }: Examples) => x.shape[0] as number;
  const batch =
    ({ x, y }: Examples) =>
    (rows: Uint32Array): HostBatch => ({ x: takeRows(x, rows), y: takeRows(y, rows) });
  return {
    train: { size: count(train), batch: batch(train) },
    validation: inOrder(count(validation), size, batch(validation)),
  };
}

/** Images with pixels scaled to [0, 1], less `mean`, over `deviation`, float32; of another shape when one is given. */
export function scaledImages(
  { images, labels }: LabelledImages,
  { mean, deviation, shape }: { mean: number; deviation: number; shape?: readonly number[] },
): Examples {
  const pixels = Float32Array.from(images.data, (v) => (v / 255 - mean) / deviation);
  const [count, ...own] = images.shape as [number, ...number[]];
  return { x: new Tensor("float32", [count, ...(shape ?? own)], pixels), y: labels };
}

/**
 * Windows of a text: an example is `context` tokens and those one further, and every token but the last ones starts one.
 *
 * @param windows validation windows, spread evenly over the text
 * @param size of the validation batches
 */
export function windowsOf(
  train: Int32Array,
  validation: Int32Array,
  context: number,
  windows: number,
  size: number,
): TaskData {
  const stride = Math.floor((validation.length - context - 1) / windows);
  return {
    train: { size: train.length - context, batch: (starts) => windowsAt(train, starts, context) },
    validation: inOrder(windows, size, (rows) =>
      windowsAt(
        validation,
        rows.map((row) => row * stride),
        context,
      ),
    ),
  };
}

/** The numbers 0..n-1 in two parts: every `every`-th, and the others. */
export function everyNth(n: number, every: number): { part: Uint32Array; rest: Uint32Array } {
  const all = Uint32Array.from({ length: n }, (_, i) => i);
  return { part: all.filter((i) => i % every === 0), rest: all.filter((i) => i % every !== 0) };
}
