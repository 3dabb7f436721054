import {
  type Graph,
  isLiteral,
  liveNodes,
  type Node,
  type Operand,
  producersOf,
  type Value,
} from "../graph.ts";
import { classify } from "./classify.ts";

/** Cuts a step into segments that run one after another: graphs for ONNX Runtime and fused elementwise passes. */

export interface Segment {
  readonly kind: "graph" | "fused";
  readonly nodes: readonly Node[];
  /** Values computed elsewhere that this segment reads. */
  readonly reads: readonly Value[];
  /** Values that a later segment or the program's caller reads. */
  readonly writes: readonly Value[];
}

/**
 * Even stages are graphs, odd ones fused passes; each node runs in the earliest stage of its kind after its inputs.
 *
 * @param carryCount how many leading outputs are the next carry.
 * @param fuse false runs everything as one graph.
 */
export function plan(graph: Graph, carryCount: number, fuse = true): Segment[] {
  const { fused, repeated } = fuse
    ? classify(graph, graph.outputs.slice(0, carryCount))
    : { fused: new Set<Node>(), repeated: new Set<Node>() };
  const producers = producersOf(graph.nodes);
  const stage = new Map<Node, number>();
  for (const node of graph.nodes) {
    const isFused = fused.has(node);
    let at = isFused ? 1 : 0;
    for (const x of node.inputs) {
      const producer = producers.get(x);
      if (producer === undefined || (!isFused && repeated.has(producer))) continue;
      const before = stage.get(producer) as number;
      at = Math.max(at, fused.has(producer) === isFused ? before : before + 1);
    }
    stage.set(node, at);
  }

  const stages = [...new Set(stage.values())].sort((a, b) => a - b);
  const segments = stages.map((s) => {
    const own = graph.nodes.filter((node) => stage.get(node) === s);
    const kind: Segment["kind"] = s % 2 === 1 ? "fused" : "graph";
    return { kind, own, nodes: kind === "graph" ? withRepeated(graph, own, repeated, producers) : own };
  });
  return segments.map(({ kind, own, nodes }) => {
    const inside = new Set(nodes.flatMap((n) => n.outputs));
    const reads = new Set<Value>();
    for (const x of nodes.flatMap((n) => n.inputs)) if (!isLiteral(x) && !inside.has(x)) reads.add(x);
    const outside = new Set<Operand>(graph.outputs);
    for (const other of segments) {
      if (other.own !== own) for (const x of other.nodes.flatMap((n) => n.inputs)) outside.add(x);
    }
    const writes = own.flatMap((n) => n.outputs).filter((v) => outside.has(v));
    // A value that a graph recomputes for itself does not come from elsewhere.
    return { kind, nodes: kind === "graph" ? liveNodes(nodes, writes) : nodes, reads: [...reads], writes };
  });
}

/** The nodes of a graph segment and, before them, the scalar computations that it repeats. */
function withRepeated(
  graph: Graph,
  own: readonly Node[],
  repeated: ReadonlySet<Node>,
  producers: ReadonlyMap<Operand, Node>,
): Node[] {
  const needed = new Set<Node>();
  const pending = own.flatMap((n) => n.inputs);
  for (let x = pending.pop(); x !== undefined; x = pending.pop()) {
    const node = producers.get(x);
    if (node === undefined || !repeated.has(node) || needed.has(node)) continue;
    needed.add(node);
    pending.push(...node.inputs);
  }
  const included = new Set([...own, ...needed]);
  return graph.nodes.filter((n) => included.has(n));
}
