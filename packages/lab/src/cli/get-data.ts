import { cacheFolder } from "../data/folders.ts";
import { type Dataset, type Download, ships } from "../data/registry/index.ts";
import { getDataset } from "../download/get.ts";
import { takeLocal } from "../download/local.ts";
import { fileReason, Interrupted } from "./errors.ts";

/** Runs `steepest data get`. */
export async function get(sets: readonly Dataset[], from: string | undefined): Promise<void> {
  const cache = cacheFolder();
  const controller = new AbortController();
  const stop = () => controller.abort(new Interrupted("stopped; the same command goes on where it stopped"));
  process.on("SIGINT", stop).on("SIGTERM", stop);
  const isAddress = from !== undefined && /^https?:\/\//.test(from);
  try {
    for (const set of sets) {
      if (ships(set)) {
        console.log(`${set.name} ships with the package; there is nothing to get`);
        continue;
      }
      const paths =
        from !== undefined && !isAddress
          ? takeLocal(set, from, cache)
          : await getDataset(set, {
              cache,
              mirror: from,
              signal: controller.signal,
              onDownload: showProgress,
            });
      if (paths.length === 0) console.log(`${set.name} is in the cache already`);
      for (const path of paths) console.log(`ok   ${path}`);
    }
  } catch (error) {
    // What the file system refuses: the cache cannot be written.
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new Error(
      `cannot write to the cache ${cache}: ${fileReason(error)}; choose another folder with STEEPEST_CACHE`,
      { cause: error },
    );
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

const width = 24;

/** One line that is drawn over and over in a terminal; in a file or a pipe a line at every quarter. */
function showProgress(download: Download) {
  const began = performance.now();
  const live = process.stderr.isTTY;
  let first: number | undefined;
  let shown = live ? -100 : -1;
  return {
    onProgress(received: number, total: number | undefined) {
      first ??= received;
      const now = performance.now();
      const share = total === undefined ? undefined : received / total;
      const ended = received === total;
      // Ten times a second, or every quarter.
      const tick = live ? now : Math.floor(4 * (share ?? 0));
      if (!ended && tick - shown < (live ? 100 : 1)) return;
      shown = tick;
      const speed = (1000 * (received - first)) / Math.max(1, now - began);
      const line = progressLine(download.name, received, total, speed);
      process.stderr.write(live ? `\r\x1b[K${line}${ended ? "\n" : ""}` : `${line}\n`);
    },
  };
}

/** A file's progress: a bar, what has come, the speed and the time left. */
export function progressLine(
  name: string,
  received: number,
  total: number | undefined,
  speed: number,
): string {
  const size = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  if (total === undefined) return `${name}  ${size(received)}  ${size(speed)}/s`;
  const share = total === 0 ? 1 : received / total;
  const bar = "#".repeat(Math.round(width * share)).padEnd(width, ".");
  const left = speed > 0 && received < total ? `  ${Math.ceil((total - received) / speed)} s left` : "";
  const percent = `${Math.floor(100 * share)}%`.padStart(4);
  return `${name}  ${bar} ${percent}  ${size(received)} of ${size(total)}  ${size(speed)}/s${left}`;
}
