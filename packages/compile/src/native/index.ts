import { type JsTree, tree } from "@jax-js/jax";
import { explain } from "../explain.ts";
import { type ArrayFunction, type Compiled, checkTree, type NativeOptions, specOf } from "../program.ts";
import { located } from "../refusal.ts";
import type { Tensor, Tensors } from "../tensor.ts";
import { trace } from "../trace.ts";
import { openFunction } from "./function.ts";
import { optimizeNative } from "./recognize/index.ts";
import { allocate } from "./session.ts";

export { compileStepNative } from "./step.ts";

/**
 * The `native` executor: ONNX Runtime, with elementwise updates in fused WebAssembly and what ONNX Runtime lacks as
 * WebAssembly loops. Node only.
 */
export async function compileNative<F extends ArrayFunction>(
  fn: F,
  exampleArgs: unknown,
  name: string,
  options: NativeOptions,
): Promise<Compiled<F>> {
  const spec = specOf(exampleArgs, name);
  const traced = trace(fn, spec, name);
  const program = await located(traced, () =>
    openFunction(optimizeNative(traced.graph, name), name, options),
  );
  let disposed = false;
  return {
    async run(...args) {
      if (disposed) throw new Error(`${name}: used after dispose()`);
      const outputs = allocate(traced.outLeaves);
      await program.run(checkTree(args, spec, name), outputs);
      return tree.unflatten(traced.outTree, outputs) as JsTree<Tensor> as Tensors<ReturnType<F>>;
    },
    plan: program.plan,
    explain: () => explain(program.plan()),
    async dispose() {
      if (!disposed) await program.release();
      disposed = true;
    },
  };
}
