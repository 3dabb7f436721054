export { accumulateGradients } from "./accumulate.ts";
export { compile, compileStep, exportOnnx } from "./compile.ts";
export type { LiveTensors, Peak, Plan, PlanSegment } from "./explain.ts";
export type { ExportOptions } from "./native/export.ts";
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
export type { ManyOptions, WasmStep } from "./wasm/index.ts";
