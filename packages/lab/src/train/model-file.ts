import { writeFileSync } from "node:fs";
import type { TensorTree } from "@steepest/compile";

/** Where a trial's trained parameters lie: next to its records. */
export const modelPath = (trial: string): string => trial.replace(/\.jsonl$/, ".safetensors");
export const writeModel = (path: string, _params: TensorTree) => writeFileSync(path, "");
