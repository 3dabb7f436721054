import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageRoot, runsFromSource } from "../package.ts";
import type { Trial } from "../train/record.ts";
import type { TrialSpec } from "../train/spec.ts";
import type { FromWorker, ToWorker, WorkerOptions } from "./messages.ts";

export interface PoolOptions extends WorkerOptions {
  readonly workers: number;
  /** Aborting saves the running trials' states and stops. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: PoolEvent) => void;
}

export type PoolEvent = { readonly id: number } & (
  | { readonly kind: "started" | "compiling" }
  | { readonly kind: "progress"; readonly step: number }
  | { readonly kind: "ended"; readonly trial: Trial }
  /** The worker died; the trial goes on in another one. */
  | { readonly kind: "lost"; readonly message: string }
  | { readonly kind: "failed"; readonly message: string }
);

/** A trial whose worker died this often is given up. */
const maxAttempts = 5;
/** Milliseconds that workers get to save their state. */
const grace = 10_000;

interface Worker {
  readonly process: ChildProcess;
  ready: boolean;
  id?: number;
  /** The program that it has compiled. */
  key?: string;
  stderr: string;
}

/** Trials that share a compiled program. */
const programKey = ({ task, optimizer, steps }: TrialSpec): string =>
  JSON.stringify([task, optimizer, steps]);

/**
 * Runs trials in worker processes; each trial's file is written by the worker that runs it. A worker that dies is
 * replaced and its trial goes on. Resolves when all trials have ended, failed, or `signal` aborted; rejects with an Error
 * when none can go on.
 */
export function runPool(trials: ReadonlyMap<number, TrialSpec>, options: PoolOptions): Promise<void> {
  const { signal, onEvent } = options;
  const waiting = new Set(trials.keys());
  const attempts = new Map<number, number>();
  const workers = new Set<Worker>();
  let stillborn = 0;
  let failure: Error | undefined;

  return new Promise((resolve, reject) => {
    const closing = () => signal.aborted || failure !== undefined;
    const settle = () => {
      if (workers.size > 0) return;
      signal.removeEventListener("abort", stop);
      if (failure !== undefined) reject(failure);
      else resolve();
    };
    const stop = () => {
      for (const worker of workers) {
        if (worker.id === undefined) worker.process.disconnect();
        else tell(worker, { type: "stop" });
      }
      setTimeout(() => {
        for (const worker of workers) worker.process.kill("SIGKILL");
      }, grace).unref();
    };
    const fail = (error: Error) => {
      if (failure !== undefined) return;
      failure = error;
      stop();
    };
    const feed = (worker: Worker) => {
      const id = closing() ? undefined : choose(worker);
      if (id === undefined) {
        if (worker.process.connected) worker.process.disconnect();
        return;
      }
      waiting.delete(id);
      worker.id = id;
      const spec = trials.get(id) as TrialSpec;
      worker.key = programKey(spec);
      onEvent({ kind: "started", id });
      tell(worker, { type: "run", id, spec });
    };
    /** The next trial for a worker: of the program it has, else of one that no worker has, else any. */
    const choose = (worker: Worker): number | undefined => {
      const taken = new Set([...workers].map((other) => other.key));
      let untouched: number | undefined;
      for (const id of waiting) {
        const key = programKey(trials.get(id) as TrialSpec);
        if (key === worker.key) return id;
        if (untouched === undefined && !taken.has(key)) untouched = id;
      }
      return untouched ?? waiting.values().next().value;
    };
    const receive = (worker: Worker, message: FromWorker) => {
      if (message.type === "ready") {
        stillborn = 0;
        worker.ready = true;
        feed(worker);
        return;
      }
      const { id } = message;
      if (message.type === "compiling") onEvent({ kind: "compiling", id });
      else if (message.type === "progress") onEvent({ kind: "progress", id, step: message.step });
      else {
        delete worker.id;
        if (message.type === "ended") onEvent({ kind: "ended", id, trial: message.trial });
        if (message.type === "failed") {
          if (message.fatal) fail(new Error(message.message));
          else onEvent({ kind: "failed", id, message: message.message });
          // What failed may have left the process large or broken.
          worker.process.disconnect();
        } else feed(worker);
      }
    };
    const buried = (worker: Worker, how: string) => {
      workers.delete(worker);
      const { id } = worker;
      if (id !== undefined && !closing()) {
        const count = (attempts.get(id) ?? 0) + 1;
        attempts.set(id, count);
        const message = `its worker ended with ${how}${lastLine(worker.stderr)}`;
        if (count >= maxAttempts) onEvent({ kind: "failed", id, message: `${message}, ${count} times` });
        else {
          waiting.add(id);
          onEvent({ kind: "lost", id, message });
        }
      }
      if (!worker.ready && ++stillborn >= 5 && !closing()) {
        fail(new Error(`workers cannot start: the last ended with ${how}${lastLine(worker.stderr)}`));
      }
      if (!closing() && waiting.size > 0) hire();
      settle();
    };
    const hire = () => {
      const worker: Worker = { process: startWorker(options), ready: false, stderr: "" };
      workers.add(worker);
      worker.process.stderr?.on("data", (chunk) => {
        worker.stderr = (worker.stderr + chunk).slice(-2000);
      });
      worker.process.on("message", (message) => receive(worker, message as FromWorker));
      worker.process.on("error", (error) => fail(new Error(`cannot start a worker: ${error.message}`)));
      worker.process.on("exit", (code, killer) => buried(worker, killer ?? `code ${code}`));
    };

    if (signal.aborted || waiting.size === 0) return settle();
    signal.addEventListener("abort", stop);
    for (let i = 0; i < Math.min(options.workers, trials.size); i++) hire();
  });
}

function tell(worker: Worker, message: ToWorker): void {
  // A worker that has just died is told nothing; its exit is on the way.
  if (worker.process.connected) worker.process.send(message, () => {});
}

const lastLine = (text: string): string => {
  const line = text.trimEnd().split("\n").at(-1) ?? "";
  return line === "" ? "" : ` (${line.slice(0, 200)})`;
};

/** The command line once more, as a worker: from the sources through tsx, or from the bundle. */
function startWorker({ out, checkpointSeconds, memory }: WorkerOptions): ChildProcess {
  const execArgv = runsFromSource
    ? ["--conditions=source", "--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href]
    : [];
  if (memory !== undefined) execArgv.push(`--max-old-space-size=${memory}`);
  const args = ["study", "worker", out, "--checkpoint", String(checkpointSeconds)];
  if (memory !== undefined) args.push("--memory", String(memory));
  return fork(join(packageRoot, runsFromSource ? "src/cli.ts" : "dist/cli.js"), args, {
    execArgv,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
}
