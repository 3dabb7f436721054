import { existsSync } from "node:fs";
import { Tensor, tensor } from "@steepest/compile";
import { DataError } from "../data/error.ts";
import { readModel, readNotes, writeModel } from "./model-file.ts";
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
  writeModel(file, path, { shape: `${networks.length} ${width}` });
}

/** Reads a path; undefined when there is no such file. Throws a DataError when it is not one. */
export function readPath(file: string): RecordedPath | undefined {
  if (!existsSync(file)) return undefined;
  const [count, width] = (readNotes(file).shape ?? "").split(" ").map(Number);
  if (!(Number.isSafeInteger(count) && Number.isSafeInteger(width)))
    throw new DataError(file, "is not a recorded path");
  const [n, w] = [count as number, width as number];
  const example = {
    steps: tensor(new Array(n).fill(0), undefined, "int32"),
    networks: new Tensor("float32", [n, w], new Float32Array(n * w)),
  };
  const { steps, networks } = readModel(file, example) as typeof example;
  const data = networks.data as Float32Array;
  return {
    steps: Array.from(steps.data),
    networks: Array.from({ length: n }, (_, i) => data.subarray(i * w, (i + 1) * w)),
  };
}
