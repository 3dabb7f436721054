import { Tensor } from "@steepest/compile";
import { characterVocabulary, type Vocabulary } from "../data/text.ts";
import { randomStream } from "../random.ts";
import { inOrder, takeRows, windowsAt } from "./batches.ts";
import type { HostBatch, TaskData } from "./task.ts";

/** Data of a task from bytes that are at hand, without files: for pages, and for programs of one's own. */

/** Labelled rows as a task's data: the first for training, the rest for validation. */
function split(x: Tensor, y: Tensor, training: number, validationBatch: number): TaskData {
  const rows = (numbers: Uint32Array): HostBatch => ({ x: takeRows(x, numbers), y: takeRows(y, numbers) });
  const validation = (x.shape[0] as number) - training;
  return {
    train: { size: training, batch: rows },
    validation: inOrder(validation, validationBatch, (numbers) => rows(numbers.map((i) => i + training))),
  };
}

/** Two half circles with noise: 400 points for training, 200 for validation. */
export function moonsData(): TaskData {
  const random = randomStream(1, "moons");
  const count = 600;
  const x = new Float32Array(2 * count);
  const y = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const angle = Math.PI * random.uniform();
    const upper = i % 2 === 0;
    x[2 * i] = (upper ? Math.cos(angle) : 1 - Math.cos(angle)) - 0.5 + 0.15 * random.normal();
    x[2 * i + 1] = (upper ? Math.sin(angle) : 0.5 - Math.sin(angle)) - 0.25 + 0.15 * random.normal();
    y[i] = upper ? 0 : 1;
  }
  return split(new Tensor("float32", [count, 2], x), new Tensor("int32", [count], y), 400, 200);
}

/**
 * A file of images: for each example its pixels, one byte each, then its label.
 *
 * @param shape of one example
 * @param scale from a pixel's byte to a number
 */
export function imageData(
  bytes: Uint8Array,
  shape: readonly number[],
  scale: (pixel: number) => number,
  training: number,
): TaskData {
  const size = shape.reduce((a, b) => a * b, 1);
  const count = bytes.length / (size + 1);
  const x = new Float32Array(count * size);
  const y = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const at = i * (size + 1);
    for (let k = 0; k < size; k++) x[i * size + k] = scale(bytes[at + k] as number);
    y[i] = bytes[at + size] as number;
  }
  const validation = count - training;
  return split(
    new Tensor("float32", [count, ...shape], x),
    new Tensor("int32", [count], y),
    training,
    validation,
  );
}

/** A text by its characters: the first nine tenths for training, 32 windows of the rest for validation. */
export function textData(bytes: Uint8Array, context: number): { data: TaskData; vocabulary: Vocabulary } {
  const all = new TextDecoder().decode(bytes);
  const vocabulary = characterVocabulary(all);
  const tokens = vocabulary.encode(all);
  const cut = Math.floor(0.9 * tokens.length);
  const [train, validation] = [tokens.subarray(0, cut), tokens.subarray(cut)];
  const windows = 32;
  const stride = Math.floor((validation.length - context - 1) / windows);
  const starts = Uint32Array.from({ length: windows }, (_, i) => i * stride);
  return {
    vocabulary,
    data: {
      train: { size: train.length - context, batch: (numbers) => windowsAt(train, numbers, context) },
      validation: [windowsAt(validation, starts, context)],
    },
  };
}
