/** The formats of the result files, reports and animations, for readers anywhere: no Node, no models. */
export * from "./landscape/format.ts";
export {
  type SceneEntry,
  type SceneName,
  type SceneValues,
  sceneCatalog,
} from "./lecture/animation/catalog.ts";
export * from "./lecture/animation/format.ts";
export * from "./report/data.ts";
export * from "./train/record.ts";
export type { TrialSpec } from "./train/spec.ts";
