import { readFileSync, writeFileSync } from "node:fs";
import { type CompileOptions, initRuntime } from "@steepest/compile";
import { deep, workloads } from "./workloads.ts";

/**
 * A process of bench:memory: `memoryChild.ts MODEL off|least|MiB STEPS` compiles a training step with AdamW, runs it and
 * prints one JSON line. Needs --expose-gc, and Linux: there a process may reset its own high-water mark.
 */

/** All in bytes, above what the process takes with the initial parameters and state in place. */
export interface Footprint {
  /** The most while compiling, what is left of it before the first step, and the most while running. */
  readonly compiling: number;
  readonly idle: number;
  readonly peak: number;
  /** What the plan says. */
  readonly arena: number;
  readonly intermediates: number;
  /** Milliseconds a step, without the first. */
  readonly times: readonly number[];
}

function resident(field: "VmRSS" | "VmHWM"): number {
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(
    readFileSync("/proc/self/status", "utf8"),
  )?.[1];
  return 1024 * Number(kibibytes);
}

const resetPeak = () => writeFileSync("/proc/self/clear_refs", "5");

async function collect(): Promise<void> {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error("memoryChild.ts: start Node with --expose-gc");
  // Finalizers run between turns of the event loop.
  for (let i = 0; i < 3; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const [name, limit = "off", steps = "4"] = process.argv.slice(2);
const workload = [...workloads, deep].find((w) => w.name === name);
if (workload === undefined) throw new Error(`memoryChild.ts: unknown model ${name}`);
const memory: Pick<CompileOptions, "memory"> =
  limit === "off" ? {} : { memory: limit === "least" ? limit : Number(limit) * 2 ** 20 };

await initRuntime();
const { carry, compile } = await workload.setUp("adamw");
await collect();
const before = resident("VmRSS");
resetPeak();
const program = await compile({ executor: "native", ...memory });
const compiling = resident("VmHWM") - before;
await collect();
const idle = resident("VmRSS") - before;
resetPeak();
const times: number[] = [];
for (let i = 0; i < Number(steps); i++) {
  const start = performance.now();
  await program.run();
  times.push(performance.now() - start);
}
const { arena = 0, segments } = program.plan();
const footprint: Footprint = {
  compiling,
  idle,
  peak: resident("VmHWM") - before,
  arena,
  intermediates: segments.reduce((sum, { peak }) => sum + (peak?.bytes ?? 0), 0),
  times: times.slice(1),
};
console.log(JSON.stringify(footprint));
// The initial carry must not have been collected in between, or its memory would count as saved.
if (carry === undefined) throw new Error("memoryChild.ts: no carry");
