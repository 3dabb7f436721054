import { sizeOf } from "../tensor.ts";

/**
 * Views: how a logical array lies in memory. A view names a stored tensor, factorises its memory into axes, and says
 * which factors (or broadcast axes, which occupy no memory) make up each logical dimension. Reshape, transpose and
 * broadcast then only rearrange descriptions; memory moves when an operation needs another layout.
 */

/** One factor of a logical dimension: `at` is its position among the memory factors, or -1 when it is a broadcast. */
export interface Factor {
  readonly size: number;
  readonly at: number;
}

export interface View {
  /** Name of the stored tensor. */
  readonly tensor: string;
  /** Sizes of the memory's factors, outermost first; each is larger than one. */
  readonly memory: readonly number[];
  /** The factors of each logical dimension, outermost first; none for a dimension of size one. */
  readonly dims: readonly (readonly Factor[])[];
}

/** The logical shape of a view. */
export const shapeOf = (view: View): number[] => view.dims.map((d) => sizeOf(d.map((f) => f.size)));

/** A view of a tensor stored in row-major order. */
export function contiguous(tensor: string, shape: readonly number[]): View {
  const memory: number[] = [];
  const dims = shape.map((size) => {
    if (size === 1) return [];
    memory.push(size);
    return [{ size, at: memory.length - 1 }];
  });
  return { tensor, memory, dims };
}

/** True when the logical row-major order is the memory's own and nothing is broadcast. */
export function isContiguous(view: View): boolean {
  let next = 0;
  for (const f of view.dims.flat()) if (f.at !== next++) return false;
  return next === view.memory.length;
}

/** Splits every memory factor as `parts` says (position -> sizes of its pieces); broadcast factors split in place. */
function splitMemory(view: View, parts: ReadonlyMap<number, readonly number[]>): View {
  const memory: number[] = [];
  const start = view.memory.map((size, i) => {
    memory.push(...(parts.get(i) ?? [size]));
    return memory.length - (parts.get(i)?.length ?? 1);
  });
  const dims = view.dims.map((dim) =>
    dim.flatMap((f) => {
      if (f.at < 0) return [f];
      const first = start[f.at] as number;
      return (parts.get(f.at) ?? [f.size]).map((size, k) => ({ size, at: first + k }));
    }),
  );
  return { tensor: view.tensor, memory, dims };
}

/** Cuts a list of factors at the given positions of its running product; undefined when a cut is not possible. */
function refine(view: View, cuts: readonly (readonly number[])[]): View | undefined {
  const parts = new Map<number, number[]>();
  const dims: Factor[][] = [];
  for (const [d, dim] of view.dims.entries()) {
    const wanted = cuts[d] as readonly number[];
    const refined: Factor[] = [];
    let k = 0;
    for (const f of dim) {
      const pieces: number[] = [];
      let rest = f.size;
      while (rest > 1) {
        const size = wanted[k++];
        if (size === undefined || rest % size !== 0) return undefined;
        pieces.push(size);
        rest /= size;
      }
      if (f.at >= 0) {
        if (pieces.length > 1) parts.set(f.at, pieces);
        refined.push(f);
      } else {
        refined.push(...pieces.map((size) => ({ size, at: -1 })));
      }
    }
    dims.push(refined);
  }
  return splitMemory({ ...view, dims }, parts);
}

/** The coarsest common refinement of two factorisations of one number; undefined when they do not nest. */
function commonFactors(a: readonly number[], b: readonly number[]): number[] | undefined {
  const out: number[] = [];
  let [i, j, x, y] = [0, 0, a[0] ?? 1, b[0] ?? 1];
  while (i < a.length && j < b.length) {
    const size = Math.min(x, y);
    if (x % size !== 0 || y % size !== 0) return undefined;
    out.push(size);
    x /= size;
    y /= size;
    if (x === 1) x = a[++i] ?? 1;
    if (y === 1) y = b[++j] ?? 1;
  }
  return out;
}

/** Views of the same logical shape, refined until their factors agree dimension by dimension; undefined if they cannot. */
export function refineTogether(views: readonly View[]): View[] | undefined {
  const rank = (views[0] as View).dims.length;
  const cuts: number[][] = [];
  for (let d = 0; d < rank; d++) {
    let common: number[] | undefined = [sizeOf(((views[0] as View).dims[d] as Factor[]).map((f) => f.size))];
    if (common[0] === 1) common = [];
    for (const view of views)
      common =
        common &&
        commonFactors(
          common,
          (view.dims[d] as Factor[]).map((f) => f.size),
        );
    if (common === undefined) return undefined;
    cuts.push(common);
  }
  const refined = views.map((view) => refine(view, cuts));
  return refined.every((v) => v !== undefined) ? refined : undefined;
}

/** The same elements under another shape, if the factors can be regrouped without moving memory. */
export function reshape(view: View, shape: readonly number[]): View | undefined {
  const flat = view.dims.flat();
  const target = shape.filter((s) => s > 1);
  const cuts = commonFactors(
    flat.map((f) => f.size),
    target,
  );
  if (cuts === undefined) return undefined;
  const refined = refine({ ...view, dims: [flat] }, [cuts]);
  if (refined === undefined) return undefined;
  const factors = refined.dims[0] as Factor[];
  let next = 0;
  const dims = shape.map((size) => {
    const dim: Factor[] = [];
    for (let rest = size; rest > 1; ) {
      const f = factors[next++] as Factor;
      dim.push(f);
      rest /= f.size;
    }
    return dim;
  });
  return { ...refined, dims };
}

export const transpose = (view: View, perm: readonly number[]): View => ({
  ...view,
  dims: perm.map((p) => view.dims[p] as readonly Factor[]),
});

/** Adds broadcast axes so that the view has `shape`, whose axes listed in `axis` are new; others may grow from one. */
export function broadcast(view: View, shape: readonly number[], axis: readonly number[]): View {
  const added = new Set(axis);
  let next = 0;
  const dims = shape.map((size, d) => {
    const own = added.has(d) ? [] : (view.dims[next++] as readonly Factor[]);
    return own.length === 0 && size > 1 ? [{ size, at: -1 }] : own;
  });
  return { ...view, dims };
}

/** NumPy broadcasting of a view to a shape of at least its rank. */
export function broadcastTo(view: View, shape: readonly number[]): View {
  const missing = shape.length - view.dims.length;
  return broadcast(
    view,
    shape,
    Array.from({ length: missing }, (_, i) => i),
  );
}
