import { type JsTree, tree } from "@jax-js/jax";
import { compileFused } from "../fused/index.ts";
import { type Graph, isLiteral, type Operand, type Value } from "../graph.ts";
import { optimize } from "../optimize.ts";
import {
  type ArrayFunction,
  type Carry,
  type CompiledStep,
  checkTree,
  type Derived,
  type StepFunction,
  type StepInputs,
  specOf,
  type TreeSpec,
} from "../program.ts";
import { Tensor, type Tensors } from "../tensor.ts";
import { trace } from "../trace.ts";
import { type Arena, createArena } from "./arena.ts";
import { formatNodeCounts, lower } from "./lower.ts";
import { plan, type Segment } from "./plan.ts";
import { type RowGroup, rowGroups, tableWords } from "./rows.ts";
import { allocate, createSession, type Session } from "./session.ts";

/** A training step: graphs and fused passes over one arena that holds carry, gradients and everything between them. */

interface Stage {
  run(): Promise<void> | void;
  readonly session?: Session;
  readonly description: string;
}

export async function compileStepNative<F extends StepFunction>(
  fn: F,
  exampleCarry: unknown,
  exampleInputs: unknown,
  name: string,
  threads?: number,
): Promise<CompiledStep<F>> {
  const carrySpec = specOf(exampleCarry, `${name} carry`);
  const inputSpec = specOf(exampleInputs, name);
  const initial = checkTree(exampleCarry, carrySpec, `${name} carry`);
  const spec = specOf([exampleCarry, ...(exampleInputs as unknown[])], name);
  const traced = trace(fn, spec, name);
  checkStep(traced.outTree, traced.outLeaves, carrySpec, name);
  const graph = optimize(traced.graph);
  const count = carrySpec.leaves.length;
  const carryIn = graph.inputs.slice(0, count);
  const segments = plan(graph, count);
  const memory = planMemory(graph, segments, count);
  const carryValues = new Set<Value>(carryIn);
  const groups = segments.map((s) => (s.kind === "fused" ? rowGroups(s, carryValues) : []));
  const words = groups.flat().reduce((n, group) => n + tableWords(group), 0);
  const arena = createArena(memory.values, memory.inPlace, words, name);
  for (const [v, x] of graph.constants) if (memory.values.has(v)) arena.tensor(v).data.set(x.data as never);

  const carry = carryIn.map(arena.tensor);
  const inputs = graph.inputs.slice(count).map(arena.tensor);
  const stages: Stage[] = [];
  for (const [i, segment] of segments.entries()) {
    stages.push(
      segment.kind === "graph"
        ? await graphStage(graph, segment, arena, `${name} ${i}`, threads)
        : fusedStage(groups[i] as RowGroup[], arena),
    );
  }
  const results = graph.outputs.slice(count).map((x) => placed(x, arena));
  const moves = memory.moves.map(([to, from]) => ({
    to: arena.tensor(to),
    from: placed(from, arena),
    // Another move may overwrite a source that is itself a carry.
    volatile: carryValues.has(from as Value),
  }));
  const writeCarry = (leaves: readonly Tensor[]) => {
    leaves.forEach((x, i) => {
      carry[i]?.data.set(x.data as never);
    });
  };
  writeCarry(initial);

  let disposed = false;
  const check = () => {
    if (disposed) throw new Error(`${name}: used after dispose()`);
  };
  const outSpec = traced.outLeaves.slice(count);
  const outTree = traced.outTree.childTreedefs[1] as tree.JsTreeDef;
  return {
    async run(...args) {
      check();
      checkTree(args, inputSpec, name).forEach((x, i) => {
        inputs[i]?.data.set(x.data as never);
      });
      for (const stage of stages) await stage.run();
      const outputs = allocate(outSpec);
      outputs.forEach((out, i) => {
        out.data.set(results[i]?.data as never);
      });
      const sources = moves.map((move) => (move.volatile ? move.from.data.slice() : move.from.data));
      moves.forEach((move, i) => {
        move.to.data.set(sources[i] as never);
      });
      return tree.unflatten(outTree, outputs) as JsTree<Tensor> as Tensors<ReturnType<F>[1]>;
    },
    async readCarry() {
      check();
      const copies = carry.map((x) => new Tensor(x.dtype, x.shape, x.data.slice()));
      return tree.unflatten(carrySpec.structure, copies) as JsTree<Tensor> as Tensors<Carry<F>>;
    },
    writeCarry(next) {
      check();
      writeCarry(checkTree(next, carrySpec, `${name} carry`));
    },
    async derive<G extends ArrayFunction>(
      derived: G,
      example: StepInputs<G>,
      options: { name?: string } = {},
    ) {
      check();
      return deriveNative(
        derived,
        exampleCarry,
        carry,
        example,
        options.name ?? (derived.name || "derived"),
        check,
        threads,
      );
    },
    explain: () =>
      [
        `${name}: ${stages.length} segments, arena ${(arena.bytes / 2 ** 20).toFixed(1)} MiB`,
        ...stages.map((s) => `  ${s.description}`),
      ].join("\n"),
    async dispose() {
      if (disposed) return;
      disposed = true;
      for (const stage of stages) await stage.session?.release();
    },
  };
}

/** The next carry must look like the carry. Throws a TypeError that names the leaf. */
function checkStep(outTree: tree.JsTreeDef, leaves: TreeSpec["leaves"], carry: TreeSpec, name: string): void {
  const next = outTree.childTreedefs[0];
  if (next === undefined || outTree.childTreedefs.length !== 2) {
    throw new TypeError(`${name}: a step returns [carry, outputs]; this one returns ${outTree.toString()}`);
  }
  if (!next.equals(carry.structure)) {
    throw new TypeError(
      `${name}: the carry is ${carry.structure.toString()}, but the step returns ${next.toString()}`,
    );
  }
  for (const [i, want] of carry.leaves.entries()) {
    const got = leaves[i] as TreeSpec["leaves"][number];
    if (got.dtype !== want.dtype || got.shape.join() !== want.shape.join()) {
      throw new TypeError(
        `${name}: carry ${want.path} is ${want.dtype}[${want.shape.join(",")}], but the step returns ${got.dtype}[${got.shape.join(",")}]`,
      );
    }
  }
}

interface MemoryPlan {
  /** Every value that has a place in the arena. */
  readonly values: ReadonlySet<Value>;
  /** Next-carry values that are written over the old ones. */
  readonly inPlace: ReadonlyMap<Value, Value>;
  /** Copies after the last segment: from a value to the carry that it becomes. */
  readonly moves: readonly (readonly [Value, Operand])[];
}

/** The next carry overwrites the old one where nothing reads the old one any more; elsewhere it is copied at the end. */
function planMemory(graph: Graph, segments: readonly Segment[], count: number): MemoryPlan {
  const carryIn = graph.inputs.slice(0, count);
  const values = new Set<Value>(graph.inputs);
  for (const segment of segments) for (const v of [...segment.reads, ...segment.writes]) values.add(v);
  for (const x of graph.outputs) if (!isLiteral(x)) values.add(x);

  const readAtEnd = new Set<Operand>(graph.outputs);
  const inPlace = new Map<Value, Value>();
  const moves: [Value, Operand][] = [];
  carryIn.forEach((old, i) => {
    const next = graph.outputs[i] as Operand;
    if (next === old) return;
    const writer = segments.findIndex((s) => s.writes.includes(next as Value));
    const readLater = segments.some((s, at) => at > writer && s.reads.includes(old));
    const safe = writer >= 0 && segments[writer]?.kind === "fused" && !readLater && !readAtEnd.has(old);
    if (safe && !inPlace.has(next as Value)) inPlace.set(next as Value, old);
    else moves.push([old, next]);
  });
  return { values, inPlace, moves };
}

function placed(x: Operand, arena: Arena): Tensor {
  if (!isLiteral(x)) return arena.tensor(x);
  const value = new Float64Array([x.literal]);
  const [t] = allocate([{ path: "", dtype: x.dtype, shape: [] }]);
  (t as Tensor).data[0] = value[0] as number;
  return t as Tensor;
}

async function graphStage(
  graph: Graph,
  segment: Segment,
  arena: Arena,
  name: string,
  threads: number | undefined,
): Promise<Stage> {
  const needed = new Set<Operand>(segment.reads);
  const constants = new Map([...graph.constants].filter(([v]) => needed.has(v)));
  const inputs = segment.reads.filter((v) => !constants.has(v));
  const lowered = lower({ inputs, constants, nodes: segment.nodes, outputs: segment.writes }, name);
  const session = await createSession(lowered, name, threads);
  const run = session.bind(inputs.map(arena.tensor), segment.writes.map(arena.tensor));
  return {
    run,
    session,
    description: `ONNX Runtime: ${inputs.length} in, ${segment.writes.length} out; ${formatNodeCounts(lowered)}`,
  };
}

function fusedStage(groups: readonly RowGroup[], arena: Arena): Stage {
  const calls = groups.map(({ program, rows }) => {
    const words = rows.flatMap((row) => [row.length, ...[...row.inputs, ...row.outputs].map(arena.offset)]);
    return { kernel: compileFused(program, arena.memory), table: arena.table(words), rows: rows.length };
  });
  const lanes = groups.flatMap((g) => g.rows).reduce((n, row) => n + row.length, 0);
  const parts = groups.map((g) => `${g.program.ops.length} operations x ${g.rows.length}`);
  return {
    run: () => {
      for (const { kernel, table, rows } of calls) kernel.run(table, rows);
    },
    description: `fused WebAssembly: ${lanes} elements in one pass; ${parts.join(", ")}`,
  };
}

async function deriveNative<G extends ArrayFunction>(
  fn: G,
  exampleCarry: unknown,
  carry: readonly Tensor[],
  example: StepInputs<G>,
  name: string,
  checkParent: () => void,
  threads: number | undefined,
): Promise<Derived<G>> {
  const inputSpec = specOf(example, name);
  const traced = trace(fn, specOf([exampleCarry, ...(example as unknown[])], name), name);
  const graph = optimize(traced.graph);
  const used = new Set<Operand>([...graph.nodes.flatMap((n) => n.inputs), ...graph.outputs]);
  const isUsed = graph.inputs.map((v) => used.has(v));
  const lowered = lower({ ...graph, inputs: graph.inputs.filter((_, i) => isUsed[i]) }, name);
  const session = await createSession(lowered, name, threads);
  let disposed = false;
  return {
    async run(...inputs) {
      checkParent();
      if (disposed) throw new Error(`${name}: used after dispose()`);
      const outputs = allocate(traced.outLeaves);
      const all = [...carry, ...checkTree(inputs, inputSpec, name)];
      await session.run(
        all.filter((_, i) => isUsed[i]),
        outputs,
      );
      return tree.unflatten(traced.outTree, outputs) as JsTree<Tensor> as Tensors<ReturnType<G>>;
    },
    explain: () => `${name}: one ONNX Runtime graph (${formatNodeCounts(lowered)})`,
    async dispose() {
      if (!disposed) await session.release();
      disposed = true;
    },
  };
}
