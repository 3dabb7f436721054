/** The format of the result files, for readers anywhere: no Node, no models. */
export * from "./train/record.ts";
export type { TrialSpec } from "./train/spec.ts";
