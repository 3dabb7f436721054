import { defineStudy } from "@steepest/lab";

/**
 * A study in TypeScript: checked while it is typed, and computed where a list would be long. Run it with
 *
 *     steepest study run study.ts
 */

// Learning rates half a decade apart, the same number for every optimizer.
const around = (middle: number) => [-1, -0.5, 0, 0.5, 1].map((x) => ({ learningRate: middle * 10 ** x }));

export default defineStudy({
  name: "rates",
  tasks: ["a9a-logistic"],
  optimizers: [
    { name: "sgd", search: around(0.3) },
    { name: "adamw", search: around(0.01) },
    { name: "muon", search: around(0.03) },
  ],
  seeds: 6,
  budget: "0.5x",
});
