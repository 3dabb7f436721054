import { type Graph, isLiteral, type Operand, producersOf, type Value } from "../graph.ts";
import { sourceOf } from "./classify.ts";
import { isSpread } from "./matrix.ts";
import type { Segment } from "./plan.ts";

/** Where the values of a step live: which share memory, and which are copied at the end of a step. */

export interface MemoryPlan {
  /** Every value that has a place in the arena. */
  readonly values: ReadonlySet<Value>;
  /** Next-carry values that are written over the old ones. */
  readonly inPlace: ReadonlyMap<Value, Value>;
  /** Copies after the last segment: from a value to the carry that it becomes. */
  readonly moves: readonly (readonly [Value, Operand])[];
}

/** The next carry overwrites the old one where nothing reads the old one any more; elsewhere it is copied at the end. */
export function planMemory(graph: Graph, segments: readonly Segment[], count: number): MemoryPlan {
  const carryIn = graph.inputs.slice(0, count);
  const values = new Set<Value>(graph.inputs);
  for (const segment of segments) for (const v of [...segment.reads, ...segment.writes]) values.add(v);
  for (const x of graph.outputs) if (!isLiteral(x)) values.add(x);

  const spreadIn = segments.map(({ nodes }) => {
    const producers = producersOf(nodes);
    return new Set(
      nodes.flatMap((n) => n.inputs.filter((x) => isSpread(x, n)).map((x) => sourceOf(x, producers))),
    );
  });
  const readAtEnd = new Set<Operand>(graph.outputs);
  const inPlace = new Map<Value, Value>();
  const moves: [Value, Operand][] = [];
  carryIn.forEach((old, i) => {
    const next = graph.outputs[i] as Operand;
    if (next === old) return;
    const writer = segments.findIndex((s) => s.writes.includes(next as Value));
    const readLater = segments.some((s, at) => at > writer && s.reads.includes(old));
    const kind = segments[writer]?.kind;
    // Rows of a matrix read it again and again.
    const spread = spreadIn[writer]?.has(old) ?? false;
    const safe = (kind === "fused" || kind === "scalars") && !readLater && !spread && !readAtEnd.has(old);
    if (safe && !inPlace.has(next as Value)) inPlace.set(next as Value, old);
    else moves.push([old, next]);
  });
  return { values, inPlace, moves };
}
