import type { Value } from "../../graph.ts";
import type { Context } from "../context.ts";
import { rowMajor } from "../layout.ts";
import { contiguous, reshape, shapeOf, transpose, type View } from "../view.ts";
import { blocked, blockedConv, type ConvParams } from "./blocked.ts";

/**
 * Convolution of an input with gaps, as the gradient of a strided convolution is. No pixel between the gaps need be
 * multiplied: each of the stride's phases is a convolution by the part of the kernel that meets pixels, all phases are one
 * convolution with more channels, and the phases are interleaved (Shi et al., 2016, sub-pixel convolution).
 *
 * Along one axis, with stride s, padding p and phase f, output s u + f is the sum over d of g[u + d] w[s d + p - f].
 */

interface Axis {
  readonly stride: number;
  /** Zeros that make the kernel `taps` times the stride long. */
  readonly before: number;
  readonly after: number;
  readonly taps: number;
  readonly padding: readonly [number, number];
}

function axisOf(size: number, kernel: number, stride: number, before: number, out: number): Axis {
  const first = Math.floor((stride - 1 - before) / stride);
  const left = stride - 1 - before - stride * first;
  const taps = Math.ceil((left + kernel) / stride);
  const padding = [-first, out / stride - 1 + taps + first - size] as const;
  return { stride, before: left, after: taps * stride - left - kernel, taps, padding };
}

/** Undefined when the phases differ in size, or when most of them would meet no part of the kernel. */
export function subpixelConv(
  ctx: Context,
  g: View,
  w: View,
  params: ConvParams,
  out: Value,
): View | undefined {
  const { b, block } = ctx;
  if (block === 0 || out.dtype !== "float32" || out.shape.length !== 4) return undefined;
  const [channels, inputs, ...kernel] = shapeOf(w) as [number, number, number, number];
  const axes = kernel.map((k, d) => {
    const size = shapeOf(g)[d + 2] as number;
    const [before] = params.padding[d] as readonly [number, number];
    return axisOf(size, k, params.lhsDilation[d] as number, before, out.shape[d + 2] as number);
  });
  const isWhole = axes.every(({ stride, padding }, d) => {
    const fits = Number.isInteger((out.shape[d + 2] as number) / stride) && (kernel[d] as number) >= stride;
    return fits && padding.every((p) => p >= 0);
  });
  if (!isWhole || channels % block !== 0 || inputs % block !== 0) return undefined;

  const [rows, columns] = axes as [Axis, Axis];
  const lengths = axes.map(({ stride, taps }) => stride * taps);
  const ends = [...axes.map((a) => a.before), ...axes.map((a) => a.after)];
  const padded = b.node(
    "Pad",
    [rowMajor(b, w), b.ints(ends), b.scalar(0, out.dtype), b.ints([2, 3])],
    [channels, inputs, ...lengths],
  );
  // The part of the last phase comes first.
  const parts = [channels, inputs, rows.taps, rows.stride, columns.taps, columns.stride];
  const backwards = b.node(
    "Slice",
    [
      b.reshape(padded, parts),
      ...[
        [-1, -1],
        [-99, -99],
        [3, 5],
        [-1, -1],
      ].map((v) => b.ints(v)),
    ],
    parts,
  );
  const phases = rows.stride * columns.stride;
  const byPhase = transpose(contiguous(backwards, parts), [3, 5, 0, 1, 2, 4]);
  const kernels = contiguous(rowMajor(b, byPhase), [phases * channels, inputs, rows.taps, columns.taps]);

  const [batch, , height, width] = out.shape as [number, number, number, number];
  const [h, v] = [height / rows.stride, width / columns.stride];
  const own = { ...params, padding: axes.map((a) => a.padding), strides: [1, 1], rhsDilation: [1, 1] };
  const images = blockedConv(ctx, g, kernels, [], own, [batch, phases * channels, h, v]);
  const split = reshape(images, [batch, rows.stride, columns.stride, channels, h, v]) as View;
  const interleaved = reshape(transpose(split, [0, 3, 4, 1, 5, 2]), out.shape) as View;
  return blocked(ctx, interleaved);
}
