import { availableParallelism } from "node:os";
import type { Plan } from "../explain.ts";
import { type Graph, isLiteral, type Operand, type Value } from "../graph.ts";
import type { NativeOptions } from "../program.ts";
import { scalar, type Tensor } from "../tensor.ts";
import { type Arena, createArena } from "./arena.ts";
import { planMemory } from "./memory.ts";
import { plan, type Segment } from "./plan.ts";
import { type RowGroup, rowGroups, trafficOf } from "./rows.ts";
import { takesShared } from "./session.ts";
import { fusedStage, graphStage, loopsStage, type Stage } from "./stages.ts";
import { tableBytes } from "./tasks.ts";
import { createTeam, type Task, type Tasks, type Team } from "./team.ts";

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

/** A pass that reads and writes fewer numbers has one thread: waking a helper takes what it saves. */
const SHARED_FROM = 2 ** 20;
/** A pass soon waits for memory; more than two threads have not been measured. */
const MOST_THREADS = 4;

const isLong = (pass: readonly RowGroup[]) => trafficOf(pass) >= SHARED_FROM;

/** How many threads besides this one share the fused passes. */
async function helpersFor(
  segments: readonly Segment[],
  groups: readonly (readonly RowGroup[])[],
  threads = availableParallelism(),
): Promise<number> {
  const helpers = groups.some(isLong) ? Math.min(threads, MOST_THREADS) - 1 : 0;
  // They need shared memory, and a graph must be able to use it.
  const hasGraph = segments.some(({ kind }) => kind === "graph");
  return helpers > 0 && hasGraph && !(await takesShared()) ? 0 : helpers;
}

/** @param count how many leading inputs are the carry, and leading outputs the next one. */
export async function createMachine(
  graph: Graph,
  count: number,
  name: string,
  options: NativeOptions,
): Promise<Machine> {
  const carryIn = graph.inputs.slice(0, count);
  const segments = plan(graph, count);
  const memory = planMemory(graph, segments, count);
  const groups = segments.map((s) => (s.kind === "fused" || s.kind === "scalars" ? rowGroups(s) : []));
  const helpers = await helpersFor(segments, groups, options.threads);
  const space = groups.flat().reduce((n, group) => n + tableBytes(group), 0);
  const arena = createArena(memory.values, memory.inPlace, { tableBytes: space, shared: helpers > 0 }, name);
  for (const [v, x] of graph.constants) if (memory.values.has(v)) arena.tensor(v).data.set(x.data as never);

  const tasks: Task[] = [];
  let team: Team | undefined;
  const share = (some: Tasks) => (team as Team).run(some);
  const stages: Stage[] = [];
  for (const [i, segment] of segments.entries()) {
    const part = `${name} ${i}`;
    if (segment.kind === "graph") stages.push(await graphStage(graph, segment, arena, part, options));
    else if (segment.kind === "loops") stages.push(loopsStage(graph, segment, arena, part));
    else {
      const pass = groups[i] as RowGroup[];
      const threads = isLong(pass) ? helpers + 1 : 1;
      stages.push(fusedStage(segment.kind, pass, arena, tasks, { threads, share }));
    }
  }
  team = createTeam(arena.memory, tasks, helpers);
  const overwritten = new Set<Operand>(memory.moves.map(([to]) => to));
  const moves = memory.moves.map(([to, from]) => ({
    to: arena.tensor(to),
    from: placed(from, arena),
    // Another move may overwrite the source.
    volatile: overwritten.has(from),
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
      await team?.release();
    },
  };
}

const placed = (x: Operand, arena: Arena): Tensor =>
  isLiteral(x) ? scalar(x.literal, x.dtype) : arena.tensor(x);
