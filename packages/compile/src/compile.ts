import { compileJax, compileStepJax } from "./jax/index.ts";
import type { ExportOptions } from "./native/export.ts";
import type {
  ArrayFunction,
  Carry,
  Compiled,
  CompiledStep,
  CompileOptions,
  Executor,
  NativeOptions,
  StepFunction,
  StepInputs,
  TensorArgs,
} from "./program.ts";
import { initRuntime } from "./runtime.ts";
import type { Tensors } from "./tensor.ts";
import { compileStepWasm, compileWasm, type WasmStep } from "./wasm/index.ts";

const isNode = typeof process !== "undefined" && process.versions?.node !== undefined;

function chooseExecutor(executor: Executor | undefined): Executor {
  const chosen = executor ?? (isNode ? "native" : "jax");
  if (chosen !== "native" && chosen !== "wasm" && chosen !== "jax") {
    throw new RangeError(`compile: unknown executor "${String(chosen)}"; expected "native", "wasm" or "jax"`);
  }
  if (chosen === "native" && !isNode) {
    throw new Error(`compile: the "native" executor needs Node; use "jax" or "wasm" in a browser`);
  }
  return chosen;
}

/** Throws a RangeError unless the number of threads and the limit of memory are positive whole numbers or absent. */
function checkNative({ threads, memory }: CompileOptions): NativeOptions {
  const isCount = (n: unknown) => Number.isSafeInteger(n) && (n as number) > 0;
  if (threads !== undefined && !isCount(threads)) {
    throw new RangeError(`compile: threads is ${threads}; expected a whole number of at least 1`);
  }
  if (memory !== undefined && memory !== "least" && !isCount(memory)) {
    throw new RangeError(`compile: memory is ${memory}; expected a whole number of bytes or "least"`);
  }
  return { threads, memory };
}

/**
 * Compiles an ordinary jax-js function for the shapes of its example arguments.
 *
 * @param fn a pure function on trees of jax-js arrays; it is traced once.
 * @param exampleArgs one tree of tensors (or jax-js arrays) per argument; only shapes and dtypes are used.
 * @throws TypeError when a leaf is not an array; an Error naming the primitive when the executor lacks one.
 */
export async function compile<F extends ArrayFunction>(
  fn: F,
  exampleArgs: TensorArgs<Parameters<F>>,
  options: CompileOptions = {},
): Promise<Compiled<F>> {
  const executor = chooseExecutor(options.executor);
  const native = checkNative(options);
  const name = options.name ?? (fn.name || "program");
  await initRuntime();
  if (executor === "jax") return compileJax(fn, exampleArgs, name);
  if (executor === "wasm") return compileWasm(fn, exampleArgs, name);
  const { compileNative } = await import("./native/index.ts");
  return compileNative(fn, exampleArgs, name, native);
}

/**
 * Compiles a step `(carry, ...inputs) => [carry, outputs]` and keeps the carry (parameters, optimizer state) in the
 * executor's own memory. The example carry is the initial one.
 */
export function compileStep<F extends StepFunction>(
  fn: F,
  exampleCarry: Tensors<Carry<F>>,
  exampleInputs: StepInputs<F>,
  options: CompileOptions & { executor: "wasm" },
): Promise<WasmStep<F>>;
export function compileStep<F extends StepFunction>(
  fn: F,
  exampleCarry: Tensors<Carry<F>>,
  exampleInputs: StepInputs<F>,
  options?: CompileOptions,
): Promise<CompiledStep<F>>;
export async function compileStep<F extends StepFunction>(
  fn: F,
  exampleCarry: Tensors<Carry<F>>,
  exampleInputs: StepInputs<F>,
  options: CompileOptions = {},
): Promise<CompiledStep<F>> {
  const executor = chooseExecutor(options.executor);
  const native = checkNative(options);
  const name = options.name ?? (fn.name || "step");
  await initRuntime();
  if (executor === "jax") return compileStepJax(fn, exampleCarry, exampleInputs, name);
  if (executor === "wasm") return compileStepWasm(fn, exampleCarry, exampleInputs, name);
  const { compileStepNative } = await import("./native/index.ts");
  return compileStepNative(fn, exampleCarry, exampleInputs, name, native);
}

/** Writes a trained function as an ONNX file; see `native/export.ts`. Node only. */
export async function exportOnnx<F extends ArrayFunction>(
  fn: F,
  args: TensorArgs<Parameters<F>>,
  options: ExportOptions = {},
): Promise<Uint8Array> {
  const native = await import("./native/export.ts");
  return native.exportOnnx(fn, args, options);
}
