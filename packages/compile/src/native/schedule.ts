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
import { type Classes, isAlias, isReduction, sourceOf } from "./classify.ts";
import { isSpread } from "./matrix.ts";
import { moves } from "./support.ts";

/**
 * When each node of a program runs: nodes of one kind and one level form a segment, and levels follow one another.
 *
 * A pass over the parameters is what costs, so a vector is computed as late as its readers allow: then most of them read
 * it in the same pass. What two passes need is stored by the first or computed again by the second, whichever moves fewer
 * bytes.
 */

export type SegmentKind = "graph" | "fused" | "scalars" | "loops";

export interface Place {
  readonly kind: SegmentKind;
  readonly level: number;
}

export interface Schedule {
  readonly placeOf: (node: Node) => Place;
  /** Nodes that the fused pass of a level computes again, because that is cheaper than reading their results. */
  readonly again: ReadonlyMap<number, ReadonlySet<Node>>;
}

/** Passes over memory that storing a value for a later pass costs: it is written, then read. */
const STORED = 2;
/** Operations that take about as long as reading an operand, while the others hide behind it. */
const slow: ReadonlySet<string> = new Set(
  "reciprocal sqrt exp log sin cos asin atan erf erfc tanh mod idiv".split(" "),
);
/** Reading a carry that an earlier pass has overwritten costs a copy of it as well. */
const OVERWRITTEN = 3;

/** @param loops nodes that run as WebAssembly loops. */
export function schedule(
  graph: Graph,
  carryCount: number,
  { fused, repeated }: Classes,
  loops: ReadonlySet<Node>,
): Schedule {
  const producers = producersOf(graph.nodes);
  const consumers = consumersOf(graph.nodes);
  const kindOf = (node: Node): SegmentKind => {
    if (loops.has(node)) return "loops";
    if (!fused.has(node)) return "graph";
    const isVector = !isScalar(node.outputs[0] as Value) || isReduction(node);
    return isVector || repeated.has(node) ? "fused" : "scalars";
  };
  /** How many levels lie between a node and one that reads it, at least. */
  const distance = (from: Node, to: Node): number => {
    if (kindOf(from) !== kindOf(to)) return 1;
    // A reduction is known after its pass, and the level between belongs to the scalars that most readers need. So is a
    // vector that others read as numbers of their rows or columns.
    return isComputed(from) && (isReduction(from) || from.outputs.some((x) => isSpread(x, to))) ? 2 : 0;
  };
  /** False for new names of what comes from elsewhere. */
  const isComputed = (node: Node): boolean => {
    const origin = isAlias(node) ? producers.get(sourceOf(node.inputs[0] as Operand, producers)) : node;
    return origin !== undefined && fused.has(origin);
  };

  // Loops that need only inputs (random bits, mostly) run before everything, so that they do not cut a graph in two.
  const early = new Set<Node>();
  for (const node of graph.nodes) {
    const ready = node.inputs.every((x) => !producers.has(x) || early.has(producers.get(x) as Node));
    if (loops.has(node) && ready) early.add(node);
  }
  const first: Record<SegmentKind, number> = {
    loops: early.size > 0 ? 1 : 0,
    graph: 1,
    fused: 2,
    scalars: 2,
  };
  const level = new Map<Node, number>();
  for (const node of graph.nodes) {
    const kind = kindOf(node);
    let at = early.has(node) ? 0 : first[kind];
    for (const x of node.inputs) {
      const producer = producers.get(x);
      if (producer === undefined || (repeated.has(producer) && !repeated.has(node))) continue;
      at = Math.max(at, (level.get(producer) as number) + distance(producer, node));
    }
    level.set(node, at);
  }

  const levelsOf = (kind: SegmentKind): number[] => {
    const levels = graph.nodes.filter((n) => kindOf(n) === kind).map((n) => level.get(n) as number);
    return [...new Set(levels)].sort((a, b) => a - b);
  };
  const passes = levelsOf("fused");
  const existing: Partial<Record<SegmentKind, readonly number[]>> = {
    fused: passes,
    graph: levelsOf("graph"),
  };
  for (const node of [...graph.nodes].reverse()) {
    const kind = kindOf(node);
    // A graph keeps its results where they come about, but for views: they cost nothing where they are used.
    const isMovable = kind === "fused" ? !isReduction(node) : kind === "graph" && moves.has(node.op);
    if (!isMovable) continue;
    // Every segment computes repeated scalars for itself; those of the next carry are written once nothing reads the old.
    const readers = repeated.has(node) ? [] : node.outputs.flatMap((v) => consumers.get(v) ?? []);
    const own = repeated.has(node) ? Infinity : (level.get(node) as number);
    const latest = readers.map((reader) => (level.get(reader) as number) - distance(node, reader));
    const limit = latest.length > 0 ? Math.min(...latest) : own;
    level.set(node, existing[kind]?.findLast((at) => at <= limit) as number);
  }
  const placeOf = (node: Node): Place => ({ kind: kindOf(node), level: level.get(node) as number });
  return { placeOf, again: recomputed(graph, carryCount, placeOf, producers, consumers, passes) };
}

/** Chooses, pass by pass, which results of earlier passes to compute again. */
function recomputed(
  graph: Graph,
  carryCount: number,
  placeOf: (node: Node) => Place,
  producers: ReadonlyMap<Operand, Node>,
  consumers: ReadonlyMap<Operand, readonly Node[]>,
  passes: readonly number[],
): Map<number, Set<Node>> {
  const isOutput = new Set<Operand>(graph.outputs);
  const nextOf = new Map<Operand, Operand>(
    graph.inputs.slice(0, carryCount).map((v, i) => [v, graph.outputs[i] as Operand]),
  );
  /** The node of an earlier pass that computes a vector for the pass at `level`. */
  const earlier = (x: Operand, level: number): Node | undefined => {
    const node = isScalar(x) ? undefined : producers.get(x);
    if (node === undefined || placeOf(node).kind !== "fused") return undefined;
    return placeOf(node).level < level ? node : undefined;
  };
  const isStored = (x: Operand) => {
    const producer = producers.get(x);
    if (isOutput.has(x) || (producer && isReduction(producer))) return true;
    return (consumers.get(x) ?? []).some((n) => placeOf(n).kind !== "fused" || isSpread(x, n));
  };
  const cost = (x: Operand, level: number): number => {
    // A number a row or a column is next to nothing.
    if ((consumers.get(x) ?? []).every((n) => isSpread(x, n))) return 0;
    const next = producers.get(nextOf.get(x) ?? x);
    return nextOf.has(x) && next && placeOf(next).level < level ? OVERWRITTEN : 1;
  };

  const again = new Map<number, Set<Node>>();
  for (const level of passes) {
    const own = graph.nodes.filter((n) => placeOf(n).kind === "fused" && placeOf(n).level === level);
    const inside = new Set<Operand>(own.flatMap((n) => n.outputs));
    const needed = [...new Set(own.flatMap((n) => n.inputs))].filter((x) => !isScalar(x) && !inside.has(x));
    const isCandidate = (x: Operand) => earlier(x, level) !== undefined && !isStored(x);
    const read = new Set(needed.filter((x) => !isCandidate(x)));
    const chosen = new Set<Node>();
    for (const x of needed.filter(isCandidate)) {
      const cone = new Set<Node>();
      const sources = new Set<Operand>();
      const pending: Operand[] = [x];
      for (let y = pending.pop(); y !== undefined; y = pending.pop()) {
        const node = earlier(y, level);
        if (isLiteral(y) || isScalar(y) || (node && cone.has(node))) continue;
        if (node === undefined || isStored(y)) sources.add(y);
        else {
          cone.add(node);
          pending.push(...node.inputs);
        }
      }
      const more = [...sources].filter((y) => !read.has(y));
      const work = [...cone].filter((node) => slow.has(node.op)).length;
      if (more.reduce((sum, y) => sum + cost(y, level), work) > STORED) continue;
      for (const y of more) read.add(y);
      for (const node of cone) chosen.add(node);
    }
    again.set(level, chosen);
  }
  return again;
}
