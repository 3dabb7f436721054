import { existsSync } from "node:fs";
import { tree } from "@jax-js/jax";
import { Tensor, type TensorTree, tensor } from "@steepest/compile";
import { DataError } from "../data/error.ts";
import { readModel, readNotes, writeModel } from "./model-file.ts";

/** The parameters of a run every few steps: the path that landscapes are drawn along. */
export interface RecordedPath {
  readonly steps: readonly number[];
  /** Parameters at those steps, flattened in the order of their tree. */
  readonly networks: readonly Float32Array[];
}

/** A path keeps no more than so many networks and bytes; when it is full, every other one goes. */
const most = { networks: 64, bytes: 2 ** 28 } as const;

export interface PathRecorder {
  /** Whether the network after this step is to be recorded. */
  wants(step: number): boolean;
  record(step: number, params: TensorTree): void;
  /** The path so far; the last network recorded is always in it. */
  path(): RecordedPath;
}

export function recordPath(limit: number = most.networks): PathRecorder {
  let every = 1;
  let kept: { step: number; network: Float32Array }[] = [];
  let last: { step: number; network: Float32Array } | undefined;
  return {
    wants: (step) => step % every === 0,
    record(step, params) {
      const parts = tree.leaves<Tensor>(params).map(({ data }) => data);
      const network = new Float32Array(parts.reduce((n, part) => n + part.length, 0));
      let at = 0;
      for (const part of parts) {
        network.set(part, at);
        at += part.length;
      }
      last = { step, network };
      if (step % every !== 0 || kept.at(-1)?.step === step) return;
      kept.push(last);
      const full = Math.max(2, Math.min(limit, Math.floor(most.bytes / network.byteLength)));
      while (kept.length > full) {
        every *= 2;
        kept = kept.filter((k) => k.step % every === 0);
      }
    },
    path() {
      const all = last === undefined || kept.at(-1)?.step === last.step ? kept : [...kept, last];
      return { steps: all.map((k) => k.step), networks: all.map((k) => k.network) };
    },
  };
}

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
