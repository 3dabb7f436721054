import type { TypedArray } from "../tensor.ts";
import { type Expr, type LoadExpr, loadsOf } from "./expr.ts";
import { type Buffer, buffersOf, type Shape, sameView, type View } from "./view.ts";

/** A part of a program. */
export type Kernel = LoopKernel | RoutineKernel;

/** A routine in JavaScript on dense arrays in memory. */
export interface RoutineKernel {
  readonly kind: "routine";
  readonly name: string;
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Buffer[];
  readonly run: (inputs: readonly TypedArray[], outputs: readonly TypedArray[]) => void;
}

/** A loop nest: for every index of `domain`, each store writes an expression, reduced over the axes of `reduce`. */
export interface LoopKernel {
  readonly kind: "loop";
  readonly domain: Shape;
  readonly reduce: Shape;
  readonly reduceOp?: ReduceOp;
  readonly stores: readonly Store[];
  readonly limit?: Limit;
}

/** Where a loop ends early: the iterations of an axis (domain axes, then reduction axes) from `count` on are left out. */
export interface Limit {
  readonly axis: number;
  /** int32, the same along the axis. */
  readonly count: LoadExpr;
}

export type ReduceOp = "sum" | "prod" | "min" | "max";

export interface Store {
  /** Over the axes of the domain. Elements whose index terms are out of range are skipped. */
  readonly view: View;
  /** Over the axes of the domain, then those of the reduction. */
  readonly expr: Expr;
  /** "add" accumulates into memory. */
  readonly mode: "set" | "add";
  /** False when every reader takes the value from the same loop instead of from memory. */
  readonly needed: boolean;
}

export const elementwise = (
  domain: Shape,
  view: View,
  expr: Expr,
  mode: Store["mode"] = "set",
): LoopKernel => ({
  kind: "loop",
  domain,
  reduce: [],
  stores: [{ view, expr, mode, needed: true }],
});

export function readsOf(kernel: Kernel): Set<Buffer> {
  if (kernel.kind === "routine") return new Set(kernel.inputs);
  return new Set(
    kernel.stores.flatMap(({ view, expr, mode }) => [
      ...loadsOf(expr).flatMap((x) => buffersOf(x.view)),
      ...buffersOf(view).slice(mode === "add" ? 0 : 1),
    ]),
  );
}

export const writesOf = (kernel: Kernel): Set<Buffer> =>
  new Set(kernel.kind === "routine" ? kernel.outputs : kernel.stores.map((s) => s.view.buffer));

/** For every kernel the earlier ones that must run before it. */
function dependencies(kernels: readonly Kernel[]): Set<number>[] {
  const writers = new Map<Buffer, number[]>();
  const readers = new Map<Buffer, number[]>();
  const add = (map: Map<Buffer, number[]>, buffer: Buffer, i: number) => {
    const list = map.get(buffer);
    if (list) list.push(i);
    else map.set(buffer, [i]);
  };
  return kernels.map((kernel, i) => {
    const [reads, writes] = [readsOf(kernel), writesOf(kernel)];
    const before = new Set<number>();
    for (const buffer of [...reads, ...writes]) for (const k of writers.get(buffer) ?? []) before.add(k);
    for (const buffer of writes) for (const k of readers.get(buffer) ?? []) before.add(k);
    for (const buffer of reads) add(readers, buffer, i);
    for (const buffer of writes) add(writers, buffer, i);
    return before;
  });
}

const isPlain = (kernel: Kernel): kernel is LoopKernel =>
  kernel.kind === "loop" &&
  kernel.reduce.length === 0 &&
  kernel.stores.every((s) => s.mode === "set" && s.view.terms.length === 0);

/** True when every load of a buffer in `written` reads exactly the element written in the same iteration. */
function readsInStep(kernel: LoopKernel, written: ReadonlyMap<Buffer, View>): boolean {
  return kernel.stores.every(({ expr }) =>
    loadsOf(expr).every(({ view }) => {
      const target = written.get(view.buffer);
      if (target !== undefined && !sameView(view, target)) return false;
      return view.terms.every((term) => buffersOf(term.view).every((b) => !written.has(b)));
    }),
  );
}

/** True for a loop that only adds to or writes elements which index arrays select. */
const isScatter = (kernel: Kernel): kernel is LoopKernel =>
  kernel.kind === "loop" && kernel.reduce.length === 0 && kernel.stores.every((s) => s.view.terms.length > 0);

const disjoint = <T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean => [...a].every((x) => !b.has(x));

/** Stores in one loop beyond which the pointers and values no longer fit in registers. */
const groupLimit = 12;

/** Which kernels may join a loop over their domain that begins with `head`; undefined if none may. */
function joining(head: Kernel): ((kernel: LoopKernel) => boolean) | undefined {
  if (isPlain(head)) {
    const written = new Map(head.stores.map((x) => [x.view.buffer, x.view]));
    return (kernel) => {
      if (!isPlain(kernel) || !readsInStep(kernel, written)) return false;
      for (const x of kernel.stores) written.set(x.view.buffer, x.view);
      return true;
    };
  }
  if (!isScatter(head)) return undefined;
  // An element may be selected twice, so that no scatter may read what another one writes.
  const [read, written] = [readsOf(head), writesOf(head)];
  return (kernel) => {
    if (!isScatter(kernel)) return false;
    const [reads, writes] = [readsOf(kernel), writesOf(kernel)];
    if (!disjoint(reads, written) || !disjoint(writes, read) || !disjoint(writes, written)) return false;
    for (const x of reads) read.add(x);
    for (const x of writes) written.add(x);
    return true;
  };
}

/**
 * Orders the kernels and joins elementwise ones over the same domain into one loop, in which values pass from store
 * to load without memory; scatters likewise, which then read their indices once. List scheduling: a group grows while
 * some kernel fits whose inputs are ready.
 */
export function schedule(kernels: readonly Kernel[], kept: ReadonlySet<Buffer>): Kernel[] {
  const needs = dependencies(kernels);
  const waiting = new Set(kernels.keys());
  const shapes = kernels.map((kernel) => (kernel.kind === "loop" ? String(kernel.domain) : undefined));
  const ready = (i: number) => [...(needs[i] as Set<number>)].every((k) => !waiting.has(k));
  const groups: number[][] = [];
  while (waiting.size > 0) {
    // Kernels come in an order in which their inputs are ready, so the first one waiting always is.
    const [first] = waiting as Iterable<number> as [number];
    const group = [first];
    waiting.delete(first);
    const joins = joining(kernels[first] as Kernel);
    if (joins) {
      for (const i of waiting) {
        if (shapes[i] !== shapes[first] || !ready(i) || group.length === groupLimit) continue;
        if (!joins(kernels[i] as LoopKernel)) continue;
        group.push(i);
        waiting.delete(i);
      }
    }
    groups.push(group);
  }
  const readers = new Map<Buffer, Set<number>>();
  groups.forEach((group, g) => {
    for (const i of group) {
      for (const buffer of readsOf(kernels[i] as Kernel)) {
        readers.set(buffer, (readers.get(buffer) ?? new Set()).add(g));
      }
    }
  });
  return groups.map((group, g) => {
    const head = kernels[group[0] as number] as Kernel;
    if (head.kind === "routine") return head;
    const readElsewhere = (buffer: Buffer) =>
      kept.has(buffer) || [...(readers.get(buffer) ?? [])].some((reader) => reader !== g);
    const stores = group.flatMap((i) => (kernels[i] as LoopKernel).stores);
    return { ...head, stores: stores.map((s) => ({ ...s, needed: readElsewhere(s.view.buffer) })) };
  });
}

/**
 * Tells whether a buffer `next` may live in the memory of `current`: whatever reads the current value runs before the
 * next one is written, or reads exactly the element that the same iteration then overwrites.
 */
export function overwriting(kernels: readonly Kernel[]): (current: Buffer, next: Buffer) => boolean {
  const [readers, writers] = [indexBy(kernels, readsOf), indexBy(kernels, writesOf)];
  return (current, next) => {
    const first = writers.get(next)?.[0];
    if (first === undefined) return false;
    return (readers.get(current) ?? []).every((i) => {
      if (i < first) return true;
      const kernel = kernels[i] as Kernel;
      if (i > first || !isPlain(kernel)) return false;
      const [target, ...others] = kernel.stores.filter((s) => s.view.buffer === next) as [Store, ...Store[]];
      if (others.length > 0) return false;
      return readsInStep(kernel, new Map([[current, { ...target.view, buffer: current }]]));
    });
  };
}

/** The positions of the kernels that touch each buffer, in order. */
function indexBy(
  kernels: readonly Kernel[],
  buffers: (kernel: Kernel) => ReadonlySet<Buffer>,
): Map<Buffer, number[]> {
  const positions = new Map<Buffer, number[]>();
  kernels.forEach((kernel, i) => {
    for (const buffer of buffers(kernel)) {
      const list = positions.get(buffer);
      if (list) list.push(i);
      else positions.set(buffer, [i]);
    }
  });
  return positions;
}
