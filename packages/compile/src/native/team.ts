import { Worker } from "node:worker_threads";
import type { FusedKernel } from "../fused/index.ts";

/** Threads that share the tasks of fused passes: the caller's, and helpers that sleep between passes. */

/** A part of a pass: `rows` rows of a kernel's table, from byte `table` of the memory on. */
export interface Task {
  readonly kernel: FusedKernel;
  readonly table: number;
  readonly rows: number;
}

export interface Team {
  /** Runs the tasks in any order and returns when all have run. Blocks. */
  run(tasks: Tasks): void;
  release(): Promise<void>;
}

/** Tasks `first` to `end` - 1 of those that the team knows. */
export interface Tasks {
  readonly first: number;
  readonly end: number;
}

/** Bytes at the start of the memory through which the threads agree on who does what. */
export const CONTROL_BYTES = 64;

/** The 32-bit words there: how many tasks nobody has taken yet (or less than 0), their end, and how many helpers have done. */
const [LEFT, END, DONE] = [0, 1, 2];

/** Looks at the helpers' progress this often before sleeping until one reports: a few microseconds. */
const SPINS = 2000;

/**
 * What a helper does for ever. A task is taken by counting LEFT down, so that nobody takes one twice, also not who wakes
 * late, in the next pass: END is what it was when the pass began, and stays until all tasks taken are done.
 */
const helper = `
const { memory, modules, tasks } = require("node:worker_threads").workerData;
// Programs that call erf or erfc stay on the main thread.
const math = { __proto__: Math, erf: Math.abs, erfc: Math.abs };
const kernels = modules.map((m) => new WebAssembly.Instance(m, { env: { memory }, math }).exports.run);
const words = new Int32Array(memory.buffer, 0, 3);
for (;;) {
  const left = Atomics.load(words, ${LEFT});
  if (left <= 0) {
    Atomics.wait(words, ${LEFT}, left);
    continue;
  }
  const mine = Atomics.sub(words, ${LEFT}, 1);
  if (mine <= 0) continue;
  const [kernel, table, rows] = tasks[Atomics.load(words, ${END}) - mine];
  kernels[kernel](table, rows);
  Atomics.add(words, ${DONE}, 1);
  Atomics.notify(words, ${DONE});
}`;

/** @param memory shared, if there are helpers. */
export function createTeam(memory: WebAssembly.Memory, tasks: readonly Task[], helpers: number): Team {
  const kernels = [...new Set(tasks.map((task) => task.kernel))];
  const words = new Int32Array(memory.buffer, 0, CONTROL_BYTES / 4);
  const workerData = {
    memory,
    modules: kernels.map((kernel) => kernel.module),
    tasks: tasks.map(({ kernel, table, rows }) => [kernels.indexOf(kernel), table, rows]),
  };
  const workers = Array.from({ length: helpers }, () => {
    const worker = new Worker(helper, { eval: true, execArgv: [], workerData });
    // It neither keeps the process alive nor is needed: without it, this thread does all tasks.
    worker.unref();
    worker.on("error", () => {});
    return worker;
  });
  const run = (i: number) => {
    const { kernel, table, rows } = tasks[i] as Task;
    kernel.run(table, rows);
  };
  return {
    run({ first, end }) {
      if (helpers === 0 || end - first < 2) {
        for (let i = first; i < end; i++) run(i);
        return;
      }
      Atomics.store(words, DONE, 0);
      Atomics.store(words, END, end);
      Atomics.store(words, LEFT, end - first);
      Atomics.notify(words, LEFT);
      let others = end - first;
      for (let left = Atomics.sub(words, LEFT, 1); left > 0; left = Atomics.sub(words, LEFT, 1)) {
        run(end - left);
        others--;
      }
      for (let spins = 0; ; spins++) {
        const done = Atomics.load(words, DONE);
        if (done === others) return;
        if (spins > SPINS) Atomics.wait(words, DONE, done);
      }
    },
    async release() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
