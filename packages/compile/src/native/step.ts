import { type JsTree, tree } from "@jax-js/jax";
import { matchCarry } from "../carry.ts";
import { explain } from "../explain.ts";
import {
  type ArrayFunction,
  type Carry,
  type CompiledStep,
  checkTree,
  type Derived,
  type NativeOptions,
  type StepFunction,
  type StepInputs,
  specOf,
  withCarry,
} from "../program.ts";
import { located } from "../refusal.ts";
import { Tensor, type Tensors } from "../tensor.ts";
import { trace } from "../trace.ts";
import { openFunction } from "./function.ts";
import { createMachine } from "./machine.ts";
import { optimizeNative } from "./recognize/index.ts";
import { allocate } from "./session.ts";

/** A training step whose carry stays in the arena from run to run. */
export async function compileStepNative<F extends StepFunction>(
  fn: F,
  exampleCarry: unknown,
  exampleInputs: unknown,
  name: string,
  native: NativeOptions,
): Promise<CompiledStep<F>> {
  const carrySpec = specOf(exampleCarry, `${name} carry`);
  const inputSpec = specOf(exampleInputs, name);
  const initial = checkTree(exampleCarry, carrySpec, `${name} carry`);
  const step = matchCarry(fn, carrySpec, name);
  const traced = trace(step, withCarry(carrySpec, inputSpec), name);
  const count = carrySpec.leaves.length;
  const machine = await located(traced, () =>
    createMachine(optimizeNative(traced.graph, name), count, name, native),
  );
  copy(initial, machine.carry);

  let disposed = false;
  const check = () => {
    if (disposed) throw new Error(`${name}: used after dispose()`);
  };
  const outSpec = traced.outLeaves.slice(count);
  const outTree = traced.outTree.childTreedefs[1] as tree.JsTreeDef;
  return {
    async run(...args) {
      check();
      copy(checkTree(args, inputSpec, name), machine.inputs);
      await machine.compute();
      const outputs = allocate(outSpec);
      copy(machine.results, outputs);
      machine.advance();
      return tree.unflatten(outTree, outputs) as JsTree<Tensor> as Tensors<ReturnType<F>[1]>;
    },
    async readCarry() {
      check();
      const copies = machine.carry.map((x) => new Tensor(x.dtype, x.shape, x.data.slice()));
      return tree.unflatten(carrySpec.structure, copies) as JsTree<Tensor> as Tensors<Carry<F>>;
    },
    writeCarry(next) {
      check();
      copy(checkTree(next, carrySpec, `${name} carry`), machine.carry);
    },
    async derive<G extends ArrayFunction>(
      derived: G,
      example: StepInputs<G>,
      options: { name?: string } = {},
    ): Promise<Derived<G>> {
      check();
      const own = options.name ?? (derived.name || "derived");
      const spec = specOf(example, own);
      const part = trace(derived, withCarry(carrySpec, spec), own);
      const program = await located(part, () =>
        openFunction(optimizeNative(part.graph, own), own, { threads: native.threads }),
      );
      let gone = false;
      return {
        async run(...inputs) {
          check();
          if (gone) throw new Error(`${own}: used after dispose()`);
          const outputs = allocate(part.outLeaves);
          await program.run([...machine.carry, ...checkTree(inputs, spec, own)], outputs);
          return tree.unflatten(part.outTree, outputs) as JsTree<Tensor> as Tensors<ReturnType<G>>;
        },
        plan: program.plan,
        explain: () => explain(program.plan()),
        async dispose() {
          if (!gone) await program.release();
          gone = true;
        },
      };
    },
    plan: machine.plan,
    explain: () => explain(machine.plan()),
    async dispose() {
      if (disposed) return;
      disposed = true;
      await machine.release();
    },
  };
}

function copy(from: readonly Tensor[], to: readonly Tensor[]): void {
  to.forEach((x, i) => {
    x.data.set(from[i]?.data as never);
  });
}
