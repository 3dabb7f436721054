import {
  consumersOf,
  type Graph,
  isLiteral,
  liveNodes,
  type Node,
  type Operand,
  producersOf,
  type Value,
} from "../graph.ts";
import { classify } from "./classify.ts";
import { kernelRules } from "./rules/kernels.ts";
import { type SegmentKind, schedule } from "./schedule.ts";
import { needsLoops } from "./support.ts";

/**
 * Cuts a program into segments that run one after another: graphs for ONNX Runtime, fused passes over vectors, the scalar
 * arithmetic between passes, and loops for what ONNX Runtime lacks.
 */

export interface Segment {
  readonly kind: SegmentKind;
  readonly nodes: readonly Node[];
  /** Values computed elsewhere that this segment reads. */
  readonly reads: readonly Value[];
  /** Values that a later segment or the program's caller reads. */
  readonly writes: readonly Value[];
}

/** @param carryCount how many leading outputs are the next carry. */
export function plan(graph: Graph, carryCount: number): Segment[] {
  const classes = classify(graph, carryCount);
  const { fused, repeated } = classes;
  const producers = producersOf(graph.nodes);
  const { placeOf, again } = schedule(graph, carryCount, classes, loopNodes(graph, fused));

  const groups = new Map<string, { level: number; kind: SegmentKind; own: Node[] }>();
  for (const node of graph.nodes) {
    const { level, kind } = placeOf(node);
    const group = groups.get(`${level} ${kind}`);
    if (group) group.own.push(node);
    else groups.set(`${level} ${kind}`, { level, kind, own: [node] });
  }
  const segments = [...groups.values()]
    .sort((a, b) => a.level - b.level)
    .map(({ level, kind, own }) => {
      const more = kind === "fused" ? (again.get(level) ?? []) : [];
      const nodes = withRepeated(graph, [...own, ...more], repeated, producers);
      const inside = new Set<Operand>(nodes.flatMap((n) => n.outputs));
      const reads = new Set<Value>();
      for (const x of nodes.flatMap((n) => n.inputs)) if (!isLiteral(x) && !inside.has(x)) reads.add(x);
      return { kind, own, nodes, reads: [...reads] };
    });
  return segments.map(({ kind, own, nodes, reads }, i) => {
    const outside = new Set<Operand>(graph.outputs);
    for (const [j, other] of segments.entries()) if (j !== i) for (const x of other.reads) outside.add(x);
    const writes = own.flatMap((n) => n.outputs).filter((v) => outside.has(v));
    // A value that a graph recomputes for itself does not come from elsewhere.
    return { kind, nodes: kind === "fused" ? nodes : liveNodes(nodes, writes), reads, writes };
  });
}

/** Nodes that ONNX Runtime cannot run, and cheap ones that nothing but those needs. */
function loopNodes(graph: Graph, fused: ReadonlySet<Node>): Set<Node> {
  const consumers = consumersOf(graph.nodes);
  const outputs = new Set<Operand>(graph.outputs);
  const loops = new Set<Node>();
  for (const node of [...graph.nodes].reverse()) {
    const isHeavy = node.op === "dot" || node.op === "conv" || node.op in kernelRules;
    const readers = node.outputs.flatMap((v) => consumers.get(v) ?? []);
    const onlyForLoops =
      readers.length > 0 && readers.every((n) => loops.has(n)) && !node.outputs.some((v) => outputs.has(v));
    if (!fused.has(node) && (needsLoops(node) || (!isHeavy && onlyForLoops))) loops.add(node);
  }
  return loops;
}

/** The nodes of a segment and, before them, the scalar computations that it repeats. */
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
