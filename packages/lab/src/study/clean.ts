import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { checkpointPath } from "../train/checkpoint.ts";
import type { PlannedTrial } from "./folder.ts";

/** Files that trials leave behind. Nothing else in a study's folder is ever removed. */
const kinds = /\.(jsonl|checkpoint|safetensors)(\.part)?$/;

export interface Cleaning {
  readonly files: readonly string[];
  readonly bytes: number;
}

/**
 * The files of a study that it no longer needs: trials of other code or other settings, half-written files, and
 * checkpoints of ended trials; with `all`, every trial.
 */
export function findWaste(folder: string, plan: readonly PlannedTrial[], all: boolean): Cleaning {
  const keep = new Set<string>();
  for (const { path, trial } of all ? [] : plan) {
    keep.add(path).add(path.replace(/\.jsonl$/, ".safetensors"));
    if (trial?.end === undefined) keep.add(checkpointPath(path));
  }
  const root = join(folder, "trials");
  const found = existsSync(root) ? readdirSync(root, { withFileTypes: true, recursive: true }) : [];
  const files = found
    .filter((entry) => entry.isFile() && kinds.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !keep.has(path));
  return { files, bytes: files.reduce((n, path) => n + statSync(path).size, 0) };
}

export function removeWaste({ files }: Cleaning): void {
  for (const path of files) rmSync(path);
}
