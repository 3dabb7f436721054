import type { Node, Operand, Value } from "../graph.ts";
import type { DType } from "../tensor.ts";
import { rules } from "./lower.ts";

/**
 * What ONNX Runtime's CPU kernels lack, by primitive and dtype. Such nodes run as WebAssembly loops (`wasm/`) between
 * the graphs. test/primitives.test.ts runs every primitive in every dtype and so checks this table.
 */

/** Primitives that only move elements, which ONNX Runtime does for every dtype. */
export const moves: ReadonlySet<string> = new Set([
  "transpose",
  "reshape",
  "broadcast",
  "concatenate",
  "split",
  "stop_gradient",
  "cast",
  "gather",
]);

const missing: Partial<Record<DType, ReadonlySet<string>>> = {
  float64: new Set(["erf", "erfc", "asin", "atan", "conv"]),
  int32: new Set(["conv", "pool_transpose"]),
};

const typeOf = (node: Node): DType => {
  const reads = node.op === "compare" || node.op === "reduce" || node.op === "cast";
  return ((reads ? node.inputs.find((x) => !("literal" in x)) : undefined) ?? (node.outputs[0] as Value))
    .dtype;
};

/** True when the native executor must run a node outside ONNX Runtime. */
export function needsLoops(node: Node): boolean {
  if (rules[node.op] === undefined) return true;
  if (node.op === "conv" && (node.params.vmapDims as number) > 0) return true;
  if (node.inputs.some(isEmpty) || node.outputs.some(isEmpty)) return true;
  if (moves.has(node.op)) return false;
  const dtype = typeOf(node);
  return dtype === "uint32" || (missing[dtype]?.has(node.op) ?? false);
}

const isEmpty = (x: Operand): boolean => x.shape.some((d) => d === 0);
