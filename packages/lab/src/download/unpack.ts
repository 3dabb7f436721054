import { basename } from "node:path";
import { unzipSync } from "fflate";
import { parseTar } from "nanotar";
import { DataError } from "../data/error.ts";
import { unzipped } from "../data/read.ts";
import type { DataFile, Download } from "../data/registry/index.ts";

/** The files of an archive by path. */
type Archive = ReadonlyMap<string, Uint8Array>;

/** Names under which a data file is known, without .gz. */
export function namesOf({ path, alias, origin }: DataFile): ReadonlySet<string> {
  const own = origin?.member === undefined ? origin?.download.name : undefined;
  return new Set([basename(path), alias, own].filter((name) => name !== undefined).map(plainName));
}

/** The name of a file without .gz. */
export const plainName = (path: string): string => basename(path).replace(/\.gz$/, "");

/** Takes data files out of a download, unverified; undefined for a file that it does not hold. */
export type Unpack = (file: DataFile) => Uint8Array | undefined;

/**
 * Opens a download.
 *
 * @param path its name, for errors
 * @throws DataError when it is damaged.
 */
export function unpacker(packing: Download["packing"], path: string, bytes: Uint8Array): Unpack {
  if (packing === "plain") return () => bytes;
  if (packing === "gzip") {
    const content = unzipped(bytes, path);
    return () => content;
  }
  const archive = packing === "zip" ? unzip(bytes, path) : untar(unzipped(bytes, path), path);
  return (file) => {
    const other = [...archive.keys()].find((key) => namesOf(file).has(plainName(key)));
    const content = archive.get(file.origin?.member ?? "") ?? archive.get(other ?? "");
    return file.origin?.head ? content?.subarray(0, file.bytes) : content;
  };
}

function untar(bytes: Uint8Array, path: string): Archive {
  try {
    return new Map(parseTar(bytes).flatMap(({ name, data }) => (data === undefined ? [] : [[name, data]])));
  } catch (cause) {
    throw new DataError(path, `is not an intact tar archive (${(cause as Error).message})`, { cause });
  }
}

function unzip(bytes: Uint8Array, path: string): Archive {
  try {
    return new Map(Object.entries(unzipSync(bytes)));
  } catch (cause) {
    throw new DataError(path, `is not an intact zip archive (${(cause as Error).message})`, { cause });
  }
}
