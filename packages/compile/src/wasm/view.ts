import { range } from "../range.ts";
import type { DType } from "../tensor.ts";
import { sizeOf } from "../tensor.ts";

/** What is known of a constant array. */
export interface Known {
  /** NaN when an element is NaN. */
  readonly least: number;
  readonly largest: number;
  /** Its elements are 0, 1, 2, ... */
  readonly counts: boolean;
}

/** A place in memory for one array. Its address is assigned after scheduling. */
export interface Buffer {
  readonly dtype: DType;
  /** Elements. */
  readonly size: number;
  /** Of a constant. */
  readonly known?: Known;
  /** Bytes from the start of memory, or undefined until assigned; of a moving buffer, unused. */
  address?: number;
  /** A buffer that moves from step to step: its address is parameter `slot` of the program. */
  readonly slot?: number;
}

/** An element of an index array, times a stride, is added to the position. */
export interface Term {
  readonly view: View;
  /** Elements by which the position moves when the index grows by one. */
  readonly stride: number;
  /** Indices lie in [0, size). */
  readonly size: number;
}

/** How the elements of an array of some shape lie in a buffer: at offset + sum index[k] strides[k] + sum of terms. */
export interface View {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly strides: readonly number[];
  readonly terms: readonly Term[];
}

export type Shape = readonly number[];

/** Row-major strides. */
export function denseStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let k = shape.length - 1; k >= 0; k--) {
    strides[k] = stride;
    stride *= shape[k] as number;
  }
  return strides;
}

export const denseView = (buffer: Buffer, shape: Shape): View => ({
  buffer,
  offset: 0,
  strides: denseStrides(shape),
  terms: [],
});

/** A change of a view's offset and strides, applied to its index arrays as well. */
type Strided = Pick<View, "offset" | "strides">;

function mapStrides(view: View, f: (x: Strided) => Strided): View {
  const terms = view.terms.map((term) => ({ ...term, view: mapStrides(term.view, f) }));
  return { ...view, ...f(view), terms };
}

export const permute = (view: View, perm: readonly number[]): View =>
  mapStrides(view, (x) => ({ offset: x.offset, strides: perm.map((p) => x.strides[p] as number) }));

/** Adds axes of stride 0: axis k of the result is axis `source[k]` of the view, or new where that is -1. */
export const spread = (view: View, source: readonly number[]): View =>
  mapStrides(view, (x) => ({
    offset: x.offset,
    strides: source.map((k) => (k < 0 ? 0 : (x.strides[k] as number))),
  }));

/** NumPy broadcasting of a view of shape `from` to shape `to`. */
export function broadcastTo(view: View, from: Shape, to: Shape): View {
  const lead = to.length - from.length;
  return spread(
    view,
    to.map((_, k) => (k < lead || (from[k - lead] === 1 && to[k] !== 1) ? -1 : k - lead)),
  );
}

export const flip = (view: View, shape: Shape, axes: readonly number[]): View =>
  mapStrides(view, (x) => ({
    offset: axes.reduce((sum, k) => sum + ((shape[k] as number) - 1) * (x.strides[k] as number), x.offset),
    strides: x.strides.map((s, k) => (axes.includes(k) ? -s : s)),
  }));

/** The part of a view that starts at `starts`. */
export const shrink = (view: View, starts: readonly number[]): View =>
  mapStrides(view, (x) => ({
    offset: starts.reduce((sum, start, k) => sum + start * (x.strides[k] as number), x.offset),
    strides: x.strides,
  }));

/**
 * Sliding windows over the last axes: axis k becomes position (step `steps[k]`), and one axis per window is appended
 * (step `dilations[k]`).
 */
export const windows = (view: View, steps: readonly number[], dilations: readonly number[]): View =>
  mapStrides(view, (x) => {
    const lead = x.strides.length - steps.length;
    const last = x.strides.slice(lead);
    return {
      offset: x.offset,
      strides: [
        ...x.strides.slice(0, lead),
        ...last.map((s, k) => s * (steps[k] as number)),
        ...last.map((s, k) => s * (dilations[k] as number)),
      ],
    };
  });

/** An index over the axes of a result: offset + sum index[k] strides[k] + sum of elements of arrays. */
export interface Index {
  readonly offset: number;
  readonly strides: readonly number[];
  readonly arrays: readonly View[];
}

/** Replaces the axes `axes` by indices over new axes, which start at axis `outDim` of the result. */
export function gatherView(
  view: View,
  axes: readonly number[],
  shape: Shape,
  outDim: number,
  indexRank: number,
  indices: readonly Index[],
): View {
  const kept = range(shape.length).filter((k) => !axes.includes(k));
  const source = [...kept.slice(0, outDim), ...range(indexRank).map(() => -1), ...kept.slice(outDim)];
  const gather = (v: View): View => {
    const moves = axes.flatMap((axis, i) => {
      const stride = v.strides[axis] as number;
      return stride === 0 ? [] : [{ ...(indices[i] as Index), stride, size: shape[axis] as number }];
    });
    const sum = (start: number, f: (index: Index) => number) =>
      moves.reduce((total, index) => total + index.stride * f(index), start);
    return {
      buffer: v.buffer,
      offset: sum(v.offset, (index) => index.offset),
      strides: source.map((k, at) =>
        sum(k < 0 ? 0 : (v.strides[k] as number), (index) => index.strides[at] as number),
      ),
      terms: [
        ...v.terms.map((term) => ({ ...term, view: gather(term.view) })),
        ...moves.flatMap(({ arrays, stride, size }) => arrays.map((view) => ({ view, stride, size }))),
      ],
    };
  };
  return gather(view);
}

/** Strides after a reshape without copying, or undefined where none exist. */
function reshapeStrides(shape: Shape, strides: readonly number[], to: Shape): number[] | undefined {
  const old = range(shape.length).filter((k) => shape[k] !== 1);
  const result = new Array<number>(to.length).fill(0);
  let i = 0;
  let k = 0;
  while (i < old.length) {
    // The smallest groups of old and new axes with equal products.
    let [first, have, want] = [i, shape[old[i] as number] as number, 1];
    const start = k;
    while (k < to.length && want < have) want *= to[k++] as number;
    while (want !== have) {
      if (want < have) want *= to[k++] as number;
      else have *= shape[old[++i] as number] as number;
    }
    i++;
    for (; first < i - 1; first++) {
      const [outer, inner] = [old[first] as number, old[first + 1] as number];
      if (strides[outer] !== (strides[inner] as number) * (shape[inner] as number)) return undefined;
    }
    let stride = strides[old[i - 1] as number] as number;
    for (let j = k - 1; j >= start; j--) {
      result[j] = stride;
      stride *= to[j] as number;
    }
  }
  return result;
}

/** The view with another shape of the same size, or undefined where its elements are not evenly spaced. */
export function reshape(view: View, from: Shape, to: Shape): View | undefined {
  if (sizeOf(from) === 0)
    return spread(
      view,
      to.map(() => -1),
    );
  const strides = reshapeStrides(from, view.strides, to);
  if (strides === undefined) return undefined;
  const terms: Term[] = [];
  for (const term of view.terms) {
    const inner = reshape(term.view, from, to);
    if (inner === undefined) return undefined;
    terms.push({ ...term, view: inner });
  }
  return { buffer: view.buffer, offset: view.offset, strides, terms };
}

/** True when two views of one shape address the same elements in the same order. */
export const sameView = (a: View, b: View): boolean =>
  a.buffer === b.buffer &&
  a.offset === b.offset &&
  a.terms.length === 0 &&
  b.terms.length === 0 &&
  a.strides.every((s, k) => s === b.strides[k]);

/** True when two views of one shape address the same elements in the same order, through equal index arrays if any. */
export const sameElements = (a: View, b: View): boolean =>
  a.buffer === b.buffer &&
  a.offset === b.offset &&
  a.strides.length === b.strides.length &&
  a.strides.every((s, k) => s === b.strides[k]) &&
  a.terms.length === b.terms.length &&
  a.terms.every((term, i) => {
    const other = b.terms[i] as Term;
    return term.stride === other.stride && term.size === other.size && sameElements(term.view, other.view);
  });

/** The buffers that a view reads: its own and those of its index arrays. */
export const buffersOf = (view: View): Buffer[] => [
  view.buffer,
  ...view.terms.flatMap((term) => buffersOf(term.view)),
];

/** Stride along an axis; views of stores do not have the axes of the reduction. */
export const strideOf = (view: View, axis: number): number => view.strides[axis] ?? 0;

/** True when the position of an element depends on the axis. */
export const dependsOn = (view: View, axis: number): boolean =>
  strideOf(view, axis) !== 0 || view.terms.some((term) => dependsOn(term.view, axis));
