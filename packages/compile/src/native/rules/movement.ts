import type { Node, Operand, Value } from "../../graph.ts";
import { scalar } from "../../tensor.ts";
import { type Context, operandAs, type Rule } from "../context.ts";
import { rowMajor } from "../layout.ts";
import { broadcast, contiguous, type Factor, reshape, shapeOf, transpose, type View } from "../view.ts";

/** Primitives that move elements without arithmetic. */

const operand = (node: Node): Operand => node.inputs[0] as Operand;
const result = (node: Node): Value => node.outputs[0] as Value;
const source = (node: Node, ctx: Context): View => operandAs(ctx, operand(node), result(node).dtype);

/** Reshape, or reshape of a row-major copy when the factors cannot be regrouped. */
export function reshapeView(ctx: Context, view: View, shape: readonly number[]): View {
  return reshape(view, shape) ?? contiguous(rowMajor(ctx.b, view), shape);
}

/**
 * Applies an operator that works axis by axis, on the memory's own axes where it can: `dims` are the logical dimensions
 * that it touches; `apply` gets their axes in the stored tensor and the new sizes, and returns the new tensor.
 */
function alongAxes(
  ctx: Context,
  source: View,
  dims: readonly number[],
  newSizes: readonly number[],
  apply: (tensor: string, axes: readonly number[], shape: readonly number[]) => string,
): View {
  const simple = dims.every((d) => {
    const factors = source.dims[d] as readonly Factor[];
    return (
      factors.length === 1 && (factors[0] as Factor).at >= 0 && (newSizes[dims.indexOf(d)] as number) > 1
    );
  });
  if (!simple) {
    const shape = shapeOf(source);
    const out = shape.map((s, d) => (dims.includes(d) ? (newSizes[dims.indexOf(d)] as number) : s));
    return contiguous(apply(rowMajor(ctx.b, source), dims, out), out);
  }
  const axes = dims.map((d) => source.dims[d]![0]!.at);
  const memory = source.memory.map((s, i) => (axes.includes(i) ? (newSizes[axes.indexOf(i)] as number) : s));
  const tensor = apply(ctx.b.reshape(source.tensor, source.memory), axes, memory);
  const rename = (f: Factor): Factor => (f.at < 0 ? f : { size: memory[f.at] as number, at: f.at });
  return { tensor, memory, dims: source.dims.map((dim) => dim.map(rename)) };
}

const shrink: Rule = (node, ctx) => {
  const slice = node.params.slice as readonly (readonly [number, number])[];
  const view = source(node, ctx);
  const shape = operand(node).shape;
  const dims = shape.map((_, d) => d).filter((d) => slice[d]?.[0] !== 0 || slice[d]?.[1] !== shape[d]);
  const sizes = dims.map(
    (d) => (slice[d] as readonly [number, number])[1] - (slice[d] as readonly [number, number])[0],
  );
  const { b } = ctx;
  const cut = (tensor: string, axes: readonly number[], out: readonly number[]) =>
    b.node(
      "Slice",
      [
        tensor,
        b.ints(dims.map((d) => slice[d]?.[0] as number)),
        b.ints(dims.map((d) => slice[d]?.[1] as number)),
        b.ints(axes),
      ],
      out,
    );
  ctx.define(result(node), alongAxes(ctx, view, dims, sizes, cut));
};

const flip: Rule = (node, ctx) => {
  const dims = (node.params.axis as readonly number[]).filter((d) => operand(node).shape[d] !== 1);
  const { b } = ctx;
  const reverse = (tensor: string, axes: readonly number[], out: readonly number[]) =>
    b.node(
      "Slice",
      [
        tensor,
        b.ints(axes.map(() => -1)),
        b.ints(axes.map(() => -2147483648)),
        b.ints(axes),
        b.ints(axes.map(() => -1)),
      ],
      out,
    );
  const sizes = dims.map((d) => operand(node).shape[d] as number);
  ctx.define(
    result(node),
    dims.length === 0 ? source(node, ctx) : alongAxes(ctx, source(node, ctx), dims, sizes, reverse),
  );
};

const pad: Rule = (node, ctx) => {
  const width = node.params.width as readonly (readonly [number, number])[];
  const x = operand(node);
  const dims = x.shape.map((_, d) => d).filter((d) => width[d]?.[0] !== 0 || width[d]?.[1] !== 0);
  const sizes = dims.map((d) => result(node).shape[d] as number);
  const { b } = ctx;
  const before = dims.map((d) => width[d]?.[0] as number);
  const after = dims.map((d) => width[d]?.[1] as number);
  const enlarge = (tensor: string, axes: readonly number[], out: readonly number[]) =>
    b.node(
      "Pad",
      [tensor, b.ints([...before, ...after]), b.constant(scalar(0, result(node).dtype)), b.ints(axes)],
      out,
    );
  ctx.define(result(node), alongAxes(ctx, source(node, ctx), dims, sizes, enlarge));
};

const concatenate: Rule = (node, ctx) => {
  const tensors = node.inputs.map((x) => rowMajor(ctx.b, operandAs(ctx, x, result(node).dtype)));
  const out = result(node);
  const axis = node.params.axis as number;
  ctx.define(out, contiguous(ctx.b.node("Concat", tensors, out.shape, { axis }), out.shape));
};

const split: Rule = (node, ctx) => {
  const { b } = ctx;
  const tensor = rowMajor(b, source(node, ctx));
  const sizes = b.ints(node.params.sizes as readonly number[]);
  const shapes = node.outputs.map((v) => v.shape);
  const parts = b.nodeMany("Split", [tensor, sizes], shapes, { axis: node.params.axis as number });
  node.outputs.forEach((v, i) => {
    ctx.define(v, contiguous(parts[i] as string, v.shape));
  });
};

export const movementRules: Record<string, Rule> = {
  transpose: (node, ctx) =>
    ctx.define(result(node), transpose(source(node, ctx), node.params.perm as readonly number[])),
  broadcast: (node, ctx) =>
    ctx.define(
      result(node),
      broadcast(source(node, ctx), result(node).shape, node.params.axis as readonly number[]),
    ),
  reshape: (node, ctx) => ctx.define(result(node), reshapeView(ctx, source(node, ctx), result(node).shape)),
  shrink,
  flip,
  pad,
  concatenate,
  split,
};
