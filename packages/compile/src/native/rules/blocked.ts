import type { Operand, Value } from "../../graph.ts";
import type { Context } from "../context.ts";
import { rowMajor } from "../layout.ts";
import { contiguous, isContiguous, reshape, shapeOf, transpose, type View } from "../view.ts";

/**
 * Blocked images. ONNX Runtime's fastest convolutions want some neighbouring channels innermost in memory, and leave them
 * so: [batch, channels / block, height, width, block]. That is one more layout of a view, which elementwise operations and
 * reductions take as it comes; only what needs whole rows of pixels makes images planar again.
 */

export interface ConvParams {
  readonly vmapDims: number;
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly lhsDilation: readonly number[];
  readonly rhsDilation: readonly number[];
}

export const DOMAIN = "com.microsoft.nchwc";

/** Channels that make whole blocks. */
const fills = (channels: number, block: number): boolean => channels % block === 0;

/** True when a convolution without gaps in its input has a blocked kernel. Few channels are read as planes. */
export function isBlocked({ block }: Context, x: Operand, params: ConvParams, out: Value): boolean {
  const [inputs, outputs] = [x.shape[1] as number, out.shape[1] as number];
  if (block === 0 || x.dtype !== "float32" || x.shape.length !== 4) return false;
  return (
    fills(outputs, block) &&
    (fills(inputs, block) || inputs < block) &&
    params.padding.flat().every((p) => p >= 0)
  );
}

/** [N, C, H, W] with its channels' blocks innermost. */
const blocksInnermost = (view: View, block: number): View | undefined => {
  const [n, c, h, w] = shapeOf(view) as [number, number, number, number];
  const split = reshape(view, [n, c / block, block, h, w]);
  return split && transpose(split, [0, 1, 3, 4, 2]);
};

/** The view of a tensor that holds blocked images of the given logical shape. */
function blockedImages(tensor: string, shape: readonly number[], block: number): View {
  const [n, c, h, w] = shape as [number, number, number, number];
  const stored = contiguous(tensor, [n, c / block, h, w, block]);
  return reshape(transpose(stored, [0, 1, 4, 2, 3]), shape) as View;
}

/** True for images that lie in memory as blocks. */
function liesInBlocks({ block }: Context, view: View): boolean {
  const shape = shapeOf(view);
  if (block === 0 || shape.length !== 4 || !fills(shape[1] as number, block)) return false;
  const inner = blocksInnermost(view, block);
  return inner !== undefined && isContiguous(inner);
}

/** Images as blocks, where their channels fill blocks. */
export function blocked(ctx: Context, view: View): View {
  const { b, block } = ctx;
  const shape = shapeOf(view);
  if (block === 0 || shape.length !== 4 || !fills(shape[1] as number, block) || liesInBlocks(ctx, view))
    return view;
  const inner = isContiguous(view) ? undefined : blocksInnermost(view, block);
  const tensor = inner ? rowMajor(b, inner) : b.node("ReorderInput", [rowMajor(b, view)], shape, {}, DOMAIN);
  return blockedImages(tensor, shape, block);
}

/** Blocked images as planes; other views stay as they are. */
export function planar(ctx: Context, view: View): View {
  if (isContiguous(view) || !liesInBlocks(ctx, view)) return view;
  const { b } = ctx;
  const shape = shapeOf(view);
  const attributes = { channels: shape[1] as number };
  return contiguous(
    b.node("ReorderOutput", [b.reshape(view.tensor, shape)], shape, attributes, DOMAIN),
    shape,
  );
}

/** The mean of every channel of every image, for blocked images; undefined for others. */
export function blockedMean(ctx: Context, x: View): View | undefined {
  if (!liesInBlocks(ctx, x)) return undefined;
  const { b } = ctx;
  const shape = shapeOf(x) as [number, number, number, number];
  const [n, c] = shape;
  const mean = b.node("GlobalAveragePool", [b.reshape(x.tensor, shape)], [n, c, 1, 1], {}, DOMAIN);
  return contiguous(mean, [n, c]);
}

/** What a blocked convolution does to its result on the way out. */
export type Activation = Readonly<Record<string, string | { readonly floats: readonly number[] }>>;

/**
 * x scale + shift (+ z) for blocked images: a convolution of each channel by a number, with a bias and a sum. Undefined
 * for other images. `scale` and `shift` are tensors of one number a channel, `shift` is "" for zero.
 */
export function blockedAffine(
  ctx: Context,
  [x, scale, shift, z]: readonly [View, string, string, View | undefined],
  activation: Activation = {},
): View | undefined {
  if (!liesInBlocks(ctx, x)) return undefined;
  const { b, block } = ctx;
  const shape = shapeOf(x);
  const channels = shape[1] as number;
  const kernel = b.reshape(scale, [channels, 1, 1, 1]);
  const bias = shift && b.reshape(shift, [channels]);
  const sum = z ? [b.reshape(blocked(ctx, z).tensor, shape)] : [];
  const attributes = { kernel_shape: [1, 1], group: channels, ...activation };
  const tensor = b.node(
    "Conv",
    [b.reshape(x.tensor, shape), kernel, bias, ...sum],
    shape,
    attributes,
    DOMAIN,
  );
  return blockedImages(tensor, shape, block);
}

/** A convolution by a blocked kernel. */
export function blockedConv(
  ctx: Context,
  x: View,
  w: View,
  bias: readonly string[],
  params: ConvParams,
  shape: readonly number[],
): View {
  const { b, block } = ctx;
  const wShape = shapeOf(w) as [number, number, number, number];
  const [outputs, inputs, kh, kw] = wShape;
  const isWhole = fills(inputs, block);
  // Blocks of output channels innermost, and of input channels before them.
  const [parts, perm] = isWhole
    ? [
        [outputs / block, block, inputs / block, block, kh * kw],
        [0, 2, 4, 3, 1],
      ]
    : [
        [outputs / block, block, inputs, kh * kw],
        [0, 2, 3, 1],
      ];
  const split = reshape(w, parts) ?? contiguous(rowMajor(b, w), parts);
  const kernel = b.reshape(rowMajor(b, transpose(split, perm)), wShape);
  const image = isWhole ? b.reshape(blocked(ctx, x).tensor, shapeOf(x)) : rowMajor(b, x);
  const attributes = {
    kernel_shape: [kh, kw],
    strides: params.strides,
    pads: [...params.padding.map((p) => p[0]), ...params.padding.map((p) => p[1])],
    dilations: params.rhsDilation,
  };
  return blockedImages(b.node("Conv", [image, kernel, ...bias], shape, attributes, DOMAIN), shape, block);
}
