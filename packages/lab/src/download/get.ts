import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../data/error.ts";
import { readData } from "../data/read.ts";
import type { DataFile, Dataset, Download } from "../data/registry/index.ts";
import { makeFolder } from "../folder.ts";
import { type DownloadOptions, download } from "./http.ts";
import { keep } from "./store.ts";
import { unpacker } from "./unpack.ts";

export interface GetOptions extends Pick<DownloadOptions, "signal" | "pause" | "stall"> {
  readonly cache: string;
  /** Another address of the folder in which the downloads lie under their own names. Default: the published addresses. */
  readonly mirror?: string | undefined;
  /** A download begins, goes on or ends. */
  readonly onDownload?: (download: Download) => Pick<DownloadOptions, "onProgress">;
}

/**
 * Downloads what is missing of a data set into the cache, or damaged there.
 *
 * @returns the paths of the files that came, in the cache.
 * @throws DataError naming the file or the address, what happened and what was expected.
 */
export async function getDataset(set: Dataset, options: GetOptions): Promise<string[]> {
  const { cache, mirror, onDownload, signal, pause, stall } = options;
  const wanted = new Map<Download, DataFile[]>();
  for (const file of Object.values(set.files)) {
    if (file.origin === undefined || (await isIntact(file, cache))) continue;
    const { download: source } = file.origin;
    wanted.set(source, [...(wanted.get(source) ?? []), file]);
  }
  const paths: string[] = [];
  for (const [source, files] of wanted) {
    const folder = join(cache, "downloads");
    makeFolder(folder);
    const urls = mirror === undefined ? source.urls : [`${mirror.replace(/\/$/, "")}/${source.name}`];
    // Two sets may have downloads of one name, such as MNIST and Fashion-MNIST.
    const target = join(folder, `${set.name}-${source.name}`);
    const part = await download(urls, target, {
      signal,
      pause,
      stall,
      ...(mirror === undefined && { md5: source.md5 }),
      ...onDownload?.(source),
    });
    try {
      const unpack = unpacker(source.packing, source.name, readFileSync(part));
      for (const file of files) {
        const bytes = unpack(file);
        if (bytes === undefined) throw new DataError(source.name, `has no ${file.origin?.member}`);
        paths.push(keep(file, bytes, `${source.name} (${file.path})`, cache));
      }
    } finally {
      // Kept or wrong: continuing it would not help.
      rmSync(part);
    }
  }
  return paths;
}

async function isIntact(file: DataFile, cache: string): Promise<boolean> {
  if (!existsSync(join(cache, file.path))) return false;
  try {
    await readData(file, cache);
    return true;
  } catch (error) {
    if (error instanceof DataError) return false;
    throw error;
  }
}
