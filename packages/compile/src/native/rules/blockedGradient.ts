import { tensor as hostTensor } from "../../tensor.ts";
import type { Context } from "../context.ts";
import { rowMajor } from "../layout.ts";
import { contiguous, reshape, shapeOf, transpose, type View } from "../view.ts";
import { blocked, type ConvParams, DOMAIN } from "./blocked.ts";

/**
 * The gradient of a convolution's kernel, by blocked convolutions. It is a sum over images and pixels,
 *
 *     dW[o, c, i, j] = sum_{n, y, x} g[n, o, y, x] X[n, c, sy y + i, sx x + j],
 *
 * and a convolution sums over its input channels and its own kernel. So images and pixels of a row become input channels, a
 * block of neighbouring pixels at a time; the kernel runs over rows, and over the blocks of a row; and the image has
 * the rows of X by the channels of X. The output's rows are then i. The cotangent is the kernel, in the very layout in
 * which blocked convolutions leave it. One such convolution is done for each j, on X shifted by j columns.
 */

/** Sums over parts of the batch are independent: work for several threads, and shorter sums. */
const MOST_PARTS = 8;

/** How a row's pixels make blocks: `width` pixels in all, as `across` blocks of `run` pixels of `images` images each. */
function pixelBlocks(block: number, batch: number, width: number) {
  const images = block / width;
  if (Number.isInteger(images) && batch % images === 0) return { width, across: 1, run: width, images };
  // Columns of zeros fill the last block.
  const across = Math.ceil(width / block);
  return { width: across * block, across, run: block, images: 1 };
}

/** Whether kernelGradient's convolution has a blocked form. X is [C, N, H, W] and g is [O, N, Y, X]. */
export function isBlockedGradient(
  { block }: Context,
  x: readonly number[],
  g: readonly number[],
  { padding, strides }: ConvParams,
): boolean {
  const [[top = 0] = [], [left = 0] = []] = padding;
  const isWhole = (channels: number | undefined) => channels !== undefined && channels % block === 0;
  return (
    block > 0 &&
    x.length === 4 &&
    isWhole(x[0]) &&
    isWhole(g[0]) &&
    strides.every((s) => s === 1) &&
    top >= 0 &&
    left >= 0
  );
}

/** X and g with the batch first; the result is [C, O, height, width]. */
export function blockedGradient(
  ctx: Context,
  x: View,
  g: View,
  params: ConvParams,
  kernel: readonly number[],
): View {
  const { b, block } = ctx;
  const [batch, channels, height, columns] = shapeOf(x) as [number, number, number, number];
  const [, outputs, rows, cotangents] = shapeOf(g) as [number, number, number, number];
  const [, , kh, kw] = kernel as [number, number, number, number];
  const [down, right] = params.rhsDilation as [number, number];
  const [[top, bottom], [left]] = params.padding as [[number, number], [number, number]];
  const { width, across, run, images } = pixelBlocks(block, batch, cotangents);
  const groups = batch / images;
  const parts = [8, 4, 2, 1].find((n) => n <= MOST_PARTS && groups % n === 0) as number;
  const [inBlocks, outBlocks] = [channels / block, outputs / block];
  // Rows at the end that the convolution did not reach only give taps beyond the kernel's last.
  const fullHeight = height + top + Math.max(0, bottom);
  const taps = kh + Math.max(0, -bottom);

  /** Shifts and pads each channel: a convolution whose kernel is one at `at` and zero elsewhere. */
  const moved = (
    view: View,
    length: number,
    at: number,
    step: number,
    pads: readonly number[],
    height: number,
  ) => {
    const shape = shapeOf(view) as [number, number, number, number];
    const ones = Float32Array.from({ length: shape[1] * length }, (_, i) =>
      Number(Math.floor(i / block) % length === at),
    );
    const attributes = { kernel_shape: [1, length], strides: [1, step], pads, group: shape[1] };
    const inputs = [
      b.reshape(blocked(ctx, view).tensor, shape),
      b.constant(hostTensor(ones, [shape[1], 1, 1, length])),
    ];
    return b.node("Conv", inputs, [shape[0], shape[1], height, width], attributes, DOMAIN);
  };

  const end = Math.max(0, right * (width - 1) + kw - columns - left);
  const image = (j: number): string => {
    const shifted = moved(x, kw, j, right, [top, left, Math.max(0, bottom), end], fullHeight);
    const stored = contiguous(shifted, [groups, images, inBlocks, fullHeight, across, run, block]);
    const pixelsByChannels = rowMajor(b, transpose(stored, [0, 3, 4, 2, 1, 5, 6]));
    const squares = [groups * fullHeight * across * inBlocks, block, block, 1];
    const attributes = { channels: block };
    const flipped = b.node(
      "ReorderOutput",
      [b.reshape(pixelsByChannels, squares)],
      squares,
      attributes,
      DOMAIN,
    );
    return b.reshape(flipped, [1, groups * block, fullHeight, across * channels]);
  };

  const filled =
    width === cotangents ? blocked(ctx, g).tensor : moved(g, 1, 0, 1, [0, 0, 0, width - cotangents], rows);
  const stored = contiguous(filled, [parts, groups / parts, images, outBlocks, rows, across, run, block]);
  const cotangent = b.reshape(rowMajor(b, transpose(stored, [0, 3, 1, 4, 5, 2, 6, 7])), [
    parts * outputs,
    (groups / parts) * block,
    rows,
    across,
  ]);
  const attributes = { kernel_shape: [rows, across], dilations: [down, channels], group: parts };
  const sums = Array.from({ length: kw }, (_, j) =>
    b.node("Conv", [image(j), cotangent], [1, parts * outputs, taps, channels], attributes, DOMAIN),
  );
  const joined =
    kw === 1
      ? (sums[0] as string)
      : b.node("Concat", sums, [kw, parts * outputs, taps, channels], { axis: 0 });
  const rest = outputs * taps * channels;
  const total =
    parts === 1
      ? joined
      : b.node("ReduceSum", [b.reshape(joined, [kw, parts, rest]), b.ints([1])], [kw, rest], { keepdims: 0 });
  const all = [kw, outBlocks, taps, channels, block];
  const kept =
    taps === kh
      ? b.reshape(total, all)
      : b.node(
          "Slice",
          [b.reshape(total, all), b.ints([0]), b.ints([kh]), b.ints([2])],
          all.map((s, i) => (i === 2 ? kh : s)),
        );
  const view = transpose(contiguous(kept, [kw, outBlocks, kh, channels, block]), [3, 1, 4, 2, 0]);
  return reshape(view, [channels, outputs, kh, kw]) as View;
}
