import type { Executor } from "./program.ts";

/** How a compiled program runs, as data. `explain()` is its text. */
export interface Plan {
  readonly name: string;
  readonly executor: Executor;
  /** The parts that run one after another. */
  readonly segments: readonly PlanSegment[];
  /** Bytes that hold arguments, carry, results and whatever crosses between segments; undefined when not known. */
  readonly arena?: number;
}

export interface PlanSegment {
  /**
   * `graph`: ONNX Runtime. `fused`: one pass over vectors in WebAssembly. `scalars`: arithmetic on single numbers between
   * passes. `loops`: WebAssembly loops. `jit`: jax-js's own.
   */
  readonly kind: "graph" | "fused" | "scalars" | "loops" | "jit";
  /** What it does, in a line. */
  readonly description: string;
  /** Of a fused pass: elements that it goes over, over all its rows. */
  readonly elements?: number;
  /** Of a fused pass: sums and other reductions that later segments read. */
  readonly reductions?: number;
}

/** One line for the program and one for each segment. */
export function explain({ name, executor, segments, arena }: Plan): string {
  const count = `${segments.length} ${segments.length === 1 ? "segment" : "segments"}`;
  const memory = arena === undefined ? "" : `, arena ${(arena / 2 ** 20).toFixed(1)} MiB`;
  return [`${name} (${executor}): ${count}${memory}`, ...segments.map((s) => `  ${s.description}`)].join(
    "\n",
  );
}
