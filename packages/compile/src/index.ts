export { compile, compileStep } from "./compile.ts";
export type {
  ArrayFunction,
  ArrayTree,
  Carry,
  Compiled,
  CompiledStep,
  CompileOptions,
  Derived,
  Executor,
  StepFunction,
  StepInputs,
} from "./program.ts";
export { initRuntime } from "./runtime.ts";
export {
  type DType,
  fromArray,
  scalar,
  Tensor,
  type Tensors,
  type TensorTree,
  type TypedArray,
  tensor,
  toArray,
  zeros,
} from "./tensor.ts";
