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

/** Tensors of one kind that are alive at a peak. */
export interface LiveTensors {
  /** The ONNX operator that computed them, and their shape. */
  readonly op: string;
  readonly shape: readonly number[];
  readonly count: number;
  /** Of all of them together. */
  readonly bytes: number;
}

export interface Peak {
  /** Bytes of all intermediate tensors alive at once, where they are most. Inputs, outputs and constants do not count. */
  readonly bytes: number;
  /** The node that runs then: its place in the order of execution, counted from 0, its operator, its output's shape. */
  readonly node: number;
  readonly op: string;
  readonly shape: readonly number[];
  /** The number of nodes that run. */
  readonly nodes: number;
  /** What is alive then, largest first. */
  readonly alive: readonly LiveTensors[];
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
  /** Of a fused pass: threads that share it. */
  readonly threads?: number;
  /** Of a fused pass: sums and other reductions that later segments read. */
  readonly reductions?: number;
  /** Of a graph: its intermediate results, which ONNX Runtime keeps in memory of its own. */
  readonly peak?: Peak;
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** Kinds of tensors that the text names; the plan has all. */
const NAMED = 4;

function explainPeak({ bytes, node, nodes, op, shape, alive }: Peak): string {
  const kinds = alive.map((a) => `${a.count} ${a.op} [${a.shape.join(", ")}] ${mebibytes(a.bytes)}`);
  const most = kinds.length > NAMED ? [...kinds.slice(0, NAMED), "..."] : kinds;
  return `${mebibytes(bytes)} at most, at node ${node + 1} of ${nodes}, ${op} [${shape.join(", ")}]: ${most.join("; ")}`;
}

/**
 * A line for the program and one for each segment, and below a graph how much its intermediate results take: the peak, where
 * it is reached, and which tensors are alive then, by the operator that computed them. Sessions keep what they needed
 * once, so that the first line adds the peaks up.
 */
export function explain({ name, executor, segments, arena }: Plan): string {
  const count = `${segments.length} ${segments.length === 1 ? "segment" : "segments"}`;
  const peaks = segments.flatMap(({ peak }) => (peak ? [peak.bytes] : []));
  const memory = [
    ...(arena === undefined ? [] : [`arena ${mebibytes(arena)}`]),
    ...(peaks.length === 0 ? [] : [`intermediates ${mebibytes(peaks.reduce((a, b) => a + b))}`]),
  ];
  const lines = segments.flatMap(({ description, peak }) => [
    `  ${description}`,
    ...(peak && peak.bytes > 0 ? [`    ${explainPeak(peak)}`] : []),
  ]);
  return [[`${name} (${executor}): ${count}`, ...memory].join(", "), ...lines].join("\n");
}
