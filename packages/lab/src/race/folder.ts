import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { TrialSpec } from "../train/spec.ts";

/** What a race leaves in its folder beside the trials: which of them belong to it, and what for. */
export interface RaceFile {
  /** The command that ran it. */
  readonly command: string;
  /** Learning rates tried for every optimizer; 1: none was. */
  readonly tune: number;
  readonly entries: readonly RaceEntryFile[];
}

export interface RaceEntryFile {
  readonly learningRate: number;
  readonly tuning: readonly TrialSpec[];
  readonly trials: readonly TrialSpec[];
}

const trials = z.array(
  z.object({
    task: z.string(),
    optimizer: z.string(),
    hyperparameters: z.record(z.string(), z.number()),
    seed: z.int(),
    steps: z.int().positive(),
    executor: z.string(),
    code: z.string(),
  }),
);
/** What reports rely on. */
const raceFile = z.object({
  command: z.string(),
  tune: z.int(),
  entries: z.array(z.object({ learningRate: z.number(), tuning: trials, trials })).min(1),
});

const format = 1;
const racePath = (folder: string): string => join(folder, "race.json");

export const isRace = (folder: string): boolean => existsSync(racePath(folder));

export function writeRace(folder: string, race: RaceFile): void {
  const path = racePath(folder);
  writeFileSync(`${path}.part`, `${JSON.stringify({ format, race }, undefined, 2)}\n`);
  renameSync(`${path}.part`, path);
}

/** The last race of a folder. Throws an Error when its file cannot be read. */
export function readRace(folder: string): RaceFile {
  const path = racePath(folder);
  let file: { format?: unknown; race?: RaceFile };
  try {
    file = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new Error(`${path}: cannot be read: ${(cause as Error).message}`, { cause });
  }
  if (file?.format !== format || !raceFile.safeParse(file.race).success) {
    throw new Error(
      `${path}: is damaged or of another format than ${format}; run the race again: its trials are kept`,
    );
  }
  return file.race as RaceFile;
}
