import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../folder.ts";
import { parseTrial, type Trial, type TrialLine } from "./record.ts";
import { specHash, type TrialSpec } from "./spec.ts";

/** Where a trial's lines live under a results folder: trials/TASK/OPTIMIZER/HASH.jsonl. */
export function trialPath(folder: string, spec: TrialSpec): string {
  return join(folder, "trials", spec.task, spec.optimizer, `${specHash(spec)}.jsonl`);
}

export interface TrialWriter {
  /** Length of the file in bytes. */
  bytes(): number;
  write(line: TrialLine): void;
  close(): void;
}

/**
 * Opens a trial's file for appending. Each line is one write call, so that a crash loses at most the line being
 * written. A new attempt goes behind an interrupted one; readers take the last.
 *
 * @param keep cuts the file to this many bytes first: a resumed trial writes what came after its checkpoint again
 */
export function openWriter(path: string, keep = Number.POSITIVE_INFINITY): TrialWriter {
  makeFolder(dirname(path));
  const file = openSync(path, "a+");
  if (fstatSync(file).size > keep) ftruncateSync(file, keep);
  const { size } = fstatSync(file);
  const last = Buffer.alloc(1);
  // A crash may have left half a line behind.
  if (size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last.toString() !== "\n")
    writeSync(file, "\n");
  return {
    bytes: () => fstatSync(file).size,
    write: (line) => {
      const text = Buffer.from(`${JSON.stringify(line)}\n`);
      // A disk that is nearly full takes a part and refuses the rest: the next call says so.
      for (let at = 0; at < text.length; ) at += writeSync(file, text, at);
    },
    close: () => closeSync(file),
  };
}

/** Reads a trial's last attempt; undefined when there is none. */
export function readTrial(path: string): Trial | undefined {
  return existsSync(path) ? parseTrial(readFileSync(path, "utf8")) : undefined;
}

/** The first `bytes` of a trial's file; undefined when it is shorter than that. */
export function readStart(path: string, bytes: number): string | undefined {
  const text = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  return text.length < bytes ? undefined : text.toString("utf8", 0, bytes);
}
