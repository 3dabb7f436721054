import { Tensor } from "@steepest/compile";
import { type LabelledImages, loadFashionMnist } from "../data/images.ts";
import { accuracy, type CnnParams, cnn, crossEntropy } from "../models/index.ts";
import { inOrder, takeRows } from "./batches.ts";
import type { Task } from "./task.ts";

const model = cnn({ image: [1, 28, 28], channels: [8, 16], classes: 10 });

/** Mean and standard deviation of Fashion-MNIST's training pixels, scaled to [0, 1]. */
const [pixelMean, pixelDeviation] = [0.286, 0.353];

/** Fashion-MNIST images with a small convolutional network. */
export const fashionCnn: Task<CnnParams> = {
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
    const source = (part: LabelledImages) => {
      const { data } = part.images;
      const pixels = Float32Array.from(data, (v) => (v / 255 - pixelMean) / pixelDeviation);
      const images = new Tensor("float32", [part.images.shape[0] as number, 1, 28, 28], pixels);
      return (numbers: Uint32Array) => ({ x: takeRows(images, numbers), y: takeRows(part.labels, numbers) });
    };
    return {
      train: { size: 3000, batch: source(train) },
      validation: inOrder(1000, 250, source(validation)),
    };
  },
  loss: crossEntropy,
  metrics: { accuracy },
};
