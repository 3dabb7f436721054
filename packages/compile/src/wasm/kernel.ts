import type { TypedArray } from "../tensor.ts";
import { type Expr, load, loadsOf } from "./expr.ts";
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

const meet = <T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean => [...a].some((x) => b.has(x));

const isPlain = (kernel: Kernel): kernel is LoopKernel =>
  kernel.kind === "loop" &&
  kernel.reduce.length === 0 &&
  kernel.stores.every((s) => s.mode === "set" && s.view.terms.length === 0);

/** True when every load of a buffer that `group` writes reads exactly the element written in the same iteration. */
function readsInStep(kernel: LoopKernel, group: readonly LoopKernel[]): boolean {
  const written = new Map(group.flatMap((k) => k.stores.map((s) => [s.view.buffer, s.view] as const)));
  return kernel.stores.every(({ expr }) =>
    loadsOf(expr).every(({ view }) => {
      const target = written.get(view.buffer);
      if (target !== undefined && !sameView(view, target)) return false;
      return view.terms.every((term) => buffersOf(term.view).every((b) => !written.has(b)));
    }),
  );
}

/**
 * Orders the kernels and joins elementwise ones over the same domain into one loop, in which values pass from store
 * to load without memory. List scheduling: a group grows while some kernel fits whose inputs are ready.
 */
export function schedule(kernels: readonly Kernel[], kept: ReadonlySet<Buffer>): Kernel[] {
  const reads = kernels.map(readsOf);
  const writes = kernels.map(writesOf);
  const needs = kernels.map((_, j) =>
    kernels.flatMap((_, i) => {
      const [ri, wi] = [reads[i] as Set<Buffer>, writes[i] as Set<Buffer>];
      const [rj, wj] = [reads[j] as Set<Buffer>, writes[j] as Set<Buffer>];
      return i < j && (meet(wi, rj) || meet(wi, wj) || meet(ri, wj)) ? [i] : [];
    }),
  );
  const done = new Set<number>();
  const groups: number[][] = [];
  while (done.size < kernels.length) {
    const ready = (j: number, group: readonly number[]) =>
      !done.has(j) && !group.includes(j) && needs[j]!.every((i) => done.has(i) || group.includes(i));
    const first = kernels.findIndex((_, j) => ready(j, []));
    const head = kernels[first] as Kernel;
    const group = [first];
    if (isPlain(head)) {
      for (let j = 0; j < kernels.length; j++) {
        const kernel = kernels[j] as Kernel;
        const fits =
          isPlain(kernel) &&
          String(kernel.domain) === String(head.domain) &&
          ready(j, group) &&
          readsInStep(
            kernel,
            group.map((i) => kernels[i] as LoopKernel),
          );
        if (fits) group.push(j);
      }
    }
    for (const j of group) done.add(j);
    groups.push(group);
  }
  return groups.map((group) => {
    const head = kernels[group[0] as number] as Kernel;
    if (head.kind === "routine") return head;
    const readElsewhere = (buffer: Buffer) =>
      kept.has(buffer) || kernels.some((_, j) => !group.includes(j) && reads[j]!.has(buffer));
    const stores = group.flatMap((j) => (kernels[j] as LoopKernel).stores);
    return { ...head, stores: stores.map((s) => ({ ...s, needed: readElsewhere(s.view.buffer) })) };
  });
}

/**
 * True when `next` may live in the memory of `current`: whatever reads the current value runs before the next one is
 * written, or reads exactly the element that the same iteration then overwrites.
 */
export function canOverwrite(kernels: readonly Kernel[], current: Buffer, next: Buffer): boolean {
  const writers = kernels.flatMap((k, i) => (writesOf(k).has(next) ? [i] : []));
  const first = writers[0];
  if (first === undefined) return false;
  return kernels.every((kernel, i) => {
    if (!readsOf(kernel).has(current) || i < first) return true;
    if (i > first || writers.length > 1 || !isPlain(kernel)) return false;
    const target = kernel.stores.find((s) => s.view.buffer === next) as Store;
    const old = { ...target.view, buffer: current };
    return readsInStep(kernel, [elementwise(kernel.domain, old, load(old))]);
  });
}
