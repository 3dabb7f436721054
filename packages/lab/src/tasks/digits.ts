import { Tensor } from "@steepest/compile";
import { loadDigits } from "../data/tables.ts";
import { takeRows } from "./batches.ts";
import { everyNth, rowsOf } from "./sources.ts";
import type { TaskData } from "./task.ts";

/** The digits as rows of pixels scaled to [-1, 1]: every fifth for validation, 360 of 1,797. `shape` is that of an image. */
export async function digitsData(shape: readonly number[]): Promise<TaskData> {
  const { features, labels } = await loadDigits();
  const count = labels.data.length;
  const x = new Tensor(
    "float32",
    [count, ...shape],
    Float32Array.from(features.data, (v) => v / 8 - 1),
  );
  const y = new Tensor("int32", [count], Int32Array.from(labels.data));
  const { part, rest } = everyNth(count, 5);
  const examples = (rows: Uint32Array) => ({ x: takeRows(x, rows), y: takeRows(y, rows) });
  return rowsOf(examples(rest), examples(part), 360);
}
