import type { Plan } from "../explain.ts";
import { type Graph, isLiteral, type Operand, type Value } from "../graph.ts";
import { scalar, type Tensor } from "../tensor.ts";
import { type Arena, createArena } from "./arena.ts";
import { planMemory } from "./memory.ts";
import { plan } from "./plan.ts";
import { type RowGroup, rowGroups, tableWords } from "./rows.ts";
import { fusedStage, graphStage, loopsStage, type Stage } from "./stages.ts";

/** A graph cut into segments, over one arena that holds its carry, inputs, outputs and everything between segments. */
export interface Machine {
  /** The memory of the carry, of the other inputs, and of the outputs after the carry. */
  readonly carry: readonly Tensor[];
  readonly inputs: readonly Tensor[];
  readonly results: readonly Tensor[];
  /** Runs every segment, from inputs to results. */
  compute(): Promise<void>;
  /** Makes the next carry the carry, where that has not happened in place. Call it once the results are read. */
  advance(): void;
  plan(): Plan;
  release(): Promise<void>;
}

/** @param count how many leading inputs are the carry, and leading outputs the next one. */
export async function createMachine(
  graph: Graph,
  count: number,
  name: string,
  threads?: number,
): Promise<Machine> {
  const carryIn = graph.inputs.slice(0, count);
  const carryValues = new Set<Operand>(carryIn);
  const segments = plan(graph, count);
  const memory = planMemory(graph, segments, count);
  const groups = segments.map((s) => (s.kind === "fused" || s.kind === "scalars" ? rowGroups(s) : []));
  const words = groups.flat().reduce((n, group) => n + tableWords(group), 0);
  const arena = createArena(memory.values, memory.inPlace, words, name);
  for (const [v, x] of graph.constants) if (memory.values.has(v)) arena.tensor(v).data.set(x.data as never);

  const stages: Stage[] = [];
  for (const [i, segment] of segments.entries()) {
    const part = `${name} ${i}`;
    if (segment.kind === "graph") stages.push(await graphStage(graph, segment, arena, part, threads));
    else if (segment.kind === "loops") stages.push(loopsStage(graph, segment, arena, part));
    else stages.push(fusedStage(segment.kind, groups[i] as RowGroup[], arena));
  }
  const moves = memory.moves.map(([to, from]) => ({
    to: arena.tensor(to),
    from: placed(from, arena),
    // Another move may overwrite a source that is itself a carry.
    volatile: carryValues.has(from),
  }));
  return {
    carry: carryIn.map(arena.tensor),
    inputs: graph.inputs.slice(count).map((v: Value) => arena.tensor(v)),
    results: graph.outputs.slice(count).map((x) => placed(x, arena)),
    async compute() {
      for (const stage of stages) await stage.run();
    },
    advance() {
      const sources = moves.map((move) => (move.volatile ? move.from.data.slice() : move.from.data));
      moves.forEach((move, i) => {
        move.to.data.set(sources[i] as never);
      });
    },
    plan: () => ({ name, executor: "native", segments: stages.map((s) => s.part), arena: arena.bytes }),
    async release() {
      for (const stage of stages) await stage.release();
    },
  };
}

const placed = (x: Operand, arena: Arena): Tensor =>
  isLiteral(x) ? scalar(x.literal, x.dtype) : arena.tensor(x);
