/** The formats of the result files and of reports, for readers anywhere: no Node, no models. */
export * from "./landscape/format.ts";
export type * from "./lecture/animation/format.ts";
export * from "./report/data.ts";
export * from "./train/record.ts";
export type { TrialSpec } from "./train/spec.ts";
