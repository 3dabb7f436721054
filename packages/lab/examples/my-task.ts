import { Tensor } from "@steepest/compile";
import { accuracy, crossEntropy, defineTask, everyNth, mlp, rowsOf } from "@steepest/lab";

/**
 * A task of your own: two spirals that wind around each other, told apart by a small network.
 *
 *     steepest race --task ./my-task.ts --optimizer ./my-optimizer.ts
 *
 * The hash of this file is part of every trial's identity: change it, and its trials run anew. What the file imports is
 * not hashed.
 */

/** Points (x, y) of the spirals 0 and 1, taking turns. */
function spirals(count: number) {
  const x = new Float32Array(2 * count);
  const y = Int32Array.from({ length: count }, (_, i) => i % 2);
  for (let i = 0; i < count; i++) {
    const radius = (i + 1) / count;
    const angle = 6 * radius + Math.PI * (i % 2);
    x.set([radius * Math.cos(angle), radius * Math.sin(angle)], 2 * i);
  }
  return (rows: Uint32Array) => ({
    x: new Tensor(
      "float32",
      [rows.length, 2],
      Float32Array.from(pick(rows, (i) => [x[2 * i], x[2 * i + 1]])),
    ),
    y: new Tensor("int32", [rows.length], Int32Array.from(pick(rows, (i) => [y[i]]))),
  });
}

const pick = (rows: Uint32Array, of: (i: number) => (number | undefined)[]) =>
  [...rows].flatMap(of) as number[];

export default defineTask({
  name: "spirals",
  title: "MLP on two spirals",
  description: "1,000 points on two spirals, every fifth for validation; two hidden layers of 32.",
  model: mlp({ sizes: [2, 32, 32, 2] }),
  batchSize: 50,
  steps: 200,
  evaluations: 10,
  target: { metric: "accuracy", value: 0.9, direction: "max" },
  async load() {
    const examples = spirals(1000);
    const { part, rest } = everyNth(1000, 5);
    return rowsOf(examples(rest), examples(part), 200);
  },
  loss: crossEntropy,
  metrics: { accuracy },
});
