import type { Peak } from "../explain.ts";
import {
  consumersOf,
  formatNode,
  type Graph,
  isLiteral,
  type Node,
  type Operand,
  producersOf,
} from "../graph.ts";
import { Refusal } from "../refusal.ts";
import type { Context, Rule } from "./context.ts";
import { rowMajor } from "./layout.ts";
import { onnxBuilder } from "./onnx.ts";
import { convRules } from "./rules/conv.ts";
import { dotRules } from "./rules/dot.ts";
import { elementwiseRules } from "./rules/elementwise.ts";
import { indexingRules } from "./rules/indexing.ts";
import { kernelRules } from "./rules/kernels.ts";
import { movementRules } from "./rules/movement.ts";
import { poolRules } from "./rules/pool.ts";
import { reduceRules } from "./rules/reduce.ts";
import { broadcastTo, contiguous, type View } from "./view.ts";

/** Primitive -> lowering rule. What is not here, the native executor refuses by name. */
export const rules: Readonly<Record<string, Rule>> = {
  ...elementwiseRules,
  ...movementRules,
  ...reduceRules,
  ...dotRules,
  ...indexingRules,
  ...convRules,
  ...poolRules,
  ...kernelRules,
};

/** Names of a model's inputs and outputs, in the graph's order. */
export interface Lowered {
  readonly model: Uint8Array;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Shapes under which the model declares its outputs: the graph's elements in order, not always its shapes. */
  readonly outputShapes: readonly (readonly number[])[];
  /** The memory of its intermediate results. */
  readonly peak: Peak;
  /** Number of ONNX nodes of each kind, for `explain`. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface LowerOptions {
  /** Names of the model's inputs and outputs. Default: in0, in1, ... and out0, out1, ... */
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  /** Names of the graph's constants, in order. */
  readonly constants?: readonly string[];
  /** Use standard ONNX operators only, so that other runtimes can read the model. Default false. */
  readonly portable?: boolean;
  /** Channels in a block of the runtime's blocked convolutions. Default 0: they are not used. */
  readonly block?: number;
}

/**
 * Lowers a graph to one ONNX model. Inputs and outputs are row-major.
 *
 * @throws Refusal naming the primitive, its types and the program when a primitive has no rule.
 */
export function lower(graph: Graph, name: string, options: LowerOptions = {}): Lowered {
  const b = onnxBuilder(name, options.portable);
  const views = new Map<Operand, View>();
  const consumers = consumersOf(graph.nodes);
  const producers = producersOf(graph.nodes);
  const outputs = new Set<Operand>(graph.outputs);
  const ctx: Context = {
    b,
    portable: options.portable ?? false,
    block: options.block ?? 0,
    view: (x) => (isLiteral(x) ? contiguous(b.scalar(x.literal, x.dtype), []) : (views.get(x) as View)),
    define: (value, view) => void views.set(value, view),
    producer: (x) => producers.get(x),
    consumers: (x) => consumers.get(x) ?? [],
    isOutput: (x) => outputs.has(x),
  };

  const inputNames = graph.inputs.map((_, i) => options.inputs?.[i] ?? `in${i}`);
  graph.inputs.forEach((v, i) => {
    b.input(inputNames[i] as string, v.dtype, v.shape);
    views.set(v, contiguous(inputNames[i] as string, v.shape));
  });
  [...graph.constants].forEach(([v, x], i) => {
    views.set(v, contiguous(b.constant(x, options.constants?.[i]), v.shape));
  });
  for (const node of graph.nodes) lowerNode(node, ctx, name);
  b.mark("");
  const outputNames = graph.outputs.map((_, i) => options.outputs?.[i] ?? `out${i}`);
  const outputShapes = graph.outputs.map((x, i) => {
    const tensor = rowMajor(b, broadcastTo(ctx.view(x), x.shape));
    return b.output(outputNames[i] as string, tensor, x.dtype, x.shape);
  });
  return {
    ...b.finish(),
    inputs: inputNames,
    outputs: outputNames,
    outputShapes,
    counts: b.counts(),
  };
}

function lowerNode(node: Node, ctx: Context, name: string): void {
  const rule = rules[node.op];
  if (rule === undefined) {
    throw new Refusal(
      `${name}: the native executor has no rule for the primitive "${node.op}", in ${formatNode(node)}`,
      node,
    );
  }
  try {
    ctx.b.mark(node.copy ? "copy" : "");
    rule(node, ctx);
  } catch (cause) {
    const { message } = cause as Error;
    throw new Refusal(`${name}: cannot lower ${formatNode(node)}: ${message}`, node, { cause });
  }
}

/** "12 Gemm, 3 Relu", most frequent first. */
export function formatNodeCounts(lowered: Lowered): string {
  const counts = [...lowered.counts].sort((a, b) => b[1] - a[1]);
  return counts.map(([op, n]) => `${n} ${op}`).join(", ");
}
