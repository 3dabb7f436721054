import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../package.ts";
import type { DataFile, Dataset } from "./registry/index.ts";

/** Where the data lies that ships with the package. */
export const shippedFolder = join(packageRoot, "data");

/**
 * Where other data is kept: $STEEPEST_CACHE, else `steepest` under $XDG_CACHE_HOME, else ~/.cache/steepest (XDG Base
 * Directory Specification).
 */
export function cacheFolder(): string {
  const { STEEPEST_CACHE, XDG_CACHE_HOME } = process.env;
  if (STEEPEST_CACHE) return STEEPEST_CACHE;
  return join(XDG_CACHE_HOME || join(homedir(), ".cache"), "steepest");
}

/** The path of a data file that is there, as FILE or FILE.gz; undefined when it is in none of the folders. */
export function findData(file: DataFile, folders = [shippedFolder, cacheFolder()]): string | undefined {
  return folders
    .flatMap((folder) => [join(folder, `${file.path}.gz`), join(folder, file.path)])
    .find((path) => existsSync(path));
}

/** Whether every file of a data set is there. It may still be damaged. */
export const isPresent = ({ files }: Dataset): boolean =>
  Object.values(files).every((file) => findData(file) !== undefined);
