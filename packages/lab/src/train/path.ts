import { existsSync } from "node:fs";
import { Tensor, tensor } from "@steepest/compile";
import { DataError } from "../data/error.ts";
import { readTensors, writeModel } from "./model-file.ts";
import type { RecordedPath } from "./path-recorder.ts";

/** Where a trial's path lies: next to its records. */
export const pathFile = (trial: string): string => trial.replace(/\.jsonl$/, ".path.safetensors");

export function writePath(file: string, { steps, networks }: RecordedPath): void {
  const width = networks[0]?.length ?? 0;
  const all = new Float32Array(width * networks.length);
  networks.forEach((network, i) => {
    all.set(network, i * width);
  });
  const path = {
    steps: tensor(steps, undefined, "int32"),
    networks: new Tensor("float32", [networks.length, width], all),
  };
  writeModel(file, path);
}

/** Reads a path; undefined when there is no such file. Throws a DataError when it is not one. */
export function readPath(file: string): RecordedPath | undefined {
  if (!existsSync(file)) return undefined;
  const { steps, networks } = readTensors(file).tensors;
  const [count, width] = networks?.shape ?? [];
  if (steps?.shape[0] !== count || width === undefined) throw new DataError(file, "is not a recorded path");
  const data = networks?.data as Float32Array;
  return {
    steps: Array.from(steps?.data ?? []),
    networks: Array.from({ length: count ?? 0 }, (_, i) => data.subarray(i * width, (i + 1) * width)),
  };
}
