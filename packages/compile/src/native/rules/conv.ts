import type { Operand, Value } from "../../graph.ts";
import type { Context, Rule } from "../context.ts";
import { rowMajor } from "../layout.ts";
import { contiguous, transpose, type View } from "../view.ts";
import { matmul } from "./dot.ts";

/** Convolution, its two gradients (which jax-js writes as convolutions too), all in NCHW layout. */

interface ConvParams {
  readonly vmapDims: number;
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly lhsDilation: readonly number[];
  readonly rhsDilation: readonly number[];
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);

/** The kernel w when `x` is w with its channel axes swapped and its spatial axes reversed, as jax-js writes dX. */
function adjointKernel(ctx: Context, x: Operand): Operand | undefined {
  const flipped = ctx.producer(x);
  if (flipped?.op !== "flip") return undefined;
  const spatial = range(x.shape.length).slice(2);
  const axis = flipped.params.axis as readonly number[];
  if (axis.length !== spatial.length || !spatial.every((d) => axis.includes(d))) return undefined;
  const swapped = ctx.producer(flipped.inputs[0] as Operand);
  const perm = swapped?.op === "transpose" ? (swapped.params.perm as readonly number[]) : [];
  return perm[0] === 1 && perm[1] === 0 && spatial.every((d) => perm[d] === d)
    ? swapped?.inputs[0]
    : undefined;
}

const conv: Rule = (node, ctx) => {
  const params = node.params as unknown as ConvParams;
  const [x, w, bias] = node.inputs as [Operand, Operand, Operand | undefined];
  const out = node.outputs[0] as Value;
  if (params.vmapDims > 0) throw new Error("conv: batched kernels (vmap over conv) are not supported yet");
  const spatial = x.shape.length - 2;
  if (spatial === 0) throw new Error("conv: needs at least one spatial axis; use matmul");
  const spread = params.lhsDilation.some((d) => d !== 1);
  const kernel = spread && !bias ? adjointKernel(ctx, w) : undefined;
  const load = (v: Operand) => rowMajor(ctx.b, ctx.view(v));
  const added = bias ? [load(bias)] : [];
  if (kernel && params.strides.every((s) => s === 1) && params.rhsDilation.every((s) => s === 1)) {
    ctx.define(out, convTranspose(ctx, ctx.view(x), ctx.view(kernel), kernel.shape, params, out));
  } else if (spread) ctx.define(out, dilatedInput(ctx, x, [load(w), ...added], w.shape, params, out));
  else if (!bias && isKernelGradient(x, w, out)) ctx.define(out, kernelGradient(ctx, x, w, params, out));
  else ctx.define(out, forward(ctx, load(x), [load(w), ...added], w.shape, params, out));
};

/** `kernel` is the kernel's tensor and, if there is one, the bias's. */
function forward(
  ctx: Context,
  x: string,
  kernel: readonly string[],
  wShape: readonly number[],
  params: ConvParams,
  out: Value,
): View {
  const { b } = ctx;
  const attributes = {
    kernel_shape: wShape.slice(2),
    strides: params.strides,
    pads: [...params.padding.map((p) => p[0]), ...params.padding.map((p) => p[1])],
    dilations: params.rhsDilation,
  };
  if (attributes.pads.some((p) => p < 0)) {
    const axes = range(params.padding.length).map((d) => d + 2);
    const clip = (p: number) => Math.min(p, 0);
    const cropped = params.padding.map((p, d) => (b.shape(x)[d + 2] as number) + clip(p[0]) + clip(p[1]));
    const shape = [...b.shape(x).slice(0, 2), ...cropped];
    const starts = params.padding.map((p) => -clip(p[0]));
    const ends = params.padding.map((p, d) => (b.shape(x)[d + 2] as number) + clip(p[1]));
    const source = b.node("Slice", [x, b.ints(starts), b.ints(ends), b.ints(axes)], shape);
    const pads = attributes.pads.map((p) => Math.max(p, 0));
    return contiguous(b.node("Conv", [source, ...kernel], out.shape, { ...attributes, pads }), out.shape);
  }
  return contiguous(b.node("Conv", [x, ...kernel], out.shape, attributes), out.shape);
}

/** dX of a convolution with stride `lhsDilation`: a transposed convolution with the kernel as it was. */
function convTranspose(
  ctx: Context,
  ct: View,
  kernel: View,
  kShape: readonly number[],
  params: ConvParams,
  out: Value,
): View {
  const { b } = ctx;
  const k = kShape.slice(2);
  const before = params.padding.map((p, d) => (k[d] as number) - 1 - p[0]);
  const inSize = b.shape(rowMajor(b, ct)).slice(2);
  // The output size that the transposed convolution has without end padding; the rest is cut or added at the end.
  const full = inSize.map((s, d) => (s - 1) * (params.lhsDilation[d] as number) + (k[d] as number));
  const after = full.map((s, d) => s - (before[d] as number) - (out.shape[d + 2] as number));
  const pads = [...before, ...after.map((p) => Math.max(p, 0))];
  const output_padding = after.map((p) => Math.max(-p, 0));
  const attributes = { kernel_shape: k, strides: params.lhsDilation, pads, output_padding };
  return contiguous(
    b.node("ConvTranspose", [rowMajor(b, ct), rowMajor(b, kernel)], out.shape, attributes),
    out.shape,
  );
}

/** Convolution of an input with gaps: zeros are inserted, then an ordinary convolution follows. */
function dilatedInput(
  ctx: Context,
  x: Operand,
  kernel: readonly string[],
  wShape: readonly number[],
  params: ConvParams,
  out: Value,
): View {
  const { b } = ctx;
  const [batch, channels, ...size] = x.shape as [number, number, ...number[]];
  // Each element becomes a block of `dilation` with zeros after it; the last block's zeros are cut off.
  const interleaved = [batch * channels, ...size.flatMap((s) => [s, 1])];
  const padded = [batch * channels, ...size.flatMap((s, d) => [s, params.lhsDilation[d] as number])];
  const axes = size.map((_, d) => 2 * d + 2);
  const zeros = axes.map(() => 0);
  const ends = params.lhsDilation.map((d) => d - 1);
  const source = b.reshape(rowMajor(b, ctx.view(x)), interleaved);
  const spread = b.node(
    "Pad",
    [source, b.ints([...zeros, ...ends]), b.scalar(0, x.dtype), b.ints(axes)],
    padded,
  );
  const wide = size.map((s, d) => s * (params.lhsDilation[d] as number));
  const gapped = b.reshape(spread, [batch, channels, ...wide]);
  const cut = wide.map((s, d) => s - (params.lhsDilation[d] as number) + 1);
  const spatial = range(size.length).map((d) => d + 2);
  const shape = [batch, channels, ...cut];
  const sliced = b.node("Slice", [gapped, b.ints(spatial.map(() => 0)), b.ints(cut), b.ints(spatial)], shape);
  return forward(ctx, sliced, kernel, wShape, params, out);
}

/** A kernel larger than its result: the gradient of a small kernel, where Conv would be slow. */
const isKernelGradient = (x: Operand, w: Operand, out: Value): boolean =>
  x.dtype === "float32" && product(w.shape.slice(2)) > 4 * product(out.shape.slice(2));

/** With fewer channels, the windows of all taps are joined and multiplied at once. */
const FEWEST_CHANNELS = 16;

/**
 * dW: for every position of the small result one shifted window of the padded input, and its batched matrix product
 * with the output's gradient. Here x is [C, N, ...] and w is [O, N, ...]: the batch is summed.
 */
function kernelGradient(ctx: Context, x: Operand, w: Operand, params: ConvParams, out: Value): View {
  const { b } = ctx;
  const batchFirst = (v: View) => transpose(v, [1, 0, ...range(x.shape.length).slice(2)]);
  const [channels, batch, ...size] = x.shape as [number, number, ...number[]];
  const outputs = w.shape[0] as number;
  const wSize = w.shape.slice(2);
  const axes = range(size.length).map((d) => d + 2);
  let source = rowMajor(b, batchFirst(ctx.view(x)));
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
    return b.reshape(slice, [batch, channels, product(wSize)]);
  });
  const rows = (tensor: string) => ({ tensor, transposed: false });
  const left = rows(b.reshape(rowMajor(b, batchFirst(ctx.view(w))), [batch, outputs, product(wSize)]));
  const summed = (right: string, columns: number): string => {
    const each = matmul(ctx, left, rows(right), [batch], outputs, columns, x.dtype);
    return b.node("ReduceSum", [each, b.ints([0])], [outputs, columns], { keepdims: 0 });
  };
  const taps = windows.length;
  const spatial = axes.map((_, d) => d);
  if (channels < FEWEST_CHANNELS && taps > 1) {
    const columns = b.node("Concat", windows, [batch, taps * channels, product(wSize)], { axis: 1 });
    const sums = contiguous(summed(columns, taps * channels), [outputs, ...kSize, channels]);
    return transpose(sums, [axes.length + 1, 0, ...spatial.map((d) => d + 1)]);
  }
  const sums = windows.map((window) => summed(window, channels));
  const joined =
    taps === 1 ? (sums[0] as string) : b.node("Concat", sums, [taps * outputs, channels], { axis: 0 });
  const view = contiguous(joined, [...kSize, outputs, channels]);
  return transpose(view, [axes.length + 1, axes.length, ...spatial]);
}

export const convRules: Record<string, Rule> = { conv };
