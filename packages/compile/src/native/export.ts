import type { Value } from "../graph.ts";
import { type ArrayFunction, checkTree, leafPaths, specOf, type TensorArgs } from "../program.ts";
import { located } from "../refusal.ts";
import { initRuntime } from "../runtime.ts";
import { trace } from "../trace.ts";
import { lower } from "./lower.ts";
import { optimizeNative } from "./recognize/index.ts";

export interface ExportOptions {
  /** Name of the graph inside the file. Default: the function's name. */
  name?: string;
  /** Names of the model's inputs, one per array in the arguments after the first. Default: in0, in1, ... */
  inputs?: readonly string[];
  /** Names of the model's outputs. Default: out0, out1, ... */
  outputs?: readonly string[];
  /** Standard operators only, so that every ONNX runtime can read the file. Default true. */
  portable?: boolean;
}

/**
 * Writes a trained function as an ONNX model: `fn(params, ...inputs)` with the parameters stored inside, under the paths
 * that they have in their tree ("blocks[0].q"). Shapes, the batch size among them, are those of the arguments.
 *
 * @param args the trained parameters, then one example of every input.
 * @returns the bytes of a .onnx file.
 * @throws Error naming the primitive when the function uses one that has no ONNX form.
 */
export async function exportOnnx<F extends ArrayFunction>(
  fn: F,
  args: TensorArgs<Parameters<F>>,
  options: ExportOptions = {},
): Promise<Uint8Array> {
  await initRuntime();
  const name = options.name ?? (fn.name || "model");
  const [params, ...inputs] = args as unknown[];
  const spec = specOf(args, name);
  const weights = checkTree(params, specOf(params, name), name);
  const traced = trace(fn, spec, name);
  const { graph } = traced;
  const optimized = optimizeNative(graph, name);
  const stored = graph.inputs.slice(0, weights.length);
  const used = new Set<unknown>(optimized.nodes.flatMap((n) => n.inputs));
  const paths = leafPaths(params).map((path) => path || "params");
  const constants = [
    ...[...optimized.constants].map(([v, x], i) => ({ v, x, path: `constant${i}` })),
    ...stored.map((v, i) => ({ v, x: weights[i]!, path: paths[i]! })),
  ].filter(({ v }) => used.has(v));
  const program = {
    ...optimized,
    inputs: graph.inputs.slice(weights.length),
    constants: new Map<Value, (typeof weights)[number]>(constants.map(({ v, x }) => [v, x])),
  };
  const names = {
    ...(options.inputs && {
      inputs: checkNames(options.inputs, specOf(inputs, name).leaves.length, "input"),
    }),
    ...(options.outputs && { outputs: checkNames(options.outputs, graph.outputs.length, "output") }),
    constants: constants.map(({ path }) => path),
    portable: options.portable ?? true,
  };
  const { model } = await located(traced, () => lower(program, name, names));
  return model;
}

function checkNames(names: readonly string[], count: number, kind: string): readonly string[] {
  if (names.length !== count || new Set(names).size !== count) {
    throw new RangeError(`exportOnnx: ${count} distinct ${kind} names are needed, got [${names.join(", ")}]`);
  }
  return names;
}
