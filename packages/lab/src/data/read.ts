import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { DataError } from "./error.ts";
import { cacheFolder, findData, shippedFolder } from "./folders.ts";
import { type DataFile, setOf } from "./registry/index.ts";

/**
 * Reads, decompresses and verifies a data file.
 *
 * @param folder where the file's path starts; default: the data folder of this package, then the cache
 * @throws DataError when it is missing, truncated, cannot be decompressed, or differs from the published checksum.
 */
export async function readData(file: DataFile, folder?: string): Promise<Uint8Array> {
  const path = findData(file, folder === undefined ? [shippedFolder, cacheFolder()] : [folder]);
  if (path === undefined) throw missing(file, folder);
  const stored = await readFile(path);
  return verified(file, path, path.endsWith(".gz") ? unzipped(stored, path) : stored);
}

function missing(file: DataFile, folder: string | undefined): DataError {
  if (file.origin === undefined || folder !== undefined) {
    return new DataError(
      file.path,
      `is missing from ${folder ?? shippedFolder}; expected a file of ${file.bytes} bytes, or ${file.path}.gz`,
    );
  }
  return new DataError(
    file.path,
    `is not on this machine; \`steepest data get ${setOf(file)}\` downloads it, or takes it from a local folder with --from`,
  );
}

/** Throws a DataError when the bytes are not intact gzip. */
export function unzipped(bytes: Uint8Array, path: string): Uint8Array {
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    const problem = `cannot be decompressed (${(cause as Error).message}); expected intact gzip`;
    throw new DataError(path, problem, { cause });
  }
}

/**
 * The same bytes, checked. Throws a DataError that names the file, what was found and what was expected.
 *
 * @param path the name used in errors
 */
export function verified(file: DataFile, path: string, bytes: Uint8Array): Uint8Array {
  if (bytes.length !== file.bytes) {
    throw new DataError(path, `holds ${bytes.length} bytes, expected ${file.bytes}`);
  }
  const [[algorithm, expected]] = Object.entries(file.checksum) as [["sha256" | "md5", string]];
  const found = createHash(algorithm).update(bytes).digest("hex");
  if (found !== expected) {
    const name = { sha256: "SHA-256", md5: "MD5" }[algorithm];
    throw new DataError(path, `has ${name} ${found}, expected ${expected}`);
  }
  return bytes;
}
