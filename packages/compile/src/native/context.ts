import { isLiteral, type Node, type Operand, type Value } from "../graph.ts";
import type { DType } from "../tensor.ts";
import { type OnnxBuilder, onnxType } from "./onnx.ts";
import { contiguous, type View } from "./view.ts";

/** What the lowering rules share while one graph becomes one ONNX model. */
export interface Context {
  readonly b: OnnxBuilder;
  /** Only standard ONNX operators may be used. */
  readonly portable: boolean;
  /** Channels that blocked convolutions keep together; 0 where there are none. */
  readonly block: number;
  /** The view of a value, or of a literal as a scalar constant. */
  view(x: Operand): View;
  /** Records the view of a value that a rule computed. */
  define(value: Value, view: View): void;
  producer(x: Operand): Node | undefined;
  /** The nodes that read a value; undefined entries never occur. An output of the graph counts as no node. */
  consumers(x: Operand): readonly Node[];
  /** True when the value is an output of the graph. */
  isOutput(x: Operand): boolean;
}

/** Lowers one node: reads its operands' views and defines its outputs' views. */
export type Rule = (node: Node, ctx: Context) => void;

/** The single node that reads a value which nothing else needs. */
export function onlyConsumer(ctx: Context, x: Operand): Node | undefined {
  const readers = ctx.consumers(x);
  return readers.length === 1 && !ctx.isOutput(x) ? readers[0] : undefined;
}

/** Casts a view to another dtype; the layout stays. */
export function cast(ctx: Context, view: View, from: DType, to: DType, code: number): View {
  if (from === to) return view;
  return { ...view, tensor: ctx.b.node("Cast", [view.tensor], ctx.b.shape(view.tensor), { to: code }) };
}

/**
 * A node's operand in the dtype that the node computes in. Simplification puts literals of a narrower type in the place
 * of values, and jax-js promotes operands of different types.
 */
export const operandAs = (ctx: Context, x: Operand, dtype: DType): View =>
  cast(ctx, literalView(ctx, x, dtype), isLiteral(x) ? dtype : x.dtype, dtype, onnxType(dtype));

/** A literal, or a value, as a scalar constant of the given dtype when it is a literal. */
export function literalView(ctx: Context, x: Operand, dtype: DType): View {
  return isLiteral(x) ? contiguous(ctx.b.scalar(x.literal, dtype), []) : ctx.view(x);
}
