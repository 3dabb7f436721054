import type { Operand, Value } from "../../graph.ts";
import type { DType } from "../../tensor.ts";
import { sizeOf } from "../../tensor.ts";
import { type Context, cast, onlyConsumer, operandAs, type Rule } from "../context.ts";
import { align, alignElementwise, arrange } from "../layout.ts";
import { onnxType } from "../onnx.ts";
import { type Factor, isContiguous, reshape, transpose, type View } from "../view.ts";
import { reduceView } from "./reduce.ts";

/**
 * jax-js's `dot` is sum(x * y, axis = -1) under broadcasting. Every axis is a batch axis (in both operands and the
 * result), an M axis (in x), an N axis (in y) or a K axis (summed): one matrix product, and a choice of orders in which
 * usually no operand has to be transposed.
 */

type Kind = "batch" | "m" | "n" | "k" | "free";

/** A matrix operand: its factors by kind, in memory order. */
export interface Matrix {
  readonly tensor: string;
  readonly transposed: boolean;
}

/** Brings a view to [...batch, rows, k] or [...batch, k, rows], whichever its memory is nearer to. */
function asMatrix(
  ctx: Context,
  view: View,
  batch: readonly number[],
  rows: readonly number[],
  k: readonly number[],
): Matrix {
  const size = (ats: readonly number[]) => sizeOf(ats.map((at) => view.memory[at] as number));
  const order = [...batch, ...rows, ...k];
  const swapped = [...batch, ...k, ...rows];
  const inOrder = (ats: readonly number[]) => ats.every((at, i) => at === i);
  const last = view.memory.length - 1;
  const transposed = !inOrder(order) && (inOrder(swapped) || (rows.at(-1) === last && k.at(-1) !== last));
  const lead = batch.map((at) => view.memory[at] as number);
  return transposed
    ? { tensor: arrange(ctx.b, view, swapped, [...lead, size(k), size(rows)]), transposed }
    : { tensor: arrange(ctx.b, view, order, [...lead, size(rows), size(k)]), transposed };
}

/** a [...batch, m, k] times b [...batch, n, k] transposed: a matrix product of shape [...batch, m, n]. */
export function matmul(
  ctx: Context,
  a: Matrix,
  c: Matrix,
  batch: readonly number[],
  m: number,
  n: number,
  dtype: DType,
  scale = 1,
): string {
  const { b } = ctx;
  const shape = [...batch, m, n];
  const transA = a.transposed ? 1 : 0;
  const transB = c.transposed ? 0 : 1;
  const isFloat = dtype === "float32" || dtype === "float64";
  const alpha = scale === 1 ? {} : { alpha: { float: scale } };
  if (batch.length === 0 && isFloat)
    return b.node("Gemm", [a.tensor, c.tensor], shape, { transA, transB, ...alpha });
  if (dtype === "float32" && (transA || transB || scale !== 1) && !ctx.portable) {
    return b.node("FusedMatMul", [a.tensor, c.tensor], shape, { transA, transB, ...alpha }, "com.microsoft");
  }
  const swap = (tensor: string) => {
    const s = b.shape(tensor);
    const axes = s.map((_, i) => i);
    const perm = [...axes.slice(0, -2), s.length - 1, s.length - 2];
    return b.node(
      "Transpose",
      [tensor],
      perm.map((p) => s[p] as number),
      { perm },
    );
  };
  const operands = [transA ? swap(a.tensor) : a.tensor, transB ? swap(c.tensor) : c.tensor];
  return times(ctx, b.node("MatMul", operands, shape), scale, dtype);
}

const times = ({ b }: Context, tensor: string, factor: number, dtype: DType): string =>
  factor === 1 ? tensor : b.node("Mul", [tensor, b.scalar(factor, dtype)], b.shape(tensor));

/** Follows a value through the moves that end at its only reader, and returns the view that arrives there. */
function arriving(ctx: Context, value: Value, view: View): View {
  let v = view;
  for (
    let x: Value = value, next = onlyConsumer(ctx, x);
    next;
    x = next.outputs[0] as Value, next = onlyConsumer(ctx, x)
  ) {
    const moved =
      next.op === "transpose"
        ? transpose(v, next.params.perm as readonly number[])
        : next.op === "reshape"
          ? reshape(v, (next.outputs[0] as Value).shape)
          : undefined;
    if (moved === undefined) break;
    v = moved;
  }
  return v;
}

function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const at = (s: readonly number[], d: number) => s[d - rank + s.length] ?? 1;
  return Array.from({ length: rank }, (_, d) => Math.max(at(a, d), at(b, d)));
}

const dot: Rule = (node, ctx) => {
  const out = node.outputs[0] as Value;
  const [x, y] = node.inputs as [Operand, Operand];
  const dtype: DType = out.dtype === "uint32" || out.dtype === "bool" ? "int32" : out.dtype;
  const load = (a: Operand) => operandAs(ctx, a, dtype);
  const view = dotViews(
    ctx,
    load(x),
    load(y),
    broadcastShape(x.shape, y.shape),
    dtype,
    (v) => isContiguous(arriving(ctx, out, v)),
    (node.params.scale as number | undefined) ?? 1,
  );
  ctx.define(out, cast(ctx, view, dtype, out.dtype, onnxType(out.dtype)));
};

/**
 * The dot of two views under the given broadcast shape (whose last axis is summed). `wanted` says whether a layout of
 * the result suits its reader; `scale` multiplies the result.
 */
export function dotViews(
  ctx: Context,
  xIn: View,
  yIn: View,
  shape: readonly number[],
  dtype: DType,
  wanted: (view: View) => boolean,
  scale = 1,
): View {
  const [x, y] = align(ctx.b, [xIn, yIn], shape) as [View, View];
  const last = shape.length - 1;
  const kx = x.dims[last] as readonly Factor[];
  const ky = y.dims[last] as readonly Factor[];
  // A summed axis that only one operand has is summed there first; one that neither has is a factor.
  const lone = (own: readonly Factor[], other: readonly Factor[]) =>
    own.some((f, i) => f.at >= 0 && (other[i] as Factor).at < 0);
  if (lone(kx, ky) || lone(ky, kx) || kx.some((f, i) => f.at < 0 && (ky[i] as Factor).at < 0)) {
    return dotUneven(ctx, x, y, shape, dtype, wanted, scale);
  }
  if (kx.length === 0) {
    const squeeze = (v: View): View => ({ ...v, dims: v.dims.slice(0, last) });
    const aligned = alignElementwise(ctx.b, [squeeze(x), squeeze(y)], shape.slice(0, last));
    return aligned.result(times(ctx, ctx.b.node("Mul", aligned.tensors, aligned.shape), scale, dtype));
  }

  const factors = x.dims
    .flat()
    .map((f, i) => ({ x: f.at, y: (y.dims.flat()[i] as Factor).at, size: f.size }));
  const firstK = factors.length - kx.length;
  const kinds: Kind[] = factors.map((f, i) =>
    i >= firstK ? "k" : f.x >= 0 && f.y >= 0 ? "batch" : f.x >= 0 ? "m" : f.y >= 0 ? "n" : "free",
  );
  const positions = (kind: Kind) => kinds.flatMap((k, i) => (k === kind ? [i] : []));
  const byX = (i: number, j: number) => (factors[i]?.x as number) - (factors[j]?.x as number);
  const byY = (i: number, j: number) => (factors[i]?.y as number) - (factors[j]?.y as number);
  // The larger operand decides the order inside the batch and the summed axes, so that it need not move.
  const larger = sizeOf(x.memory) >= sizeOf(y.memory) ? byX : byY;
  const batch = positions("batch").sort(larger);
  const k = positions("k").sort(larger);
  const m = positions("m").sort(byX);
  const n = positions("n").sort(byY);
  const at = (ps: readonly number[], side: "x" | "y") => ps.map((p) => factors[p]?.[side] as number);
  const size = (ps: readonly number[]) => sizeOf(ps.map((p) => factors[p]?.size as number));

  const describe = (order: readonly number[]): View => {
    let p = 0;
    return {
      tensor: "",
      memory: order.map((i) => factors[i]?.size as number),
      dims: x.dims.slice(0, last).map((dim) => dim.map((f) => ({ size: f.size, at: order.indexOf(p++) }))),
    };
  };
  const plain = describe([...batch, ...m, ...n]);
  const swapped = describe([...batch, ...n, ...m]);
  const useSwapped = !wanted(plain) && (wanted(swapped) || (isContiguous(swapped) && !isContiguous(plain)));
  const lead = batch.map((p) => factors[p]?.size as number);
  const left = asMatrix(ctx, x, at(batch, "x"), at(m, "x"), at(k, "x"));
  const right = asMatrix(ctx, y, at(batch, "y"), at(n, "y"), at(k, "y"));
  return useSwapped
    ? { ...swapped, tensor: matmul(ctx, right, left, lead, size(n), size(m), dtype, scale) }
    : { ...plain, tensor: matmul(ctx, left, right, lead, size(m), size(n), dtype, scale) };
}

/** The dot when the operands do not share every factor of the summed axis. */
function dotUneven(
  ctx: Context,
  x: View,
  y: View,
  shape: readonly number[],
  dtype: DType,
  wanted: (view: View) => boolean,
  scale: number,
): View {
  const last = shape.length - 1;
  const outer = shape.slice(0, last);
  const kx = x.dims[last] as readonly Factor[];
  const ky = y.dims[last] as readonly Factor[];
  // Make every factor of the summed axis a dimension of its own, and sum those that one side lacks on the other side.
  const spread = (v: View): View => ({
    ...v,
    dims: [...v.dims.slice(0, last), ...(v.dims[last] as Factor[]).map((f) => [f])],
  });
  const dims = kx.map((_, i) => last + i);
  const shared = dims.filter((d) => (kx[d - last] as Factor).at >= 0 && (ky[d - last] as Factor).at >= 0);
  const repeats = sizeOf(kx.filter((f, i) => f.at < 0 && (ky[i] as Factor).at < 0).map((f) => f.size));
  const fold = (v: View): View => {
    const own = spread(v);
    const lone = dims.filter((d) => !shared.includes(d) && own.dims[d]![0]!.at >= 0);
    const summed = reduceView(ctx, own, lone, "Add", dtype);
    // Drop the broadcast factors, gather the shared ones into one summed axis again.
    const rest = summed.dims.slice(last).filter((dim) => (dim[0] as Factor).at >= 0);
    return { ...summed, dims: [...summed.dims.slice(0, last), rest.flat()] };
  };
  const sizes = shared.map((d) => (kx[d - last] as Factor).size);
  const shapeLeft = [...outer, sizeOf(sizes)];
  return dotViews(ctx, fold(x), fold(y), shapeLeft, dtype, wanted, scale * repeats);
}

export const dotRules: Record<string, Rule> = { dot };
