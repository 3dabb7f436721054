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
import { type Along, isSame, layoutOf, type Matrix, matrixOf, partners, reducedOf } from "./matrix.ts";
import { disjointSets } from "./sets.ts";

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

/** The value whose memory or computation an operand really is, past what only renames it. */
export function sourceOf(x: Operand, producers: ReadonlyMap<Operand, Node>): Operand {
  const node = producers.get(x);
  return node && isAlias(node) ? sourceOf(node.inputs[0] as Operand, producers) : x;
}

/** True for a reduction that a fused pass finds on its way. */
export const isReduction = (node: Node): boolean => reducedOf(node) !== undefined;

/** True when every lane of the result depends on the same lane of vectors, and on numbers for all, a row or a column. */
function isElementwise(node: Node): boolean {
  if (isAlias(node)) return true;
  if (node.op === "dot") return node.inputs.every(isScalar);
  return elementwise.has(node.op) && layoutOf(node) !== undefined;
}

/**
 * Nodes that go over the rows of a matrix while others go over the same arrays as a matrix of another form, or read the
 * same numbers along its columns.
 */
function ambiguousRows(graph: Graph): Set<Node> {
  const sets = disjointSets<Operand>();
  const together = (node: Node) =>
    node.op === "reshape" ? [...node.inputs, ...node.outputs] : partners(node);
  for (const node of graph.nodes) for (const x of together(node)) sets.join(x, together(node)[0] as Operand);
  const groups = new Map<Operand, Node[]>();
  for (const node of graph.nodes) {
    if (!matrixOf(node)) continue;
    const root = sets.find(partners(node)[0] as Operand);
    groups.set(root, [...(groups.get(root) ?? []), node]);
  }
  const producers = producersOf(graph.nodes);
  const differ = (nodes: readonly Node[]): boolean => {
    const read = new Map<Operand, Along>();
    return nodes.some((node) => {
      const along = layoutOf(node)?.along ?? [];
      const clash = node.inputs.some((x, i) => {
        const [source, where] = [sourceOf(x, producers), along[i]];
        if (where !== "row" && where !== "column") return false;
        const before = read.get(source) ?? where;
        read.set(source, where);
        return before !== where;
      });
      return clash || !isSame(matrixOf(node) as Matrix, matrixOf(nodes[0] as Node) as Matrix);
    });
  };
  return new Set([...groups.values()].filter(differ).flat());
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
  const shapes = new Set(carryOutputs.map((x) => x.shape.join()));
  const ambiguous = ambiguousRows(graph);
  const isFusable = (node: Node): boolean => {
    if (ambiguous.has(node)) return false;
    const reduced = reducedOf(node);
    if (reduced === undefined) return isElementwise(node);
    const { shape } = node.inputs[0] as Operand;
    return reduced.matrix ? shapes.has(shape.join()) : sizes.has(sizeOf(shape));
  };
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
