import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileReason } from "../../cli/errors.ts";
import { makeFolder } from "../../folder.ts";
import { type Landscape, parseLandscape } from "../format.ts";

/** Identifies a request: equal keys give equal losses. */
export function requestKey(parts: readonly unknown[], vectors: readonly Float32Array[]): string {
  const hash = createHash("sha256").update(JSON.stringify(parts));
  for (const v of vectors) hash.update(new Uint8Array(v.buffer, v.byteOffset, v.byteLength));
  return hash.digest("hex").slice(0, 16);
}

/** Writes a landscape to a file that is there completely or not at all. */
export function writeLandscape(file: string, landscape: Landscape): void {
  try {
    makeFolder(dirname(file));
    writeFileSync(`${file}.part`, `${JSON.stringify(landscape)}\n`);
    renameSync(`${file}.part`, file);
  } catch (cause) {
    throw new Error(`cannot write ${file}: ${fileReason(cause)}; choose another file with --out`, { cause });
  }
}

/** The rows that an earlier run of the same request left in a file; undefined when there are none. */
export function readRows(file: string, key: string): Landscape | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const found = parseLandscape(readFileSync(file, "utf8"));
    return found.source.key === key ? found : undefined;
  } catch {
    return undefined;
  }
}
