import { type JsTree, jit, type numpy as np, tree } from "@jax-js/jax";
import { matchCarry } from "../carry.ts";
import { explain, type Plan } from "../explain.ts";
import {
  type ArrayFunction,
  type ArrayTree,
  type Carry,
  type Compiled,
  type CompiledStep,
  checkTree,
  type Derived,
  type StepFunction,
  type StepInputs,
  specOf,
} from "../program.ts";
import { asDType, Tensor, type Tensors, type TypedArray, toArray } from "../tensor.ts";

/** The `jax` executor: jax-js's own jit on its default device (wasm or WebGPU). Runs wherever jax-js runs. */

async function toHost(result: ArrayTree): Promise<JsTree<Tensor>> {
  const [arrays, structure] = tree.flatten<np.Array>(result);
  const tensors: Tensor[] = [];
  for (const x of arrays) {
    const dtype = asDType(x.dtype, "jax executor");
    const shape = [...x.shape];
    const data = await x.data();
    tensors.push(new Tensor(dtype, shape, dtype === "bool" ? Uint8Array.from(data) : (data as TypedArray)));
  }
  return tree.unflatten(structure, tensors);
}

const toDevice = (tensors: readonly Tensor[]): np.Array[] => tensors.map(toArray);

const planOf = (name: string): Plan => ({
  name,
  executor: "jax",
  segments: [{ kind: "jit", description: "one jax-js jit program" }],
});

function disposedError(name: string): Error {
  return new Error(`${name}: used after dispose()`);
}

export function compileJax<F extends ArrayFunction>(fn: F, exampleArgs: unknown, name: string): Compiled<F> {
  const spec = specOf(exampleArgs, name);
  const jitted = jit(fn as ArrayFunction);
  let disposed = false;
  return {
    async run(...args) {
      if (disposed) throw disposedError(name);
      const arrays = toDevice(checkTree(args, spec, name));
      const result = jitted(...(tree.unflatten(spec.structure, arrays) as ArrayTree[]));
      return (await toHost(result)) as Tensors<ReturnType<F>>;
    },
    plan: () => planOf(name),
    explain: () => explain(planOf(name)),
    async dispose() {
      if (!disposed) jitted.dispose();
      disposed = true;
    },
  };
}

export function compileStepJax<F extends StepFunction>(
  fn: F,
  exampleCarry: unknown,
  exampleInputs: unknown,
  name: string,
): CompiledStep<F> {
  const carrySpec = specOf(exampleCarry, `${name} carry`);
  const inputSpec = specOf(exampleInputs, name);
  const jitted = jit(matchCarry(fn, carrySpec, name));
  let carry = tree.unflatten(
    carrySpec.structure,
    toDevice(checkTree(exampleCarry, carrySpec, name)),
  ) as ArrayTree;
  let disposed = false;
  const check = () => {
    if (disposed) throw disposedError(name);
  };
  const arrange = (inputs: unknown, spec = inputSpec) =>
    tree.unflatten(spec.structure, toDevice(checkTree(inputs, spec, name))) as ArrayTree[];
  return {
    async run(...inputs) {
      check();
      const args = arrange(inputs);
      const [next, out] = jitted(tree.ref(carry), ...args) as [ArrayTree, ArrayTree];
      tree.dispose(carry);
      carry = next;
      return (await toHost(out)) as Tensors<ReturnType<F>[1]>;
    },
    async readCarry() {
      check();
      return (await toHost(tree.ref(carry))) as Tensors<Carry<F>>;
    },
    writeCarry(next) {
      check();
      const tensors = checkTree(next, carrySpec, `${name} carry`);
      tree.dispose(carry);
      carry = tree.unflatten(carrySpec.structure, toDevice(tensors)) as ArrayTree;
    },
    async derive<G extends ArrayFunction>(
      derivedFn: G,
      example: StepInputs<G>,
      options: { name?: string } = {},
    ): Promise<Derived<G>> {
      check();
      const spec = specOf(example, options.name ?? derivedFn.name);
      const derived = jit(derivedFn as ArrayFunction);
      let gone = false;
      return {
        async run(...inputs) {
          if (gone || disposed) throw disposedError(options.name ?? derivedFn.name);
          const out = derived(tree.ref(carry), ...arrange(inputs, spec));
          return (await toHost(out)) as Tensors<ReturnType<G>>;
        },
        plan: () => planOf(options.name ?? derivedFn.name),
        explain: () => explain(planOf(options.name ?? derivedFn.name)),
        async dispose() {
          if (!gone) derived.dispose();
          gone = true;
        },
      };
    },
    plan: () => planOf(name),
    explain: () => explain(planOf(name)),
    async dispose() {
      if (disposed) return;
      disposed = true;
      jitted.dispose();
      tree.dispose(carry);
    },
  };
}
