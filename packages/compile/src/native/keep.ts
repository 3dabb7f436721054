import { type Graph, isLiteral, type Node, type Operand, type Value } from "../graph.ts";
import { byteWidth, sizeOf } from "../tensor.ts";
import { network, SINK, SOURCE } from "./minCut.ts";

/**
 * Which results of the forward pass to keep for the backward pass. Nothing here knows of derivatives: the boundary is where
 * most is alive, what comes before it is forward, and what is read behind it must be kept or computed again.
 */

/** Nodes whose results lie in their operand's memory. */
const views: ReadonlySet<string> = new Set(["reshape", "transpose", "broadcast", "stop_gradient"]);
/** Nodes that take much longer than reading their operands. */
const heavy: ReadonlySet<string> = new Set(["dot", "conv"]);

/** When the memory of values is first written and last read, by positions in the list of nodes. */
interface Lifetimes {
  /** The value in whose memory another lies. */
  root(x: Operand): Value;
  /** Bytes of a root; nothing for what lies in memory of the caller's. */
  bytes(root: Value): number;
  /** The nodes that read a root or a view of it. */
  reads(root: Value): readonly number[];
  /** The roots that nodes write, by position. */
  readonly written: ReadonlyMap<Value, number>;
}

function lifetimesOf({ nodes, outputs }: Graph): Lifetimes {
  const roots = new Map<Operand, Value>();
  const reads = new Map<Value, number[]>();
  const written = new Map<Value, number>();
  const root = (x: Operand) => roots.get(x) ?? (x as Value);
  nodes.forEach((node, at) => {
    for (const x of node.inputs) {
      if (isLiteral(x)) continue;
      const list = reads.get(root(x));
      if (list) list.push(at);
      else reads.set(root(x), [at]);
    }
    for (const v of node.outputs) {
      if (views.has(node.op)) roots.set(v, root(node.inputs[0] as Operand));
      else written.set(v, at);
    }
  });
  const outside = new Set(outputs.map(root));
  return {
    root,
    written,
    bytes: (v) => (outside.has(v) || !written.has(v) ? 0 : sizeOf(v.shape) * byteWidth(v.dtype)),
    reads: (v) => reads.get(v) ?? [],
  };
}

/** The sums of `weight` over all intervals, at each position. */
function sums(length: number, intervals: Iterable<readonly [from: number, to: number, weight: number]>) {
  const change = new Array<number>(length + 1).fill(0);
  for (const [from, to, weight] of intervals) {
    if (to <= from) continue;
    (change[from] as number) += weight;
    (change[to] as number) -= weight;
  }
  let sum = 0;
  return change.slice(0, length).map((d) => {
    sum += d;
    return sum;
  });
}

/** A part of a program that first piles up results and then reads them: a forward and a backward pass. */
export interface Region {
  /** The first and the last node of the forward pass. */
  readonly start: number;
  readonly boundary: number;
}

/**
 * The regions of a program, one for each micro-batch of a step: their boundaries are where most is alive, and between two
 * of them less than half of it is. Those whose peak is less than half of the program's do not matter.
 */
export function regionsOf(graph: Graph): Region[] {
  const life = lifetimesOf(graph);
  const alive = sums(
    graph.nodes.length,
    [...life.written].map(([v, at]) => [at, Math.max(at, ...life.reads(v)), life.bytes(v)]),
  );
  const bytes = (at: number) => alive[at] as number;
  const regions: Region[] = [];
  let [start, boundary, low] = [0, 0, 0];
  let isClimbing = true;
  for (const at of [...alive.keys(), alive.length]) {
    const now = alive[at] ?? -1;
    if (isClimbing) {
      if (now > bytes(boundary)) boundary = at;
      if (2 * now < bytes(boundary)) {
        regions.push({ start, boundary });
        [isClimbing, low] = [false, at];
      }
    } else {
      if (now < bytes(low)) low = at;
      if (now > 2 * bytes(low)) [isClimbing, start, boundary] = [true, low, at];
    }
  }
  const most = Math.max(0, ...regions.map((region) => bytes(region.boundary)));
  return regions.filter((region) => 2 * bytes(region.boundary) >= most);
}

/**
 * Positions at which to cut the forward pass into `count` segments that would keep about as much each: near the ideal places
 * where least crosses from one segment into the next.
 */
function cutsOf(life: Lifetimes, { start, boundary }: Region, count: number): number[] {
  const forward = [...life.written].filter(([, at]) => at >= start && at <= boundary);
  const crossing = sums(
    boundary,
    forward.map(([v, at]) => [
      at,
      Math.max(at, ...life.reads(v).filter((r) => r <= boundary)),
      life.bytes(v),
    ]),
  );
  const kept = sums(
    boundary,
    forward.map(([v, at]) => [at, life.reads(v).some((r) => r > boundary) ? boundary : at, life.bytes(v)]),
  );
  const total = kept.at(-1) ?? 0;
  const cuts = Array.from({ length: count - 1 }, (_, j) => {
    const [low, high] = [(total * (j + 0.5)) / count, (total * (j + 1.5)) / count];
    const near = [...kept.keys()].filter((at) => (kept[at] as number) >= low && (kept[at] as number) < high);
    return near.reduce(
      (best, at) => ((crossing[at] as number) < (crossing[best] as number) ? at : best),
      near[0] ?? 0,
    );
  });
  return [...new Set(cuts)];
}

/**
 * Chooses what the backward pass of a region finds in memory, when the forward pass is cut into `segments`; everything else
 * it computes again. Kept is what crosses from one segment to the next; and in the last segment, with which the backward
 * pass begins, the fewest bytes from which the rest follows without products of matrices and convolutions. That is a
 * minimum cut between what may not be computed again and what the backward pass reads, as in PyTorch's min-cut partitioner.
 */
export function chooseKept(graph: Graph, region: Region, segments: number): Set<Operand> {
  const { start, boundary } = region;
  const life = lifetimesOf(graph);
  const cuts = cutsOf(life, region, segments);
  const values = new Set<Operand>();
  for (const [v, at] of life.written) {
    const crosses = (cut: number) => at <= cut && life.reads(v).some((r) => r > cut && r <= boundary);
    if (at < start || cuts.some(crosses)) values.add(v);
  }
  const net = network();
  const ends = new Map<Value, readonly [number, number]>();
  const last = Math.max(-1, ...cuts);
  graph.nodes.slice(0, boundary + 1).forEach((node, at) => {
    for (const v of node.outputs) {
      if (values.has(v)) continue;
      const [before, after] = [net.vertex(), net.vertex()];
      ends.set(v, [before, after]);
      net.edge(before, after, life.bytes(life.root(v)));
      if (mustKeep(node) && at > last) net.edge(SOURCE, before, Infinity);
      for (const x of node.inputs) {
        const from = ends.get(x as Value);
        if (from) net.edge(from[1], before, Infinity);
      }
    }
  });
  const late = new Set(graph.nodes.slice(boundary + 1).flatMap((node) => node.inputs));
  for (const [v, [, after]] of ends) if (late.has(v)) net.edge(after, SINK, Infinity);
  const behind = net.sinkSide();
  for (const [v, [before, after]] of ends) if (behind.has(after) && !behind.has(before)) values.add(v);
  return values;
}

/** Copies are not copied again. */
const mustKeep = (node: Node): boolean => heavy.has(node.op) || node.copy === true;
