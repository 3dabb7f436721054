import { renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { verified } from "../data/read.ts";
import type { DataFile } from "../data/registry/index.ts";
import { makeFolder } from "../folder.ts";

/** Verifies a data file and keeps it in the cache: it is there completely or not at all. Returns its path. */
export function keep(file: DataFile, bytes: Uint8Array, from: string, cache: string): string {
  verified(file, from, bytes);
  const path = join(cache, file.path);
  makeFolder(dirname(path));
  const part = `${path}.${process.pid}.part`;
  writeFileSync(part, bytes);
  renameSync(part, path);
  return path;
}
