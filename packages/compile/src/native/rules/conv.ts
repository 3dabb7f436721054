import type { Operand, Value } from "../../graph.ts";
import { range } from "../../range.ts";
import type { Context, Rule } from "../context.ts";
import { rowMajor } from "../layout.ts";
import { contiguous, type View } from "../view.ts";
import { blocked, blockedConv, type ConvParams, isBlocked, planar } from "./blocked.ts";
import { isKernelGradient, kernelGradient } from "./kernelGradient.ts";
import { subpixelConv } from "./subpixel.ts";

/** Convolution, its two gradients (which jax-js writes as convolutions too), all in NCHW layout. */

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
    const transposed = () =>
      convTranspose(ctx, planar(ctx, ctx.view(x)), ctx.view(kernel), kernel.shape, params, out);
    ctx.define(out, subpixelConv(ctx, ctx.view(x), ctx.view(w), params, out) ?? blocked(ctx, transposed()));
  } else if (spread) ctx.define(out, dilatedInput(ctx, x, [load(w), ...added], w.shape, params, out));
  else if (!bias && isKernelGradient(x, w, out)) ctx.define(out, kernelGradient(ctx, x, w, params, out));
  else if (isBlocked(ctx, x, params, out))
    ctx.define(out, blockedConv(ctx, ctx.view(x), ctx.view(w), added, params, out.shape));
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

export const convRules: Record<string, Rule> = { conv };
