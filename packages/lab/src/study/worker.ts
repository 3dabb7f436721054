import { describeError, fileReason } from "../cli/errors.ts";
import { createRunner } from "../train/runner.ts";
import { trialPath } from "../train/store.ts";
import type { FromWorker, ToWorker, WorkerOptions } from "./messages.ts";
import { markWorker } from "./running.ts";

/** Codes of errors that every trial of a study would meet. */
const fatalCodes = new Set(["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "ENOTDIR", "EIO", "EMFILE"]);

/** Runs a study's trials in this process, one after the other, as the parent process asks. */
export function serveTrials({ out, checkpointSeconds, memory }: WorkerOptions): void {
  if (process.send === undefined) {
    throw new Error("a worker is started by `steepest study run`, not by hand");
  }
  // The parent may have gone while this process loaded.
  if (!process.connected) process.exit(0);
  const tell = (message: FromWorker) => process.send?.(message, undefined, undefined, () => {});
  const controller = new AbortController();
  const runner = createRunner({ out, checkpointSeconds, signal: controller.signal });
  markWorker(out);
  // Ctrl-C reaches every process of the terminal; the parent decides.
  process.on("SIGINT", () => {});
  // Without a parent nobody waits for the result, and a new parent may want to write the same files.
  process.on("disconnect", () => process.exit(0));

  process.on("message", async (message: ToWorker) => {
    if (message.type === "stop") {
      controller.abort(new Error("stopped"));
      return;
    }
    const { id, spec } = message;
    try {
      const { trial } = await runner.run(spec, {
        onCompile: () => tell({ type: "compiling", id }),
        onProgress(step) {
          const used = process.memoryUsage.rss() / 2 ** 20;
          if (memory !== undefined && used > memory) {
            throw new RangeError(`needs ${Math.ceil(used)} MiB; expected at most --memory ${memory}`);
          }
          tell({ type: "progress", id, step });
        },
      });
      tell({ type: "ended", id, trial });
    } catch (error) {
      if (controller.signal.aborted) tell({ type: "stopped", id });
      else tell({ type: "failed", id, ...failure(error, trialPath(out, spec)) });
    }
  });
  tell({ type: "ready" });
}

function failure(error: unknown, path: string): { message: string; fatal: boolean } {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || !fatalCodes.has(code)) return { message: describeError(error), fatal: false };
  return { message: `cannot write ${path}: ${fileReason(error)}`, fatal: true };
}
