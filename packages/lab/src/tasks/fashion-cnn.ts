import { loadFashionMnist } from "../data/images.ts";
import { accuracy, cnn, crossEntropy } from "../models/index.ts";
import { rowsOf, scaledImages } from "./sources.ts";
import { defineTask } from "./task.ts";

const model = cnn({ image: [1, 28, 28], channels: [8, 16], classes: 10 });

/** Mean and standard deviation of Fashion-MNIST's training pixels, scaled to [0, 1]. */
export const fashionPixels = { mean: 0.286, deviation: 0.353 } as const;

/** Fashion-MNIST images with a small convolutional network. */
export const fashionCnn = defineTask({
  name: "fashion-cnn",
  title: "CNN on Fashion-MNIST",
  description:
    "3,000 grey images of clothes in 10 classes; two 3 x 3 convolutions of 8 and 16 channels with ReLU and max " +
    "pooling, then a linear head: 9,098 parameters.",
  dataset: "fashion-mnist",
  model,
  batchSize: 64,
  steps: 200,
  evaluations: 20,
  target: { metric: "accuracy", value: 0.83, direction: "max" },
  async load() {
    const { train, validation } = await loadFashionMnist();
    const scaling = { ...fashionPixels, shape: [1, 28, 28] };
    return rowsOf(scaledImages(train, scaling), scaledImages(validation, scaling), 250);
  },
  loss: crossEntropy,
  metrics: { accuracy },
});
