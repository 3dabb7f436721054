import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { parseTrial, type Trial, type TrialLine } from "./record.ts";
import { specHash, type TrialSpec } from "./spec.ts";

/** Where a trial's lines live under a results folder: trials/TASK/OPTIMIZER/HASH.jsonl. */
export function trialPath(folder: string, spec: TrialSpec): string {
  return join(folder, "trials", spec.task, spec.optimizer, `${specHash(spec)}.jsonl`);
}

export interface TrialWriter {
  write(line: TrialLine): void;
  close(): void;
}

/**
 * Opens a trial's file for appending. Each line is one write call, so that a crash loses at most the line being
 * written. A new attempt goes behind an interrupted one; readers take the last.
 */
export function openWriter(path: string): TrialWriter {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, "a+");
  const { size } = fstatSync(file);
  const last = Buffer.alloc(1);
  // A crash may have left half a line behind.
  if (size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last.toString() !== "\n")
    writeSync(file, "\n");
  return {
    write: (line) => {
      writeSync(file, `${JSON.stringify(line)}\n`);
    },
    close: () => closeSync(file),
  };
}

/** Reads a trial's last attempt; undefined when there is none. */
export function readTrial(path: string): Trial | undefined {
  return existsSync(path) ? parseTrial(readFileSync(path, "utf8")) : undefined;
}
