import { type JsTree, tree } from "@jax-js/jax";
import { matchCarry } from "../carry.ts";
import { explain } from "../explain.ts";
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
  withCarry,
} from "../program.ts";
import { located } from "../refusal.ts";
import { simplify } from "../simplify.ts";
import { sizeOf, Tensor, type Tensors } from "../tensor.ts";
import { type Traced, trace } from "../trace.ts";
import { Arena, Region } from "./arena.ts";
import { type Built, build, execute, executeOnce, place, planOf } from "./build.ts";
import { checkMany, type ManyOptions } from "./many.ts";
import type { Buffer } from "./view.ts";

export type { ManyOptions };

/**
 * The `wasm` executor: a whole program as WebAssembly loops over its own memory, without calls per operation. It suits
 * small programs, where everything else costs more than the arithmetic, and runs in browsers as in Node.
 */

/** Holds a program until it is disposed; then its memory can be collected. */
function holder<T>(held: T, name: string): { get(): T; drop(): T | undefined } {
  let current: T | undefined = held;
  return {
    get() {
      if (current === undefined) throw new Error(`${name}: used after dispose()`);
      return current;
    },
    drop() {
      const last = current;
      current = undefined;
      return last;
    },
  };
}

/** Compiles a traced graph; like `placeLeaves`, not a closure of the step. */
const buildTraced = (
  traced: Traced,
  region: Region,
  carry: readonly Buffer[],
  name: string,
  updatesCarry: boolean,
): Promise<Built> => located(traced, () => build(simplify(traced.graph), region, carry, name, updatesCarry));

/** Not a closure of the step: closures would keep the region alive after disposal. */
const placeLeaves = (leaves: readonly LeafSpec[], region: Region): Buffer[] =>
  leaves.map(({ dtype, shape }) => place(region, { dtype, size: sizeOf(shape) }));

const arrange = (structure: tree.JsTreeDef, tensors: readonly Tensor[]): JsTree<Tensor> =>
  tree.unflatten(structure, tensors);

export async function compileWasm<F extends ArrayFunction>(
  fn: F,
  exampleArgs: unknown,
  name: string,
): Promise<Compiled<F>> {
  const spec = specOf(exampleArgs, name);
  const traced = trace(fn, spec, name);
  const built = await buildTraced(traced, new Region(new Arena()), [], name, false);
  const program = holder(built, name);
  return {
    async run(...args) {
      const outputs = executeOnce(program.get(), checkTree(args, spec, name), traced.outLeaves);
      return arrange(traced.outTree, outputs) as Tensors<ReturnType<F>>;
    },
    plan: () => planOf(name, program.get()),
    explain: () => explain(planOf(name, program.get())),
    async dispose() {
      program.drop();
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

export async function compileStepWasm<F extends StepFunction>(
  fn: F,
  exampleCarry: unknown,
  exampleInputs: unknown,
  name: string,
): Promise<WasmStep<F>> {
  const carrySpec = specOf(exampleCarry, `${name} carry`);
  const inputSpec = specOf(exampleInputs, name);
  const first = checkTree(exampleCarry, carrySpec, name);
  const stepped = matchCarry(fn, carrySpec, name);
  const traced = trace(stepped, withCarry(carrySpec, inputSpec), name);
  const outLeaves = traced.outLeaves.slice(first.length);
  const outTree = traced.outTree.childTreedefs[1] as tree.JsTreeDef;

  const region = new Region(new Arena());
  const carry = placeLeaves(carrySpec.leaves, region);
  const built = await buildTraced(traced, region, carry, name, true);
  const step = holder(built, name);
  const memoryOf = ({ region }: Built, { dtype, address, size }: Buffer) =>
    region.arena.view(dtype, address as number, size);
  const write = (tensors: readonly Tensor[]) => {
    tensors.forEach((x, i) => {
      memoryOf(step.get(), carry[i] as Buffer).set(x.data);
    });
  };
  write(first);
  type Out = Tensors<ReturnType<F>[1]>;
  return {
    async run(...inputs) {
      const outputs = executeOnce(step.get(), checkTree(inputs, inputSpec, name), outLeaves);
      return arrange(outTree, outputs) as Out;
    },
    async runMany(inputs, options = {}) {
      const built = step.get();
      const { tensors, ...many } = checkMany(inputs, inputSpec, options, name);
      return arrange(outTree, execute(built, tensors, outLeaves, many)) as Out;
    },
    async readCarry() {
      const tensors = carrySpec.leaves.map(({ dtype, shape }, i) => {
        const data = memoryOf(step.get(), carry[i] as Buffer).slice() as Tensor["data"];
        return new Tensor(dtype, shape, data);
      });
      return arrange(carrySpec.structure, tensors) as Tensors<Carry<F>>;
    },
    writeCarry(next) {
      step.get();
      write(checkTree(next, carrySpec, `${name} carry`));
    },
    async derive<G extends ArrayFunction>(
      derived: G,
      example: StepInputs<G>,
      options: { name?: string } = {},
    ): Promise<Derived<G>> {
      const ownRegion = new Region(step.get().region.arena);
      const own = options.name ?? derived.name;
      const spec = specOf(example, own);
      const part = trace(derived, withCarry(carrySpec, spec), own);
      const built = await buildTraced(part, ownRegion, carry, own, false);
      const program = holder(built, own);
      return {
        async run(...inputs) {
          step.get();
          const outputs = executeOnce(program.get(), checkTree(inputs, spec, own), part.outLeaves);
          return arrange(part.outTree, outputs) as Tensors<ReturnType<G>>;
        },
        plan: () => planOf(own, program.get()),
        explain: () => explain(planOf(own, program.get())),
        async dispose() {
          program.drop()?.region.release();
        },
      };
    },
    plan: () => planOf(name, step.get()),
    explain: () => explain(planOf(name, step.get())),
    async dispose() {
      step.drop();
    },
  };
}
