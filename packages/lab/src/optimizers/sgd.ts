import { injectHyperparams, type SgdOptions, sgd } from "steepest";
import { defaultsOf, type OptimizerEntry, withSchedule } from "./optimizer.ts";

export const sgdEntry: OptimizerEntry = {
  name: "sgd",
  description: "Stochastic gradient descent with momentum 0.9.",
  hyperparameters: {
    learningRate: { default: 0.1, min: 1e-4, max: 10, scale: "log" },
    momentum: { default: 0.9, min: 0, max: 0.99, scale: "linear" },
  },
  create({ steps }) {
    const scheduled = (options: SgdOptions) => withSchedule(sgd(options), steps);
    return injectHyperparams(scheduled, ["learningRate", "momentum"])(
      defaultsOf(sgdEntry) as unknown as SgdOptions,
    );
  },
};
