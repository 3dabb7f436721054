import { loadA9a } from "../data/tables.ts";
import { type Dense, linear, logisticLoss, signAccuracy } from "../models/index.ts";
import { inOrder, takeRows } from "./batches.ts";
import type { Task } from "./task.ts";

const model = linear({ inputs: 123, outputs: 1 });

/** Logistic regression: convex, smooth, sparse features. */
export const a9aLogistic: Task<Dense> = {
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
    const rows = (part: typeof train) => (numbers: Uint32Array) => ({
      x: takeRows(part.features, numbers),
      y: takeRows(part.labels, numbers),
    });
    return {
      train: { size: 32561, batch: rows(train) },
      validation: inOrder(16281, 5427, rows(validation)),
    };
  },
  loss: logisticLoss,
  metrics: { accuracy: signAccuracy },
};
