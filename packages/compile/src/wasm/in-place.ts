import { type Expr, mapViews } from "./expr.ts";
import { type Kernel, type LoopKernel, readsOf, writesOf } from "./kernel.ts";
import { type Buffer, sameView, type View } from "./view.ts";

/**
 * Updates `current` where it lies when `next` is a copy of it to which kernels add: drops the copy, so that only the
 * elements that change are touched. Undefined when `next` is something else, or the old values are read later.
 */
export function updateInPlace(
  kernels: readonly Kernel[],
  current: Buffer,
  next: Buffer,
): Kernel[] | undefined {
  const [copy, ...additions] = kernels.filter((kernel) => writesOf(kernel).has(next));
  if (copy === undefined || !copies(copy, current, next) || additions.length === 0) return undefined;
  const rest = kernels.filter((kernel) => kernel !== copy);
  for (const order of [moveLast(rest, additions, next), rest]) {
    const first = order.indexOf(additions[0] as Kernel);
    if (first >= 0 && !order.slice(first).some((kernel) => readsOf(kernel).has(current))) {
      return order.map((kernel) => rename(kernel, next, current));
    }
  }
  return undefined;
}

function copies(kernel: Kernel, current: Buffer, next: Buffer): boolean {
  if (kernel.kind === "routine" || kernel.reduce.length > 0 || kernel.stores.length !== 1) return false;
  const [{ view, expr, mode }] = kernel.stores as [LoopKernel["stores"][number]];
  return (
    mode === "set" &&
    expr.kind === "load" &&
    sameView(expr.view, { ...view, buffer: current }) &&
    view.buffer === next
  );
}

/** The kernels without stores of an element to its own place: what a step returns as it was. */
export function dropSelfCopies(kernels: readonly Kernel[]): Kernel[] {
  return kernels.flatMap((kernel) => {
    if (kernel.kind === "routine" || kernel.reduce.length > 0) return [kernel];
    const stores = kernel.stores.filter(({ view, expr, mode }) => {
      if (mode === "add" || expr.kind !== "load") return true;
      const { buffer } = expr.view;
      const samePlace = buffer.address !== undefined && buffer.address === view.buffer.address;
      return !(samePlace && sameView({ ...expr.view, buffer: view.buffer }, view));
    });
    return stores.length > 0 ? [{ ...kernel, stores }] : [];
  });
}

/** The additions after everything else; empty where something needs their result or overwrites what they read. */
function moveLast(kernels: readonly Kernel[], additions: readonly Kernel[], next: Buffer): Kernel[] {
  const others = kernels.filter((kernel) => !additions.includes(kernel));
  const later = others.filter((kernel) => kernels.indexOf(kernel) > kernels.indexOf(additions[0] as Kernel));
  const read = new Set(additions.flatMap((kernel) => [...readsOf(kernel)]));
  const stuck =
    others.some((kernel) => readsOf(kernel).has(next)) ||
    later.some((kernel) => [...writesOf(kernel)].some((buffer) => read.has(buffer)));
  return stuck ? [] : [...others, ...additions];
}

/** The kernel with another buffer in place of one. */
function rename(kernel: Kernel, from: Buffer, to: Buffer): Kernel {
  const other = (buffer: Buffer) => (buffer === from ? to : buffer);
  if (kernel.kind === "routine") {
    return { ...kernel, inputs: kernel.inputs.map(other), outputs: kernel.outputs.map(other) };
  }
  const moved = (view: View): View => ({
    ...view,
    buffer: other(view.buffer),
    terms: view.terms.map((term) => ({ ...term, view: moved(term.view) })),
  });
  const stores = kernel.stores.map((store) => ({
    ...store,
    view: moved(store.view),
    expr: mapViews(store.expr, moved) as Expr,
  }));
  return { ...kernel, stores };
}
