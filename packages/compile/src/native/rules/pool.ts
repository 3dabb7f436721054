import type { Node, Operand, Value } from "../../graph.ts";
import { range } from "../../range.ts";
import type { Context, Rule } from "../context.ts";
import { rowMajor } from "../layout.ts";
import { contiguous, reshape, transpose, type View } from "../view.ts";
import { planar } from "./blocked.ts";
import { reshapeView } from "./movement.ts";

/**
 * Pool takes [..., H, W] to [..., OH, OW, KH, KW]: the windows of a pooling. When they do not overlap this is a view of
 * the same memory; otherwise the windows are sliced out. PoolTranspose is its adjoint: it adds the windows back.
 */

interface PoolParams {
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly inShape?: readonly number[];
}

/** Windows that tile the input exactly. */
const tiles = (shape: readonly number[], { window, strides }: PoolParams): boolean =>
  window.every((k, d) => strides[d] === k && (shape[shape.length - window.length + d] as number) % k === 0);

/** [...lead, OH, KH, OW, KW] <-> [...lead, OH, OW, KH, KW] */
function interleaving(lead: number, spatial: number): number[] {
  return [
    ...range(lead),
    ...range(spatial).map((d) => lead + 2 * d),
    ...range(spatial).map((d) => lead + 2 * d + 1),
  ];
}

function invert(perm: readonly number[]): number[] {
  return range(perm.length).map((i) => perm.indexOf(i));
}

const pool: Rule = (node, ctx) => {
  const x = node.inputs[0] as Operand;
  const out = node.outputs[0] as Value;
  const params = node.params as unknown as PoolParams;
  const spatial = params.window.length;
  const lead = x.shape.slice(0, x.shape.length - spatial);
  if (tiles(x.shape, params)) {
    const split = params.window.flatMap((k, d) => [(x.shape[lead.length + d] as number) / k, k]);
    const view = reshapeView(ctx, planar(ctx, ctx.view(x)), [...lead, ...split]);
    ctx.define(out, transpose(view, interleaving(lead.length, spatial)));
    return;
  }
  ctx.define(out, slicedWindows(ctx, x, params, out));
};

/** All window positions: a strided slice for each, joined along a new axis. */
function slicedWindows(ctx: Context, x: Operand, params: PoolParams, out: Value): View {
  const { b } = ctx;
  const spatial = params.window.length;
  const lead = x.shape.slice(0, x.shape.length - spatial);
  const outSize = out.shape.slice(lead.length, lead.length + spatial);
  const axes = range(spatial).map((d) => lead.length + d);
  const source = rowMajor(b, planar(ctx, ctx.view(x)));
  const offsets = params.window.reduce<number[][]>(
    (list, k) => list.flatMap((p) => range(k).map((i) => [...p, i])),
    [[]],
  );
  const slices = offsets.map((offset) => {
    const ends = offset.map((o, d) => o + ((outSize[d] as number) - 1) * (params.strides[d] as number) + 1);
    const shape = [...lead, ...outSize];
    const slice = b.node(
      "Slice",
      [source, b.ints(offset), b.ints(ends), b.ints(axes), b.ints(params.strides)],
      shape,
    );
    return b.reshape(slice, [...shape, 1]);
  });
  const shape = [...lead, ...outSize, offsets.length];
  const joined =
    slices.length === 1 ? (slices[0] as string) : b.node("Concat", slices, shape, { axis: shape.length - 1 });
  return contiguous(b.reshape(joined, out.shape), out.shape);
}

const poolTranspose: Rule = (node, ctx) => {
  const x = node.inputs[0] as Operand;
  const out = node.outputs[0] as Value;
  const params = node.params as unknown as PoolParams;
  const spatial = params.window.length;
  const lead = out.shape.slice(0, out.shape.length - spatial);
  if (tiles(out.shape, params)) {
    const view = transpose(ctx.view(x), invert(interleaving(lead.length, spatial)));
    const whole = reshape(view, out.shape) ?? reshapeView(ctx, view, out.shape);
    ctx.define(out, whole);
    return;
  }
  ctx.define(out, addedWindows(ctx, node, params, lead));
};

/** Overlapping windows: each offset's slice is spread by its stride, shifted to its place, and all are summed. */
function addedWindows(ctx: Context, node: Node, params: PoolParams, lead: readonly number[]): View {
  const { b } = ctx;
  const x = node.inputs[0] as Operand;
  const out = node.outputs[0] as Value;
  const spatial = params.window.length;
  const axes = range(spatial).map((d) => lead.length + d);
  const inSize = out.shape.slice(lead.length);
  const outSize = x.shape.slice(lead.length, lead.length + spatial);
  const taps = params.window.reduce((p, k) => p * k, 1);
  const source = b.reshape(rowMajor(b, ctx.view(x)), [...lead, ...outSize, taps]);
  const offsets = params.window.reduce<number[][]>(
    (list, k) => list.flatMap((p) => range(k).map((i) => [...p, i])),
    [[]],
  );
  const last = lead.length + spatial;
  const placed = offsets.map((offset, i) => {
    const one = b.node(
      "Slice",
      [source, b.ints([i]), b.ints([i + 1]), b.ints([last])],
      [...lead, ...outSize, 1],
    );
    // Insert stride - 1 zeros after every element by padding a new axis behind each spatial one.
    const gaps = params.strides.map((s) => s - 1);
    const shape = [...lead, ...outSize.flatMap((s) => [s, 1])];
    const spreadShape = [...lead, ...outSize.flatMap((s, d) => [s, params.strides[d] as number])];
    const gapAxes = range(spatial).map((d) => lead.length + 2 * d + 1);
    const zeros = gaps.map(() => 0);
    const zero = b.scalar(0, x.dtype);
    const spread = gaps.every((g) => g === 0)
      ? b.reshape(one, spreadShape)
      : b.node(
          "Pad",
          [b.reshape(one, shape), b.ints([...zeros, ...gaps]), zero, b.ints(gapAxes)],
          spreadShape,
        );
    const wide = outSize.map((s, d) => s * (params.strides[d] as number));
    const after = wide.map((s, d) => (inSize[d] as number) - (offset[d] as number) - s);
    const whole = b.reshape(spread, [...lead, ...wide]);
    // A negative end padding cuts the zeros that stick out.
    return b.node("Pad", [whole, b.ints([...offset, ...after]), zero, b.ints(axes)], out.shape);
  });
  const sum = placed.length === 1 ? (placed[0] as string) : b.node("Sum", placed, out.shape);
  return contiguous(sum, out.shape);
}

export const poolRules: Record<string, Rule> = { pool, pool_transpose: poolTranspose };
