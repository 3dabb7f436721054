import { type AdamWOptions, adamw, injectHyperparams } from "steepest";
import { defaultsOf, type OptimizerEntry, withSchedule } from "./optimizer.ts";

export const adamwEntry: OptimizerEntry = {
  name: "adamw",
  description: "Adam with decoupled weight decay.",
  hyperparameters: {
    learningRate: { default: 0.005, min: 1e-5, max: 0.3, scale: "log" },
    b1: { default: 0.9, min: 0, max: 0.99, scale: "linear" },
    b2: { default: 0.999, min: 0.9, max: 0.9999, scale: "linear" },
    weightDecay: { default: 0.01, min: 1e-4, max: 1, scale: "log" },
  },
  create({ steps }) {
    const scheduled = (options: AdamWOptions) => withSchedule(adamw(options), steps);
    return injectHyperparams(scheduled, ["learningRate", "b1", "b2", "weightDecay"])(defaultsOf(adamwEntry));
  },
};
