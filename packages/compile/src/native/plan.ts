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
import { needsLoops } from "./support.ts";

/**
 * Cuts a program into segments that run one after another: graphs for ONNX Runtime, fused elementwise passes, and loops
 * for what ONNX Runtime lacks.
 */

export type SegmentKind = "graph" | "fused" | "loops";

export interface Segment {
  readonly kind: SegmentKind;
  readonly nodes: readonly Node[];
  /** Values computed elsewhere that this segment reads. */
  readonly reads: readonly Value[];
  /** Values that a later segment or the program's caller reads. */
  readonly writes: readonly Value[];
}

/**
 * Each node runs in the earliest level of its kind after its inputs; a segment is what shares level and kind.
 *
 * @param carryCount how many leading outputs are the next carry.
 */
export function plan(graph: Graph, carryCount: number): Segment[] {
  const { fused, repeated } = classify(graph, graph.outputs.slice(0, carryCount));
  const producers = producersOf(graph.nodes);
  const loops = loopNodes(graph, fused);
  const kindOf = (node: Node): SegmentKind =>
    fused.has(node) ? "fused" : loops.has(node) ? "loops" : "graph";
  // Loops that need only inputs (random bits, mostly) run before everything, so that they do not cut a graph in two.
  const early = new Set<Node>();
  for (const node of graph.nodes) {
    const ready = node.inputs.every((x) => !producers.has(x) || early.has(producers.get(x) as Node));
    if (loops.has(node) && ready) early.add(node);
  }
  const first: Record<SegmentKind, number> = { loops: early.size > 0 ? 1 : 0, graph: 1, fused: 2 };
  const level = new Map<Node, number>();
  for (const node of graph.nodes) {
    const kind = kindOf(node);
    let at = early.has(node) ? 0 : first[kind];
    for (const x of node.inputs) {
      const producer = producers.get(x);
      if (producer === undefined || (kind !== "fused" && repeated.has(producer))) continue;
      const before = level.get(producer) as number;
      at = Math.max(at, kindOf(producer) === kind ? before : before + 1);
    }
    level.set(node, at);
  }

  const groups = new Map<string, { at: number; kind: SegmentKind; own: Node[] }>();
  for (const node of graph.nodes) {
    const [at, kind] = [level.get(node) as number, kindOf(node)];
    const group = groups.get(`${at} ${kind}`);
    if (group) group.own.push(node);
    else groups.set(`${at} ${kind}`, { at, kind, own: [node] });
  }
  const segments = [...groups.values()]
    .sort((a, b) => a.at - b.at)
    .map(({ kind, own }) => ({
      kind,
      own,
      nodes: kind === "fused" ? own : withRepeated(graph, own, repeated, producers),
    }));
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
    return { kind, nodes: kind === "fused" ? nodes : liveNodes(nodes, writes), reads: [...reads], writes };
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
