import { Tensor } from "@steepest/compile";
import { loadAgaricus } from "../data/tables.ts";
import { linear, logisticLoss, signAccuracy } from "../models/index.ts";
import { rowsOf } from "./sources.ts";
import { defineTask } from "./task.ts";

/** Logistic regression on data that a hyperplane separates. */
export const agaricusLogistic = defineTask({
  name: "agaricus-logistic",
  title: "Logistic regression on agaricus",
  description:
    "Convex, and a hyperplane separates the classes: the loss has no minimum, it only tends to zero. 127 parameters " +
    "tell poisonous mushrooms from 126 binary features.",
  dataset: "agaricus",
  model: linear({ inputs: 126, outputs: 1 }),
  batchSize: 128,
  steps: 500,
  evaluations: 20,
  // Chosen by hand: without a minimum, the largest stable rate decides how far a run gets (`npm run targets`).
  target: { metric: "loss", value: 0.003, direction: "min" },
  async load() {
    const { train, validation } = await loadAgaricus();
    const examples = ({ features, labels }: typeof train) => ({
      x: features,
      y: new Tensor(
        "float32",
        labels.shape,
        Float32Array.from(labels.data, (y) => 2 * y - 1),
      ),
    });
    return rowsOf(examples(train), examples(validation), 1611);
  },
  loss: logisticLoss,
  metrics: { accuracy: signAccuracy },
});
