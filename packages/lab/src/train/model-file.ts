import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { Tensor, type TensorTree } from "@steepest/compile";
import {
  decodeSafetensors,
  encodeSafetensors,
  leafPaths,
  loadTensors,
  type RawTensor,
  type Safetensors,
} from "steepest";
import { DataError } from "../data/error.ts";

/** Parameters in files, as safetensors. Names are paths in the tree of parameters: "blocks.0.q". */

/** Where a trial's trained parameters lie: next to its records. */
export const modelPath = (trial: string): string => trial.replace(/\.jsonl$/, ".safetensors");

/**
 * Writes parameters to a file that is there completely or not at all; `notes` become the format's `__metadata__`.
 */
export function writeModel(path: string, params: TensorTree, notes?: Readonly<Record<string, string>>): void {
  const tensors = Object.fromEntries(leafPaths<Tensor>(params as never));
  writeFileSync(`${path}.part`, encodeSafetensors(tensors, notes));
  renameSync(`${path}.part`, path);
}

/**
 * Reads parameters into a tree like `example`. Throws a DataError when the file is not safetensors, is truncated, or
 * has other parameters, by name, shape or dtype.
 */
export const readModel = (path: string, example: TensorTree): TensorTree =>
  reading(path, (bytes) => loadTensors<Tensor>(bytes, example, toTensor));

/** All that a file holds. Throws a DataError when it is not safetensors. */
export const readTensors = (path: string): Safetensors => reading(path, decodeSafetensors);

const toTensor = ({ dtype, shape, data }: RawTensor): Tensor => new Tensor(dtype, shape, data);

function reading<T>(path: string, read: (bytes: Uint8Array) => T): T {
  const bytes = readFileSync(path);
  try {
    return read(bytes);
  } catch (cause) {
    throw new DataError(path, `cannot be used: ${(cause as Error).message}`, { cause });
  }
}
