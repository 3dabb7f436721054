/** Landscapes in any runtime: no Node. */
export { type ComputeOptions, computeLandscape, type Request } from "./compute.ts";
export * from "./format.ts";
export { type LossOptions, type LossProgram, openLoss, spreadExamples } from "./loss.ts";
export { type Layout, layoutOf } from "./vectors.ts";
export type { Network, TrainingPath, View } from "./view.ts";
