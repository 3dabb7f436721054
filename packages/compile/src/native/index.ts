import type { ArrayFunction, Compiled, CompiledStep, StepFunction } from "../program.ts";

export async function compileNative<F extends ArrayFunction>(
  _fn: F,
  _args: unknown,
  name: string,
): Promise<Compiled<F>> {
  throw new Error(`${name}: the native executor is being built; use { executor: "jax" }`);
}
export async function compileStepNative<F extends StepFunction>(
  _fn: F,
  _carry: unknown,
  _inputs: unknown,
  name: string,
): Promise<CompiledStep<F>> {
  throw new Error(`${name}: the native executor is being built; use { executor: "jax" }`);
}
