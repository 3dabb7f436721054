import type { Operand, Value } from "../../graph.ts";
import { range } from "../../range.ts";
import { sizeOf } from "../../tensor.ts";
import type { Context } from "../context.ts";
import { rowMajor } from "../layout.ts";
import { contiguous, transpose, type View } from "../view.ts";
import { type ConvParams, planar } from "./blocked.ts";
import { blockedGradient, isBlockedGradient } from "./blockedGradient.ts";
import { matmul } from "./dot.ts";

/** A kernel larger than its result: the gradient of a small kernel, where Conv would be slow. */
export const isKernelGradient = (x: Operand, w: Operand, out: Value): boolean =>
  x.dtype === "float32" && sizeOf(w.shape.slice(2)) > 4 * sizeOf(out.shape.slice(2));

/** With fewer channels, the windows of all taps are joined and multiplied at once. */
const FEWEST_CHANNELS = 16;

/**
 * dW: for every position of the small result one shifted window of the padded input, and its batched matrix product
 * with the output's gradient. Here x is [C, N, ...] and w is [O, N, ...]: the batch is summed.
 */
export function kernelGradient(ctx: Context, x: Operand, w: Operand, params: ConvParams, out: Value): View {
  const { b } = ctx;
  const swapped = (v: Operand) => transpose(ctx.view(v), [1, 0, ...range(x.shape.length).slice(2)]);
  if (isBlockedGradient(ctx, x.shape, w.shape, params))
    return blockedGradient(ctx, swapped(x), swapped(w), params, out.shape);
  const batchFirst = (v: Operand) => rowMajor(b, planar(ctx, swapped(v)));
  const [channels, batch, ...size] = x.shape as [number, number, ...number[]];
  const outputs = w.shape[0] as number;
  const wSize = w.shape.slice(2);
  const axes = range(size.length).map((d) => d + 2);
  let source = batchFirst(x);
  const pads = [...params.padding.map((p) => p[0]), ...params.padding.map((p) => p[1])];
  if (pads.some((p) => p !== 0)) {
    const padded = size.map(
      (s, d) =>
        s + (params.padding[d] as readonly number[])[0]! + (params.padding[d] as readonly number[])[1]!,
    );
    source = b.node(
      "Pad",
      [source, b.ints(pads), b.scalar(0, x.dtype), b.ints(axes)],
      [batch, channels, ...padded],
    );
  }
  const kSize = out.shape.slice(2);
  const positions = kSize.reduce<number[][]>(
    (list, s) => list.flatMap((p) => range(s).map((i) => [...p, i])),
    [[]],
  );
  const windows = positions.map((position) => {
    const starts = position.map((i, d) => i * (params.strides[d] as number));
    const ends = starts.map((s, d) => s + ((wSize[d] as number) - 1) * (params.rhsDilation[d] as number) + 1);
    const shape = [batch, channels, ...wSize];
    const slice = b.node(
      "Slice",
      [source, b.ints(starts), b.ints(ends), b.ints(axes), b.ints(params.rhsDilation)],
      shape,
    );
    return b.reshape(slice, [batch, channels, sizeOf(wSize)]);
  });
  const rows = (tensor: string) => ({ tensor, transposed: false });
  const left = rows(b.reshape(batchFirst(w), [batch, outputs, sizeOf(wSize)]));
  const summed = (right: string, columns: number): string => {
    const each = matmul(ctx, left, rows(right), [batch], outputs, columns, x.dtype);
    return b.node("ReduceSum", [each, b.ints([0])], [outputs, columns], { keepdims: 0 });
  };
  const taps = windows.length;
  const spatial = axes.map((_, d) => d);
  if (channels < FEWEST_CHANNELS && taps > 1) {
    const columns = b.node("Concat", windows, [batch, taps * channels, sizeOf(wSize)], { axis: 1 });
    const sums = contiguous(summed(columns, taps * channels), [outputs, ...kSize, channels]);
    return transpose(sums, [axes.length + 1, 0, ...spatial.map((d) => d + 1)]);
  }
  const sums = windows.map((window) => summed(window, channels));
  const joined =
    taps === 1 ? (sums[0] as string) : b.node("Concat", sums, [taps * outputs, channels], { axis: 0 });
  const view = contiguous(joined, [...kSize, outputs, channels]);
  return transpose(view, [axes.length + 1, axes.length, ...spatial]);
}
