import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../data/error.ts";
import { unzipped, verified } from "../data/read.ts";
import type { DataFile, Dataset, Download } from "../data/registry/index.ts";
import { keep } from "./store.ts";
import { namesOf, plainName, type Unpack, unpacker } from "./unpack.ts";

/**
 * Takes a data set from a local file or folder into the cache: its files, plain or as .gz, or the archive that it is
 * published as. Everything is checked as a download would be, before anything is kept.
 *
 * @returns the paths in the cache.
 * @throws DataError naming what is missing, damaged, or different, and what was expected.
 */
export function takeLocal(set: Dataset, from: string, cache: string): string[] {
  if (!existsSync(from)) throw new DataError(from, "no such file or folder");
  const isFolder = statSync(from).isDirectory();
  const found = isFolder ? listFiles(from) : [from];
  const files = Object.values(set.files);
  const archives = new Map<string, Unpack>();
  const open = (path: string): Unpack => {
    const opened = archives.get(path) ?? unpacker(packingOf(path) as Packing, path, readFileSync(path));
    archives.set(path, opened);
    return opened;
  };
  const locate = (file: DataFile): { path: string; bytes: Uint8Array } => {
    const own = found.find((path) => namesOf(file).has(plainName(path)));
    // One file given for a set of one file is that file, whatever its name.
    const isOnly = !isFolder && files.length === 1 && packingOf(from) === undefined;
    const path = own ?? (isOnly ? from : undefined);
    if (path !== undefined) {
      const bytes = read(path);
      return { path, bytes: file.origin?.head ? bytes.subarray(0, file.bytes) : bytes };
    }
    for (const archive of found.filter((candidate) => packingOf(candidate) !== undefined)) {
      const bytes = open(archive)(file);
      if (bytes !== undefined) return { path: `${archive} (${file.path})`, bytes };
    }
    throw new DataError(from, `has no ${expected(file)}`);
  };
  // Everything is found and checked before the first file is kept.
  const contents = files.map((file) => {
    const { path, bytes } = locate(file);
    return { file, path, bytes: verified(file, path, bytes) };
  });
  return contents.map(({ file, path, bytes }) => keep(file, bytes, path, cache));
}

/** Files of a folder and of the folders in it, in a fixed order. */
function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isFile()) return [path];
      return entry.isDirectory()
        ? readdirSync(path, { withFileTypes: true })
            .filter((inner) => inner.isFile())
            .map((inner) => join(path, inner.name))
        : [];
    })
    .sort();
}

type Packing = Download["packing"];

function packingOf(path: string): Packing | undefined {
  if (/\.(tar\.gz|tgz)$/.test(path)) return "tar.gz";
  return path.endsWith(".zip") ? "zip" : undefined;
}

function read(path: string): Uint8Array {
  const stored = readFileSync(path);
  return path.endsWith(".gz") ? unzipped(stored, path) : stored;
}

function expected(file: DataFile): string {
  const names = [...namesOf(file)].flatMap((name) => [name, `${name}.gz`]);
  const archive = file.origin?.member === undefined ? [] : [file.origin.download.name];
  return `${names.join(", ")}${archive.map((name) => ` or ${name}`).join("")} (${file.bytes} bytes unpacked)`;
}
