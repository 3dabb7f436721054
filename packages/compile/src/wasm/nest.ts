import { type Lanes, lanesOf } from "../fused/vector.ts";
import { range } from "../range.ts";
import type { DType } from "../tensor.ts";
import { type Expr, loadsOf } from "./expr.ts";
import type { LoopKernel } from "./kernel.ts";
import { dependsOn, strideOf, type View } from "./view.ts";

/** One loop of a nest. */
export interface Loop {
  /** Axis of the kernel's views (domain axes, then reduction axes) whose strides the loop follows. */
  readonly axis: number;
  readonly size: number;
  readonly reduce: boolean;
  /** The loop whose iterations fill the lanes of a vector. */
  readonly vector: boolean;
  /** The loop may end early: see Limit. */
  readonly limited: boolean;
}

export interface Nest {
  /** Outermost first; loops over the domain come before those of the reduction. */
  readonly loops: readonly Loop[];
  readonly lanes: Lanes;
}

const withTerms = (view: View): View[] => [view, ...view.terms.flatMap((term) => withTerms(term.view))];

const dtypesOf = (expr: Expr): DType[] => [
  expr.dtype,
  ...(expr.kind === "op" ? expr.args.flatMap(dtypesOf) : []),
];

/**
 * Chooses the loops of a kernel: axes of size 1 vanish, neighbours that are evenly spaced in every array merge, and
 * the axis along which most arrays are contiguous becomes the vector axis.
 */
export function planNest(kernel: LoopKernel): Nest {
  const sizes = [...kernel.domain, ...kernel.reduce];
  const rank = kernel.domain.length;
  const stores = kernel.stores.map((s) => s.view);
  const loads = kernel.stores.flatMap((s) => loadsOf(s.expr).map((x) => x.view));
  const all = [...stores, ...loads].flatMap(withTerms);
  const lanes = lanesOf(kernel.stores.flatMap((s) => [s.view.buffer.dtype, ...dtypesOf(s.expr)]));

  // Loops over the domain follow the memory that is written.
  const target = stores[0] as View;
  const domain = range(rank).toSorted(
    (a, b) => Math.abs(strideOf(target, b)) - Math.abs(strideOf(target, a)),
  );
  let loops: Loop[] = [];
  for (const axis of [...domain, ...range(kernel.reduce.length).map((k) => rank + k)]) {
    const size = sizes[axis] as number;
    if (size === 1) continue;
    const before = loops.at(-1);
    const next: Loop = {
      axis,
      size,
      reduce: axis >= rank,
      vector: false,
      limited: axis === kernel.limit?.axis,
    };
    const merges =
      before !== undefined &&
      !before.limited &&
      !next.limited &&
      before.reduce === next.reduce &&
      all.every((view) => strideOf(view, before.axis) === strideOf(view, axis) * size);
    if (merges) loops[loops.length - 1] = { ...next, size: before.size * size };
    else loops.push(next);
  }

  const isContiguous = (view: View, axis: number) =>
    strideOf(view, axis) === 1 && view.terms.every((term) => !dependsOn(term.view, axis));
  const hasReduction = loops.some((x) => x.reduce);
  /** Arrays that need one access per lane, or infinity where the axis cannot be the vector axis. */
  const cost = ({ axis, size, reduce }: Loop): number => {
    const indexed = stores.some((view) => view.terms.some((term) => dependsOn(term.view, axis)));
    if (size < lanes || indexed) return Number.POSITIVE_INFINITY;
    const moving = loads.filter((view) => dependsOn(view, axis));
    const gathered = moving.filter((view) => !isContiguous(view, axis)).length;
    if (hasReduction) return gathered === moving.length ? Number.POSITIVE_INFINITY : gathered;
    // Lanes of one store must not overlap, and scattering them costs as much as gathering.
    const scattered = stores.filter((view) => !isContiguous(view, axis)).length;
    return !reduce && scattered === 0 ? gathered : Number.POSITIVE_INFINITY;
  };
  const costs = loops.map(cost);
  const least = Math.min(...costs);
  if (least > loads.length / 2) return { loops: withLimit(loops, kernel), lanes };
  // Among equals, a domain axis of some length: it needs no sum over lanes at the end.
  const equal = loops.filter((_, i) => costs[i] === least);
  const chosen =
    equal.find((x) => !x.reduce && x.size >= 4 * lanes) ??
    equal.toSorted((a, b) => b.size - a.size || Number(a.reduce) - Number(b.reduce))[0];
  if (chosen === undefined) return { loops: withLimit(loops, kernel), lanes };
  const marked = { ...chosen, vector: true };
  loops = [
    ...loops.filter((x) => !x.reduce && x !== chosen),
    ...(chosen.reduce ? [] : [marked]),
    ...loops.filter((x) => x.reduce && x !== chosen),
    ...(chosen.reduce ? [marked] : []),
  ];
  return { loops: withLimit(loops, kernel), lanes };
}

/** Drops a limit that is not known when its loop begins. */
function withLimit(loops: readonly Loop[], { limit }: LoopKernel): readonly Loop[] {
  const at = loops.findIndex((x) => x.limited);
  const isKnown = loops.every(
    ({ axis, vector }, i) => !limit || !dependsOn(limit.count.view, axis) || (i < at && !vector),
  );
  return isKnown ? loops : loops.map((x) => ({ ...x, limited: false }));
}
