import { defineOptimizer } from "@steepest/lab";
import { addDecayedWeights, chain, clipByGlobalNorm, scaleByLearningRate, trace } from "steepest";

/** An optimizer of your own, chained from parts: heavy-ball momentum of clipped gradients, with decoupled weight decay. */
export default defineOptimizer({
  name: "clipped-momentum",
  description: "Momentum of gradients no longer than 1, with decoupled weight decay.",
  hyperparameters: {
    learningRate: { default: 0.1, min: 1e-4, max: 10, scale: "log" },
    momentum: { default: 0.9, min: 0, max: 0.99, scale: "decay" },
    weightDecay: { default: 1e-3, min: 1e-5, max: 0.1, scale: "log" },
  },
  create: ({ learningRate, momentum, weightDecay }) =>
    chain(
      clipByGlobalNorm(1),
      trace({ momentum }),
      addDecayedWeights(weightDecay),
      scaleByLearningRate(learningRate),
    ),
});
