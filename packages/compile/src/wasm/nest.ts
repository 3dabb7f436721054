import { type Lanes, lanesOf } from "../fused/vector.ts";
import type { DType } from "../tensor.ts";
import { type Expr, loadsOf } from "./expr.ts";
import type { Kernel } from "./kernel.ts";
import { range, type View } from "./view.ts";

/** One loop of a nest. */
export interface Loop {
  /** Axis of the kernel's views (domain axes, then reduction axes) whose strides the loop follows. */
  readonly axis: number;
  readonly size: number;
  readonly reduce: boolean;
  /** The loop whose iterations fill the lanes of a vector. */
  readonly vector: boolean;
}

export interface Nest {
  /** Outermost first; loops over the domain come before those of the reduction. */
  readonly loops: readonly Loop[];
  readonly lanes: Lanes;
}

/** Stride along an axis; views of stores do not have the axes of the reduction. */
export const strideOf = (view: View, axis: number): number => view.strides[axis] ?? 0;

/** True when the position of an element depends on the axis. */
export const dependsOn = (view: View, axis: number): boolean =>
  strideOf(view, axis) !== 0 || view.terms.some((term) => dependsOn(term.view, axis));

const withTerms = (view: View): View[] => [view, ...view.terms.flatMap((term) => withTerms(term.view))];

const dtypesOf = (expr: Expr): DType[] => [
  expr.dtype,
  ...(expr.kind === "op" ? expr.args.flatMap(dtypesOf) : []),
];

/**
 * Chooses the loops of a kernel: axes of size 1 vanish, neighbours that are evenly spaced in every array merge, and
 * the axis along which most arrays are contiguous becomes the vector axis.
 */
export function planNest(kernel: Kernel): Nest {
  const sizes = [...kernel.domain, ...kernel.reduce];
  const rank = kernel.domain.length;
  const stores = kernel.stores.map((s) => s.view);
  const loads = kernel.stores.flatMap((s) => loadsOf(s.expr).map((x) => x.view));
  const all = [...stores, ...loads].flatMap(withTerms);
  const lanes = lanesOf(kernel.stores.flatMap((s) => [s.view.buffer.dtype, ...dtypesOf(s.expr)]));

  let loops: Loop[] = [];
  for (const axis of range(sizes.length)) {
    const size = sizes[axis] as number;
    if (size === 1) continue;
    const before = loops.at(-1);
    const next: Loop = { axis, size, reduce: axis >= rank, vector: false };
    const merges =
      before !== undefined &&
      before.reduce === next.reduce &&
      all.every((view) => strideOf(view, before.axis) === strideOf(view, axis) * size);
    if (merges) loops[loops.length - 1] = { ...next, size: before.size * size };
    else loops.push(next);
  }

  const isContiguous = (view: View, axis: number) =>
    strideOf(view, axis) === 1 && view.terms.every((term) => !dependsOn(term.view, axis));
  /** Loads that need one access per lane, or infinity where the axis cannot be the vector axis. */
  const cost = ({ axis, size, reduce }: Loop): number => {
    const written = reduce || stores.every((view) => isContiguous(view, axis));
    if (size < lanes || !written) return Number.POSITIVE_INFINITY;
    const moving = loads.filter((view) => dependsOn(view, axis));
    const gathered = moving.filter((view) => !isContiguous(view, axis)).length;
    const hasReduction = loops.some((x) => x.reduce);
    if (hasReduction && gathered === moving.length) return Number.POSITIVE_INFINITY;
    return gathered;
  };
  const costs = loops.map(cost);
  const least = Math.min(...costs);
  if (least > loads.length / 2) return { loops, lanes };
  // Among equals, a domain axis of some length: it needs no sum over lanes at the end.
  const equal = loops.filter((_, i) => costs[i] === least);
  const chosen =
    equal.find((x) => !x.reduce && x.size >= 4 * lanes) ??
    equal.toSorted((a, b) => b.size - a.size || Number(a.reduce) - Number(b.reduce))[0];
  if (chosen === undefined) return { loops, lanes };
  const marked = { ...chosen, vector: true };
  loops = [
    ...loops.filter((x) => !x.reduce && x !== chosen),
    ...(chosen.reduce ? [] : [marked]),
    ...loops.filter((x) => x.reduce && x !== chosen),
    ...(chosen.reduce ? [marked] : []),
  ];
  return { loops, lanes };
}
