import { Tensor } from "@steepest/compile";
import { type LabelledImages, loadMnist } from "../data/images.ts";
import { mlp, squaredError, xavierInit } from "../models/index.ts";
import { takeRows } from "./batches.ts";
import { rowsOf } from "./sources.ts";
import { defineTask } from "./task.ts";

/** Images for training and for validation: the first ones. */
const counts = { train: 20_000, validation: 2000 } as const;

/** Pixels in [0, 1], which are also what should come out. */
function examples({ images }: LabelledImages, count: number) {
  const first = takeRows(
    images,
    Uint32Array.from({ length: count }, (_, i) => i),
  );
  const x = new Tensor(
    "float32",
    [count, 784],
    Float32Array.from(first.data, (v) => v / 255),
  );
  return { x, y: x };
}

/** A deep autoencoder, the classic test of optimizers on badly scaled problems (Hinton and Salakhutdinov, 2006). */
export const mnistAutoencoder = defineTask({
  name: "mnist-autoencoder",
  title: "Autoencoder on MNIST",
  description:
    "Through a bottleneck of 16 numbers and back: 784-256-64-16-64-256-784 with tanh, 437,664 parameters, on 20,000 images. " +
    "The loss is half the squared error of an image.",
  dataset: "mnist",
  model: mlp({ sizes: [784, 256, 64, 16, 64, 256, 784], activation: "tanh", init: xavierInit }),
  batchSize: 128,
  steps: 400,
  evaluations: 20,
  // `npm run targets`: at 75 % of the budget AdamW 11.34 (SGD 12.97).
  target: { metric: "loss", value: 11.4, direction: "min" },
  async load() {
    const { train, validation } = await loadMnist();
    return rowsOf(examples(train, counts.train), examples(validation, counts.validation), 500);
  },
  loss: squaredError,
});
