import { createHash } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { tree } from "@jax-js/jax";
import type { Tensor, TensorTree } from "@steepest/compile";
import { DataError } from "../data/error.ts";
import { readModel, readTensors, writeModel } from "./model-file.ts";

/** Seconds that a trial has spent, by purpose. */
export interface Clock {
  training: number;
  evaluation: number;
  logging: number;
  checkpointing: number;
}

/** Where a run stands after a step. With the carry it is all that a run needs to go on as if nothing had happened. */
export interface RunState {
  /** Training steps done. */
  step: number;
  /** Losses of the steps since the last record. */
  losses: number[];
  /** Best value of the target metric so far, and evaluations since: for early stopping. */
  best: number | null;
  stale: number;
  clock: Clock;
}

/** A run's state as it was saved. */
export interface Checkpoint {
  readonly state: RunState;
  /** Parameters and optimizer state. */
  readonly carry: TensorTree;
  /** Length in bytes of the trial's file at that moment: what lies behind it is written again. */
  readonly bytes: number;
  /** Seconds of earlier attempts, up to the checkpoint: on the wall clock, and preparing. */
  readonly wall: number;
  readonly setup: number;
}

/** Where a trial's checkpoint lies while it runs: next to its records. */
export const checkpointPath = (trial: string): string => trial.replace(/\.jsonl$/, ".checkpoint");

/** SHA-256 (16 digits) of the elements of a tree. */
export function digest(values: TensorTree): string {
  const hash = createHash("sha256");
  for (const { data } of tree.leaves<Tensor>(values)) {
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex").slice(0, 16);
}

/** Writes a checkpoint as a safetensors file that is there completely or not at all; it replaces the one before. */
export function writeCheckpoint(path: string, { carry, ...notes }: Checkpoint): void {
  writeModel(path, carry, { digest: digest(carry), notes: JSON.stringify(notes) });
}

/**
 * Reads a trial's checkpoint. Undefined when there is none, or when it is damaged, which a power failure can do: the
 * trial then starts over, with the same result.
 *
 * @param example a carry of the trial
 */
export function readCheckpoint(path: string, example: TensorTree): Checkpoint | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const carry = readModel(path, example);
    const notes = readTensors(path).metadata;
    if (notes.digest !== digest(carry)) return undefined;
    return { ...(JSON.parse(notes.notes ?? "") as Omit<Checkpoint, "carry">), carry };
  } catch (error) {
    if (error instanceof DataError || error instanceof SyntaxError || error instanceof RangeError)
      return undefined;
    throw error;
  }
}

export const removeCheckpoint = (path: string): void => rmSync(path, { force: true });
