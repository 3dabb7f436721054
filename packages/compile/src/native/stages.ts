import type { PlanSegment } from "../explain.ts";
import type { Graph, Operand } from "../graph.ts";
import type { NativeOptions } from "../program.ts";
import { Arena as LoopArena, Region } from "../wasm/arena.ts";
import { build, executeInto } from "../wasm/build.ts";
import type { Arena } from "./arena.ts";
import { channelBlock } from "./blocks.ts";
import { formatNodeCounts } from "./lower.ts";
import type { Segment } from "./plan.ts";
import { lowerWithin } from "./recompute.ts";
import { elementsOf, type RowGroup } from "./rows.ts";
import { createSession } from "./session.ts";
import { cut } from "./tasks.ts";
import type { Task, Tasks } from "./team.ts";

/** Segments made ready to run over an arena. */

export interface Stage {
  run(): Promise<void> | void;
  release(): Promise<void>;
  readonly part: PlanSegment;
}

/** The graph of a segment: what it reads becomes inputs, except the constants. */
function segmentGraph(graph: Graph, segment: Segment): Graph {
  const needed = new Set<Operand>(segment.reads);
  const constants = new Map([...graph.constants].filter(([v]) => needed.has(v)));
  const inputs = segment.reads.filter((v) => !constants.has(v));
  return { inputs, constants, nodes: segment.nodes, outputs: segment.writes };
}

/** A segment as one ONNX Runtime session, bound to the arena's memory. */
export async function graphStage(
  graph: Graph,
  segment: Segment,
  arena: Arena,
  name: string,
  options: NativeOptions,
): Promise<Stage> {
  const own = segmentGraph(graph, segment);
  const lowered = lowerWithin(own, name, { memory: options.memory, block: await channelBlock() });
  const session = await createSession(lowered, name, options.threads);
  return {
    run: session.bind(own.inputs.map(arena.tensor), segment.writes.map(arena.tensor)),
    release: () => session.release(),
    part: {
      kind: "graph",
      description: `ONNX Runtime: ${own.inputs.length} in, ${segment.writes.length} out; ${formatNodeCounts(lowered)}`,
      peak: lowered.peak,
    },
  };
}

/** Kernels that only this thread can run: they call functions of this process. */
const isOwn = ({ program }: RowGroup) => program.ops.some(({ op }) => op === "erf" || op === "erfc");
/** Numbers, which overwrite what the vectors of the same pass read. */
const isLast = ({ program }: RowGroup) => program.outputs.some((out) => out.uniform);

/** A segment as elementwise kernels, one for each different program. Adds its tasks to those of the team. */
export function fusedStage(
  kind: "fused" | "scalars",
  groups: readonly RowGroup[],
  arena: Arena,
  tasks: Task[],
  { threads, share }: { threads: number; share: (tasks: Tasks) => void },
): Stage {
  const cuts = groups.map((group) => ({
    ...cut(group, arena),
    own: threads === 1 || isOwn(group) || isLast(group),
  }));
  const first = tasks.length;
  tasks.push(...cuts.flatMap((c) => (c.own ? [] : c.tasks)));
  const shared = { first, end: tasks.length };
  const own = cuts.flatMap((c) => (c.own ? c.tasks : []));
  const prepare = cuts.flatMap((c) => c.prepare);
  const finish = cuts.flatMap((c) => c.finish);
  const rows = groups.flatMap((g) => g.rows);
  const elements = rows.reduce((n, row) => n + elementsOf(row), 0);
  const reductions = rows.reduce((n, row) => n + row.reductions.length, 0);
  const used = Math.max(1, Math.min(threads, shared.end - shared.first));
  const parts = groups.map((g) => `${g.program.ops.length} operations x ${g.rows.length}`);
  if (reductions > 0) parts.push(`${reductions} reductions`);
  if (used > 1) parts.push(`${used} threads`);
  const what =
    kind === "fused" ? `fused WebAssembly: ${elements} elements in one pass` : "scalars in WebAssembly";
  return {
    run: () => {
      for (const reset of prepare) reset();
      share(shared);
      for (const { kernel, table, rows } of own) kernel.run(table, rows);
      for (const combine of finish) combine();
    },
    release: async () => {},
    part: {
      kind,
      description: `${what}; ${parts.join(", ")}`,
      ...(kind === "fused" && { elements, reductions, threads: used }),
    },
  };
}

/** A segment of what ONNX Runtime lacks, as WebAssembly loops in a memory of their own. */
export function loopsStage(graph: Graph, segment: Segment, arena: Arena, name: string): Stage {
  const own = segmentGraph(graph, segment);
  const built = build(own, new Region(new LoopArena()), [], name, false);
  const inputs = own.inputs.map(arena.tensor);
  const outputs = segment.writes.map(arena.tensor);
  return {
    run: () => executeInto(built, inputs, outputs),
    release: async () => built.region.release(),
    part: {
      kind: "loops",
      description: `WebAssembly loops: ${[...new Set(segment.nodes.map((n) => n.op))].join(", ")}`,
    },
  };
}
