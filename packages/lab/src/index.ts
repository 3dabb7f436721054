export { DataError } from "./data/error.ts";
export * from "./format.ts";
export * as bounds from "./lecture/bounds/index.ts";
export * from "./models/index.ts";
export * from "./optimizers/index.ts";
export * as problems from "./problems/index.ts";
export * from "./tasks/index.ts";
export { createRunner, type RunEvents, type Runner, type RunnerOptions } from "./train/runner.ts";
export { specHash } from "./train/spec.ts";
