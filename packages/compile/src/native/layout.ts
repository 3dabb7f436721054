import { sizeOf } from "../tensor.ts";
import type { OnnxBuilder } from "./onnx.ts";
import {
  broadcastTo,
  contiguous,
  type Factor,
  isContiguous,
  refineTogether,
  shapeOf,
  type View,
} from "./view.ts";

/** Moves memory when an operation needs a layout that a view does not have. */

/**
 * The stored tensor with its memory factors in the given order (positions into `view.memory`; all of them), as a
 * tensor of shape `shape`. A transpose is emitted only when the order differs from the memory's.
 */
export function arrange(
  b: OnnxBuilder,
  view: View,
  order: readonly number[],
  shape: readonly number[],
): string {
  if (order.every((at, i) => at === i)) return b.reshape(view.tensor, shape);
  // Neighbours that stay neighbours move as one axis: fewer axes make ONNX Runtime's transpose faster.
  const runs: number[][] = [];
  for (const at of order) {
    const run = runs.at(-1);
    if (run && at === (run.at(-1) as number) + 1) run.push(at);
    else runs.push([at]);
  }
  const inMemoryOrder = runs
    .map((_, i) => i)
    .sort((i, j) => (runs[i]?.[0] as number) - (runs[j]?.[0] as number));
  const sizes = runs.map((run) => sizeOf(run.map((at) => view.memory[at] as number)));
  const source = b.reshape(
    view.tensor,
    inMemoryOrder.map((i) => sizes[i] as number),
  );
  const perm = runs.map((_, i) => inMemoryOrder.indexOf(i));
  return b.reshape(b.node("Transpose", [source], sizes, { perm }), shape);
}

/** The view stored in row-major logical order, as a tensor of exactly its logical shape. */
export function rowMajor(b: OnnxBuilder, view: View): string {
  const shape = shapeOf(view);
  if (isContiguous(view)) return b.reshape(view.tensor, shape);
  const factors = view.dims.flat();
  const order = factors.filter((f) => f.at >= 0).map((f) => f.at);
  if (order.length === factors.length) return arrange(b, view, order, shape);
  const withOnes = factors.map((f) => (f.at < 0 ? 1 : f.size));
  const full = factors.map((f) => f.size);
  return b.reshape(b.node("Expand", [arrange(b, view, order, withOnes), b.ints(full)], full), shape);
}

/** The view stored in row-major logical order, as a view. */
export const materialise = (b: OnnxBuilder, view: View): View => contiguous(rowMajor(b, view), shapeOf(view));

/** Views refined to common factors; those that do not nest are stored anew. */
export function align(b: OnnxBuilder, views: readonly View[], shape: readonly number[]): View[] {
  const full = views.map((v) => broadcastTo(v, shape));
  return (
    refineTogether(full) ??
    (refineTogether(views.map((v) => broadcastTo(materialise(b, v), shape))) as View[])
  );
}

/** Operands of an elementwise operation brought to one layout. */
export interface Aligned {
  /** Tensors whose shapes broadcast against each other by the ONNX rules. */
  readonly tensors: readonly string[];
  /** The broadcast shape of `tensors`. */
  readonly shape: readonly number[];
  /** Describes the result, given the name of the tensor that holds it. */
  readonly result: (tensor: string) => View;
}

/**
 * Chooses the layout of an elementwise operation: that of the operand with the most elements. The others are permuted
 * where they must be; axes that are broadcast in every operand stay broadcast in the result.
 */
export function alignElementwise(
  b: OnnxBuilder,
  operands: readonly View[],
  shape: readonly number[],
): Aligned {
  return alignViews(b, align(b, operands, shape));
}

function alignViews(b: OnnxBuilder, views: readonly View[]): Aligned {
  const factors = views.map((v) => v.dims.flat());
  const count = (factors[0] as Factor[]).length;
  const stored = views.map((v) => sizeOf(v.memory));
  const leader = stored.indexOf(Math.max(...stored));
  const at = (k: number, p: number) => factors[k]![p]!.at;
  const used = Array.from({ length: count }, (_, p) => p).filter((p) => views.some((_, k) => at(k, p) >= 0));
  const order = used.filter((p) => at(leader, p) >= 0).sort((p, q) => at(leader, p) - at(leader, q));
  for (const p of used) {
    if (at(leader, p) >= 0) continue;
    // An axis that the leader lacks goes right after its logical predecessor.
    const before = [...used].reverse().find((q) => q < p && order.includes(q));
    order.splice(before === undefined ? 0 : order.indexOf(before) + 1, 0, p);
  }

  const size = (p: number) => factors[0]![p]!.size;
  const repeated = views.map((view, k) => upsample(b, view, factors[k] as Factor[], order));
  if (repeated.some((v) => v !== undefined))
    return alignViews(
      b,
      views.map((v, k) => repeated[k] ?? v),
    );

  const result = (tensor: string): View => {
    let p = 0;
    const dims = (views[0] as View).dims.map((dim) =>
      dim.map((f) => ({ size: f.size, at: order.indexOf(p++) })),
    );
    return { tensor, memory: order.map(size), dims };
  };

  // Operands that lie alike need no common axes at all: they keep the shape that the largest one has.
  const alike = views.every(
    (view, k) =>
      view.memory.length === 0 ||
      (view.memory.length === order.length && order.every((p, i) => at(k, p) === i)),
  );
  if (alike) {
    const shape = order.length === 0 ? [] : commonShape(b, views, stored[leader] as number);
    return {
      tensors: views.map((v) => b.reshape(v.tensor, v.memory.length === 0 ? [] : shape)),
      shape,
      result,
    };
  }

  const groups: number[][] = [];
  for (const p of order) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    const joins = last !== undefined && views.every((_, k) => at(k, last) < 0 === at(k, p) < 0);
    if (joins) group?.push(p);
    else groups.push([p]);
  }
  const groupSize = (group: readonly number[]) => sizeOf(group.map(size));
  // Short runs are lengthened below; over all but the outermost axis is enough.
  const [first, inner, ...deeper] = groups;
  if (first && first.length > 1 && inner && deeper.length === 0 && groupSize(inner) < SHORT)
    groups.splice(0, 1, first.slice(0, 1), first.slice(1));
  const tensors = views.map((view, k) => {
    const positions = order.map((p) => at(k, p)).filter((a) => a >= 0);
    const dims = groups.map((group) => (at(k, group[0] as number) < 0 ? 1 : groupSize(group)));
    return lengthened(b, arrange(b, view, positions, dims), dims, groups.map(groupSize));
  });
  return { tensors, shape: groups.map(groupSize), result };
}

/** Shorter runs than this are slow to broadcast one by one, in arrays that are not small. */
const SHORT = 32;
const SMALL = 1 << 14;

/** Repeats short innermost runs over the broadcast axis before them, as when a number a channel meets blocked images. */
function lengthened(
  b: OnnxBuilder,
  tensor: string,
  dims: readonly number[],
  full: readonly number[],
): string {
  const last = dims.length - 1;
  const isShort =
    last > 0 && dims[last] === full[last] && (full[last] as number) < SHORT && dims[last - 1] === 1;
  if (!isShort || sizeOf(full) < SMALL) return tensor;
  const shape = dims.map((d, i) => (i === last - 1 ? (full[i] as number) : d));
  return b.node("Expand", [tensor, b.ints(shape)], shape);
}

/**
 * The shape that most of the largest operands are stored under; between equals, the one with the most rows, as matrix
 * products and normalisations leave theirs. The others are renamed, which takes a node each.
 */
function commonShape(b: OnnxBuilder, views: readonly View[], largest: number): readonly number[] {
  const shapes = views.filter((v) => sizeOf(v.memory) === largest).map((v) => b.shape(v.tensor));
  const votes = (shape: readonly number[]) => shapes.filter((s) => s.join() === shape.join()).length;
  const rows = (shape: readonly number[]) => sizeOf(shape.slice(0, -1));
  return shapes.reduce((best, shape) =>
    votes(shape) > votes(best) || (votes(shape) === votes(best) && rows(shape) > rows(best)) ? shape : best,
  );
}

/**
 * Repeats the elements of a view whose broadcast axes lie between stored ones, as when a pooled image meets the image:
 * memory [.., h, w] under an order [.., h, kh, w, kw]. ONNX Runtime broadcasts such small inner axes one by one, and
 * resizes whole images an order of magnitude faster.
 */
function upsample(
  b: OnnxBuilder,
  view: View,
  factors: readonly Factor[],
  order: readonly number[],
): View | undefined {
  const runs: { stored: boolean; size: number }[] = [];
  for (const p of order) {
    const f = factors[p] as Factor;
    const run = runs.at(-1);
    if (run && run.stored === f.at >= 0) run.size *= f.size;
    else runs.push({ stored: f.at >= 0, size: f.size });
  }
  if (runs.length !== 4 || !runs[0]?.stored) return undefined;
  const [rows, kh, columns, kw] = runs.map((run) => run.size) as [number, number, number, number];
  if (kh > 8 || kw > 8) return undefined;
  const stored = order.filter((p) => (factors[p] as Factor).at >= 0).map((p) => (factors[p] as Factor).at);
  const image = arrange(b, view, stored, [1, 1, rows, columns]);
  const full = [1, 1, rows * kh, columns * kw];
  const attributes = { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };
  const tensor = b.node("Resize", [image, "", "", b.ints(full)], full, attributes);
  let p = 0;
  return {
    tensor,
    memory: order.map((q) => (factors[q] as Factor).size),
    dims: view.dims.map((dim) => dim.map((f) => ({ size: f.size, at: order.indexOf(p++) }))),
  };
}
