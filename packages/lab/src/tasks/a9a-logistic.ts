import { loadA9a } from "../data/tables.ts";
import { linear, logisticLoss, signAccuracy } from "../models/index.ts";
import { rowsOf } from "./sources.ts";
import { defineTask } from "./task.ts";

const model = linear({ inputs: 123, outputs: 1 });

/** Logistic regression: convex, smooth, sparse features. */
export const a9aLogistic = defineTask({
  name: "a9a-logistic",
  title: "Logistic regression on a9a",
  description:
    "Convex: 124 parameters predict from 123 binary census features whether income exceeds 50,000 dollars. " +
    "The weight is one row with role hidden, on which Muon is normalised gradient descent.",
  dataset: "a9a",
  model,
  batchSize: 256,
  steps: 1000,
  evaluations: 20,
  target: { metric: "loss", value: 0.326, direction: "min" },
  async load() {
    const { train, validation } = await loadA9a();
    const examples = ({ features, labels }: typeof train) => ({ x: features, y: labels });
    return rowsOf(examples(train), examples(validation), 5427);
  },
  loss: logisticLoss,
  metrics: { accuracy: signAccuracy },
});
