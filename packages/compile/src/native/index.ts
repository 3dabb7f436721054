import { type JsTree, tree } from "@jax-js/jax";
import {
  type ArrayFunction,
  type Compiled,
  type CompiledStep,
  checkTree,
  type StepFunction,
  specOf,
} from "../program.ts";
import { simplify } from "../simplify.ts";
import type { Tensor, Tensors } from "../tensor.ts";
import { trace } from "../trace.ts";
import { lower } from "./lower.ts";
import { allocate, createSession } from "./session.ts";

/** The `native` executor: ONNX Runtime, with elementwise updates in fused WebAssembly. Node only. */

export async function compileNative<F extends ArrayFunction>(
  fn: F,
  exampleArgs: unknown,
  name: string,
): Promise<Compiled<F>> {
  const spec = specOf(exampleArgs, name);
  const traced = trace(fn, spec, name);
  const lowered = lower(simplify(traced.graph), name);
  const session = await createSession(lowered, name);
  let disposed = false;
  return {
    async run(...args) {
      if (disposed) throw new Error(`${name}: used after dispose()`);
      const outputs = allocate(traced.outLeaves);
      await session.run(checkTree(args, spec, name), outputs);
      return tree.unflatten(traced.outTree, outputs) as JsTree<Tensor> as Tensors<ReturnType<F>>;
    },
    explain: () => {
      const counts = [...lowered.counts].sort((a, b) => b[1] - a[1]).map(([op, n]) => `${n} ${op}`);
      return `${name}: one ONNX Runtime graph (${counts.join(", ")})`;
    },
    async dispose() {
      if (!disposed) await session.release();
      disposed = true;
    },
  };
}

export async function compileStepNative<F extends StepFunction>(
  _fn: F,
  _carry: unknown,
  _inputs: unknown,
  name: string,
): Promise<CompiledStep<F>> {
  throw new Error(`${name}: the native executor is being built; use { executor: "jax" }`);
}
