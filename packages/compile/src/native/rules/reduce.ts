import type { Operand, Value } from "../../graph.ts";
import { type DType, tensor as hostTensor, sizeOf } from "../../tensor.ts";
import { type Context, cast, type Rule } from "../context.ts";
import { onnxType } from "../onnx.ts";
import { isTame } from "../recognize/tame.ts";
import type { Factor, View } from "../view.ts";
import { blockedMean } from "./blocked.ts";

/** Reductions, on the memory's own layout. */

const reducers: Record<string, string> = {
  Add: "ReduceSum",
  Mul: "ReduceProd",
  Max: "ReduceMax",
  Min: "ReduceMin",
};

/** Windows up to this side are pooled as images. */
const LARGEST_WINDOW = 8;

/**
 * Sums over windows are a matrix product with ones and zeros in rows of up to so many windows: six times
 * faster than ReduceSum on 28 x 28 images, and the product grows with the row.
 */
const WIDEST_ROW = 128;

/** Runs of kept elements shorter than this are slow to sum one by one: whole images are summed first. */
const SHORT_RUN = 64;

/**
 * Reduces logical dimensions of a view; they disappear from the result. `finite` permits products with zero beside the
 * sum's own terms.
 */
export function reduceView(
  ctx: Context,
  view: View,
  axis: readonly number[],
  op: string,
  dtype: DType,
  finite = false,
): View {
  const { b } = ctx;
  const reducer = reducers[op];
  if (reducer === undefined) throw new Error(`reduce: operation ${op} is not supported`);
  const dropped = axis.flatMap((d) => view.dims[d] as readonly Factor[]);
  const gone = new Set(dropped.filter((f) => f.at >= 0).map((f) => f.at));
  const repeats = sizeOf(dropped.filter((f) => f.at < 0).map((f) => f.size));

  // Neighbouring axes with the same fate are one axis: ONNX Runtime has fast paths for few alternations.
  const shape: number[] = [];
  const axes: number[] = [];
  view.memory.forEach((size, at) => {
    if (at > 0 && gone.has(at) === gone.has(at - 1))
      shape[shape.length - 1] = (shape.at(-1) as number) * size;
    else {
      if (gone.has(at)) axes.push(shape.length);
      shape.push(size);
    }
  });
  let tensor = b.reshape(view.tensor, shape);
  const [rows, kh, columns, kw] = shape as [number, number, number, number];
  // Two inner axes that alternate with kept ones are the windows of an image.
  const isImage =
    dtype === "float32" && axes.join() === "1,3" && kh <= LARGEST_WINDOW && kw <= LARGEST_WINDOW;
  if (isImage && op === "Max") {
    const image = b.reshape(tensor, [1, rows, kh, columns * kw]);
    const attributes = { kernel_shape: [kh, kw], strides: [kh, kw] };
    tensor = b.node("MaxPool", [image], [1, rows, 1, columns], attributes);
  } else if (isImage && op === "Add" && finite && columns <= WIDEST_ROW) {
    const row = kh * columns * kw;
    const image = b.reshape(tensor, [rows, row]);
    const windows = Float32Array.from({ length: row * columns }, (_, i) => {
      const column = Math.floor(i / columns) % (columns * kw);
      return Math.floor(column / kw) === i % columns ? 1 : 0;
    });
    tensor = b.node("Gemm", [image, b.constant(hostTensor(windows, [row, columns]))], [rows, columns]);
  } else if (axes.length > 0) {
    const [first] = view.memory as [number];
    if (
      gone.has(0) &&
      gone.size > 1 &&
      !axes.includes(shape.length - 1) &&
      (shape.at(-1) as number) < SHORT_RUN
    ) {
      const rest = [sizeOf(shape) / first];
      tensor = b.node(reducer, [b.reshape(view.tensor, [first, ...rest]), b.ints([0])], rest, {
        keepdims: 0,
      });
      shape[0] = (shape[0] as number) / first;
      if (shape[0] === 1) {
        shape.shift();
        axes.shift();
        axes.forEach((at, i) => {
          axes[i] = at - 1;
        });
      }
    }
    const kept = shape.filter((_, i) => !axes.includes(i));
    tensor = b.node(reducer, [b.reshape(tensor, shape), b.ints(axes)], kept, { keepdims: 0 });
  }
  if (repeats > 1 && op === "Add") {
    tensor = b.node("Mul", [tensor, b.scalar(repeats, dtype)], b.shape(tensor));
  } else if (repeats > 1 && op === "Mul") {
    tensor = b.node("Pow", [tensor, b.scalar(repeats, dtype)], b.shape(tensor));
  }
  const kept = view.memory.map((_, at) => at).filter((at) => !gone.has(at));
  return {
    tensor,
    memory: kept.map((at) => view.memory[at] as number),
    dims: view.dims
      .filter((_, d) => !axis.includes(d))
      .map((dim) => dim.map((f) => (f.at < 0 ? f : { size: f.size, at: kept.indexOf(f.at) }))),
  };
}

const reduce: Rule = (node, ctx) => {
  const x = node.inputs[0] as Operand;
  const out = node.outputs[0] as Value;
  const { op, axis } = node.params as { op: string; axis: readonly number[] };
  // ONNX Runtime reduces neither booleans nor uint32.
  const dtype: DType = x.dtype === "bool" || x.dtype === "uint32" ? "int32" : x.dtype;
  const view = cast(ctx, ctx.view(x), x.dtype, dtype, onnxType(dtype));
  const finite = isTame(x, { get: ctx.producer });
  const isImageSum = op === "Add" && dtype === "float32" && axis.includes(2) && axis.includes(3);
  const means = isImageSum && !axis.includes(1) ? blockedMean(ctx, view) : undefined;
  if (means) {
    const pixels = (x.shape[2] as number) * (x.shape[3] as number);
    const total = axis.includes(0) ? reduceView(ctx, means, [0], op, dtype) : means;
    const { b } = ctx;
    const shape = b.shape(total.tensor);
    ctx.define(out, { ...total, tensor: b.node("Mul", [total.tensor, b.scalar(pixels, dtype)], shape) });
    return;
  }
  const reduced = reduceView(ctx, view, axis, op, dtype, finite);
  ctx.define(out, cast(ctx, reduced, dtype, out.dtype, onnxType(out.dtype)));
};

export const reduceRules: Record<string, Rule> = { reduce };
