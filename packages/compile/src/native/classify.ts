import {
  consumersOf,
  type Graph,
  isLiteral,
  isScalar,
  type Node,
  type Operand,
  producersOf,
  type Value,
} from "../graph.ts";
import { sizeOf } from "../tensor.ts";

/**
 * Decides which nodes of a step run in the fused WebAssembly pass: the elementwise tail that produces the next carry
 * (the optimizer's update) with the norms that it needs, walked backwards from the carry's outputs until something else.
 * There one pass over memory replaces a dozen; in the middle of a model ONNX Runtime's two threads win.
 */

const elementwise = new Set([
  ...["add", "mul", "min", "max", "neg", "reciprocal", "floor", "ceil", "sqrt", "exp", "log", "sin", "cos"],
  ...[
    "asin",
    "atan",
    "erf",
    "erfc",
    "abs",
    "tanh",
    "compare",
    "where",
    "cast",
    "idiv",
    "mod",
    "stop_gradient",
  ],
]);

/** Nodes that only rename memory when they stay in the fused pass. */
export const isAlias = (node: Node): boolean => {
  const x = node.inputs[0] as Operand;
  if (node.op === "stop_gradient" || node.op === "reshape") return true;
  if (node.op === "reduce") return isScalar(x) && x.dtype === node.outputs[0]?.dtype;
  return node.op === "broadcast" && isScalar(x);
};

/** True for a reduction of a whole vector to one number, which a fused pass finds on its way. */
export function isReduction(node: Node): boolean {
  const [x, y] = node.inputs as [Operand, Operand?];
  if (!isScalar(node.outputs[0] as Value) || isScalar(x) || x.dtype === "bool") return false;
  if (node.op === "dot") return y !== undefined && sizeOf(x.shape) === sizeOf(y.shape);
  return node.op === "reduce";
}

/** True when every lane of the result depends on the same lane of vectors, or on scalars. */
function isElementwise(node: Node): boolean {
  const out = node.outputs[0] as Value;
  if (isAlias(node)) return true;
  if (node.op === "dot") return node.inputs.every(isScalar);
  if (!elementwise.has(node.op)) return false;
  return node.inputs.every((x) => isScalar(x) || sizeOf(x.shape) === sizeOf(out.shape));
}

export interface Classes {
  /** Nodes of the fused passes. */
  readonly fused: ReadonlySet<Node>;
  /** Scalar fused nodes that need only inputs: graphs that read them compute them again. */
  readonly repeated: ReadonlySet<Node>;
}

/** @param carryCount how many leading outputs are the next carry. */
export function classify(graph: Graph, carryCount: number): Classes {
  const carryOutputs = graph.outputs.slice(0, carryCount);
  // Norms and inner products of what looks like parameters; a model's own reductions are better off in its graph.
  const sizes = new Set(carryOutputs.map((x) => sizeOf(x.shape)));
  const isFusable = (node: Node): boolean =>
    isElementwise(node) || (isReduction(node) && sizes.has(sizeOf((node.inputs[0] as Operand).shape)));
  const producers = producersOf(graph.nodes);
  const fused = new Set<Node>();
  const pending: Operand[] = [...carryOutputs];
  for (let x = pending.pop(); x !== undefined; x = pending.pop()) {
    const node = producers.get(x);
    if (node === undefined || fused.has(node) || !isFusable(node)) continue;
    fused.add(node);
    pending.push(...node.inputs);
  }

  const repeated = new Set<Node>();
  for (const node of graph.nodes) {
    const scalarOnly = node.inputs.every((x) => {
      const producer = producers.get(x);
      return isLiteral(x) || (isScalar(x) && (producer === undefined || repeated.has(producer)));
    });
    if (fused.has(node) && isScalar(node.outputs[0] as Value) && scalarOnly) repeated.add(node);
  }
  // Only the tail: what a graph reads again belongs to the graph, or each such value would cut it in two (the iterates of
  // a Newton-Schulz iteration, say). The next carry is the exception, for it has to be written anyway.
  const consumers = consumersOf(graph.nodes);
  const isCarry = new Set<Operand>(carryOutputs);
  for (const node of [...graph.nodes].reverse()) {
    if (!fused.has(node)) continue;
    const out = node.outputs[0] as Value;
    const readByGraph = (consumers.get(out) ?? []).some((n) => !fused.has(n));
    if (readByGraph && !repeated.has(node) && !isCarry.has(out)) fused.delete(node);
  }

  return { fused, repeated };
}
