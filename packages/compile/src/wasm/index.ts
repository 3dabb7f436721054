import { type JsTree, tree } from "@jax-js/jax";
import type { Graph, Value } from "../graph.ts";
import {
  type ArrayFunction,
  type Carry,
  type Compiled,
  type CompiledStep,
  checkTree,
  type Derived,
  type LeafSpec,
  type StepFunction,
  type StepInputs,
  specOf,
} from "../program.ts";
import { simplify } from "../simplify.ts";
import { sizeOf, Tensor, type Tensors } from "../tensor.ts";
import { trace } from "../trace.ts";
import { formatKernel } from "./explain.ts";
import { load } from "./expr.ts";
import { elementwise, type Kernel, overwriting, readsOf, schedule, writesOf } from "./kernel.ts";
import { lowerGraph } from "./lower.ts";
import { checkMany, type ManyOptions } from "./many.ts";
import { Arena, assemble, bytesOf, type Program, type Slot } from "./module.ts";
import { type Buffer, denseView } from "./view.ts";

export type { ManyOptions };

/**
 * The `wasm` executor: a whole program as WebAssembly loops over its own memory, without calls per operation. It suits
 * small programs, where everything else costs more than the arithmetic, and runs in browsers as in Node.
 */

interface Built {
  readonly program: Program;
  readonly kernels: readonly Kernel[];
}

/** Compiles a graph. Its first inputs are the carry, at fixed places; so are the first outputs, the next carry. */
function build(
  graph: Graph,
  arena: Arena,
  carry: readonly Buffer[],
  name: string,
  updatesCarry: boolean,
): Built {
  const moving = graph.inputs.slice(carry.length);
  const buffer = (v: { dtype: Buffer["dtype"]; shape: readonly number[] }, slot?: number): Buffer => ({
    dtype: v.dtype,
    size: sizeOf(v.shape),
    ...(slot === undefined ? {} : { slot }),
  });
  const inputs = new Map<Value, Buffer>(
    graph.inputs.map((v, i) => [v, carry[i] ?? buffer(v, i - carry.length)]),
  );
  const constants = new Map<Value, Buffer>();
  for (const [value, tensor] of graph.constants) {
    const held = buffer(value);
    place(arena, held);
    arena.view(held.dtype, held.address as number, held.size).set(tensor.data);
    constants.set(value, held);
  }
  const iotas = new Map<number, Buffer>();
  const iota = (length: number): Buffer => {
    const found = iotas.get(length);
    if (found) return found;
    const held: Buffer = { dtype: "uint32", size: length };
    place(arena, held);
    arena.view("uint32", held.address as number, length).forEach((_, i, all) => {
      all[i] = i;
    });
    iotas.set(length, held);
    return held;
  };
  const nextCount = updatesCarry ? carry.length : 0;
  const outputs = graph.outputs.map((v, i) =>
    buffer(v, i < nextCount ? undefined : moving.length + i - nextCount),
  );
  const kernels = schedule(lowerGraph(graph, { inputs, constants, outputs, iota }, name), new Set(outputs));

  // The next carry takes the place of the current one where that is safe, and is copied there at the end otherwise.
  const canOverwrite = overwriting(kernels);
  const copies: Kernel[] = [];
  for (let i = 0; i < nextCount; i++) {
    const [current, next] = [carry[i] as Buffer, outputs[i] as Buffer];
    if (canOverwrite(current, next)) next.address = current.address as number;
    else
      copies.push(
        elementwise([next.size], denseView(current, [next.size]), load(denseView(next, [next.size]))),
      );
  }
  const all = [...kernels, ...copies];
  for (const kernel of all) {
    for (const x of [...readsOf(kernel), ...writesOf(kernel)]) {
      if (x.slot === undefined && x.address === undefined) place(arena, x);
    }
  }
  const program = assemble(arena, all, moving.length, graph.outputs.length - nextCount);
  return { program, kernels: all };
}

const place = (arena: Arena, buffer: Buffer) => {
  buffer.address = arena.allocate(bytesOf(buffer.dtype, buffer.size));
};

/** Copies tensors to transient memory, runs, and copies the outputs out. */
function execute(
  arena: Arena,
  { program }: Built,
  inputs: readonly Tensor[],
  outputs: readonly LeafSpec[],
  many: { steps: number; every: number; moves: readonly boolean[] },
): Tensor[] {
  const records = Math.ceil(many.steps / many.every);
  const sizes = [
    ...inputs.map((x) => bytesOf(x.dtype, x.data.length)),
    ...outputs.map((x) => bytesOf(x.dtype, sizeOf(x.shape) * records)),
  ];
  const addresses = arena.transient(sizes);
  const slots = sizes.map((bytes, i): Slot => {
    const moves = i < inputs.length ? many.moves[i] : true;
    const count = i < inputs.length ? many.steps : records;
    return { address: addresses[i] as number, stride: moves && count > 0 ? bytes / count : 0 };
  });
  inputs.forEach((x, i) => {
    arena.view(x.dtype, addresses[i] as number, x.data.length).set(x.data);
  });
  program.run(many.steps, many.every, slots.slice(0, inputs.length), slots.slice(inputs.length));
  return outputs.map((x, i) => {
    const kept = Math.floor(many.steps / many.every);
    const length = sizeOf(x.shape) * kept;
    const data = arena.view(x.dtype, addresses[inputs.length + i] as number, length);
    return new Tensor(x.dtype, [kept, ...x.shape], data.slice() as Tensor["data"]);
  });
}

const once = (inputs: number) => ({ steps: 1, every: 1, moves: new Array<boolean>(inputs).fill(false) });

/** Drops the leading axis of records. */
const single = (tensors: readonly Tensor[]): Tensor[] =>
  tensors.map((x) => new Tensor(x.dtype, x.shape.slice(1), x.data));

const describe = (name: string, { kernels }: Built, arena: Arena): string =>
  [
    `${name}: ${kernels.length} parts, ${arena.memory.buffer.byteLength} bytes of memory`,
    ...kernels.map((kernel) => `  ${formatKernel(kernel)}`),
  ].join("\n");

export function compileWasm<F extends ArrayFunction>(fn: F, exampleArgs: unknown, name: string): Compiled<F> {
  const spec = specOf(exampleArgs, name);
  const traced = trace(fn, spec, name);
  const arena = new Arena();
  const built = build(simplify(traced.graph), arena, [], name, false);
  let disposed = false;
  return {
    async run(...args) {
      if (disposed) throw new Error(`${name}: used after dispose()`);
      const inputs = checkTree(args, spec, name);
      const outputs = execute(arena, built, inputs, traced.outLeaves, once(inputs.length));
      return tree.unflatten(traced.outTree, single(outputs)) as JsTree<Tensor> as Tensors<ReturnType<F>>;
    },
    explain: () => describe(name, built, arena),
    async dispose() {
      disposed = true;
    },
  };
}

/** A step whose loop over many steps runs inside WebAssembly. */
export interface WasmStep<F extends StepFunction> extends CompiledStep<F> {
  /**
   * Runs many steps. An input leaf either has the example's shape, and is the same in every step, or one more leading
   * axis K: step k takes its k-th part. All leading axes agree.
   *
   * @returns the outputs with a leading axis: those of every `every`-th step (default 1).
   * @throws TypeError naming the leaf when a shape does not fit; RangeError when the number of steps is not known.
   */
  runMany(inputs: StepInputs<F>, options?: ManyOptions): Promise<Tensors<ReturnType<F>[1]>>;
}

export function compileStepWasm<F extends StepFunction>(
  fn: F,
  exampleCarry: unknown,
  exampleInputs: unknown,
  name: string,
): WasmStep<F> {
  const carrySpec = specOf(exampleCarry, `${name} carry`);
  const inputSpec = specOf(exampleInputs, name);
  const traced = trace(fn, specOf([exampleCarry, ...(exampleInputs as unknown[])], name), name);
  const arena = new Arena();
  const carry = carrySpec.leaves.map((leaf): Buffer => ({ dtype: leaf.dtype, size: sizeOf(leaf.shape) }));
  for (const x of carry) place(arena, x);
  const held = (i: number) => {
    const { dtype, address, size } = carry[i] as Buffer;
    return arena.view(dtype, address as number, size);
  };
  const write = (tensors: readonly Tensor[]) => {
    tensors.forEach((x, i) => {
      held(i).set(x.data);
    });
  };
  write(checkTree(exampleCarry, carrySpec, name));
  const count = carry.length;
  checkCarry(traced.outLeaves.slice(0, count), carrySpec.leaves, name);
  const built = build(simplify(traced.graph), arena, carry, name, true);
  const outLeaves = traced.outLeaves.slice(count);
  const outTree = traced.outTree.childTreedefs[1] as tree.JsTreeDef;
  let disposed = false;
  const check = () => {
    if (disposed) throw new Error(`${name}: used after dispose()`);
  };
  type Out = Tensors<ReturnType<F>[1]>;
  return {
    async run(...inputs) {
      check();
      const tensors = checkTree(inputs, inputSpec, name);
      const outputs = execute(arena, built, tensors, outLeaves, once(tensors.length));
      return tree.unflatten(outTree, single(outputs)) as JsTree<Tensor> as Out;
    },
    async runMany(inputs, options = {}) {
      check();
      const { tensors, ...many } = checkMany(inputs, inputSpec, options, name);
      return tree.unflatten(
        outTree,
        execute(arena, built, tensors, outLeaves, many),
      ) as JsTree<Tensor> as Out;
    },
    async readCarry() {
      check();
      const tensors = carrySpec.leaves.map(
        ({ dtype, shape }, i) => new Tensor(dtype, shape, held(i).slice() as Tensor["data"]),
      );
      return tree.unflatten(carrySpec.structure, tensors) as JsTree<Tensor> as Tensors<Carry<F>>;
    },
    writeCarry(next) {
      check();
      write(checkTree(next, carrySpec, `${name} carry`));
    },
    async derive<G extends ArrayFunction>(
      derived: G,
      example: StepInputs<G>,
      options: { name?: string } = {},
    ): Promise<Derived<G>> {
      check();
      const own = options.name ?? derived.name;
      const spec = specOf(example, own);
      const part = trace(derived, specOf([exampleCarry, ...(example as unknown[])], own), own);
      const program = build(simplify(part.graph), arena, carry, own, false);
      let gone = false;
      return {
        async run(...inputs) {
          if (gone || disposed) throw new Error(`${own}: used after dispose()`);
          const tensors = checkTree(inputs, spec, own);
          const outputs = execute(arena, program, tensors, part.outLeaves, once(tensors.length));
          return tree.unflatten(part.outTree, single(outputs)) as JsTree<Tensor> as Tensors<ReturnType<G>>;
        },
        explain: () => describe(own, program, arena),
        async dispose() {
          gone = true;
        },
      };
    },
    explain: () => describe(name, built, arena),
    async dispose() {
      disposed = true;
    },
  };
}

function checkCarry(next: readonly LeafSpec[], current: readonly LeafSpec[], name: string): void {
  current.forEach((want, i) => {
    const got = next[i];
    if (got?.dtype !== want.dtype || String(got.shape) !== String(want.shape)) {
      throw new TypeError(
        `${name}: the step returns ${got?.dtype}[${got?.shape}] for the carry's ${want.path}, which is ${want.dtype}[${want.shape}]`,
      );
    }
  });
}
