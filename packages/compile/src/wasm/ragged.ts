import { range } from "../range.ts";
import type { DType } from "../tensor.ts";
import { type Expr, type LoadExpr, loadsOf } from "./expr.ts";
import { type Kernel, type Limit, type LoopKernel, readsOf, writesOf } from "./kernel.ts";
import { countsAlong, holdsFinite } from "./known.ts";
import { type Buffer, buffersOf, dependsOn, sameElements, sameView } from "./view.ts";

/**
 * Rows of different lengths: `where(arange(width) < length, x, 0)` is zero from `length` on. Sums of such values, and
 * scatters that add them, end there, as does what is computed for them alone.
 */
export function limitLoops(kernels: readonly Kernel[], kept: ReadonlySet<Buffer>): Kernel[] {
  const limited = [...kernels];
  // Readers come after what they read.
  for (const i of range(kernels.length).reverse()) {
    const kernel = kernels[i] as Kernel;
    if (kernel.kind === "routine") continue;
    const limit = ownLimit(kernel) ?? limitOfReaders(kernel, limited, kept);
    const written = writesOf(kernel);
    if (limit && !buffersOf(limit.count.view).some((buffer) => written.has(buffer)))
      limited[i] = { ...kernel, limit };
  }
  return limited;
}

const axesOf = ({ domain, reduce }: LoopKernel): number[] => [...domain, ...reduce];

/** The limit beyond which a kernel adds zeros. */
function ownLimit(kernel: LoopKernel): Limit | undefined {
  const { stores, domain, reduce } = kernel;
  const adds = reduce.length > 0 ? kernel.reduceOp === "sum" : stores.every((x) => x.mode === "add");
  if (!adds) return undefined;
  const axes = range(axesOf(kernel).length).slice(reduce.length > 0 ? domain.length : 0);
  for (const axis of axes.reverse()) {
    const [count, ...others] = stores.map((x) => zeroFrom(x.expr, axis));
    if (count && others.every((other) => other && sameElements(other.view, count.view)))
      return { axis, count };
  }
  return undefined;
}

/** The limit of all kernels that read what this one stores, if they have the same and read it in the same order. */
function limitOfReaders(
  kernel: LoopKernel,
  kernels: readonly Kernel[],
  kept: ReadonlySet<Buffer>,
): Limit | undefined {
  const { stores, reduce } = kernel;
  const plain = stores.every(({ mode, view }) => mode === "set" && view.terms.length === 0);
  if (reduce.length > 0 || !plain) return undefined;
  let limit: Limit | undefined;
  for (const { view: stored } of stores.filter((x) => x.needed)) {
    if (kept.has(stored.buffer)) return undefined;
    for (const reader of kernels) {
      if (reader === kernel || !readsOf(reader).has(stored.buffer)) continue;
      if (reader.kind === "routine" || !reader.limit) return undefined;
      limit ??= reader.limit;
      const { axis, count } = reader.limit;
      const inStep = reader.stores.every(({ view, expr }) => {
        const views = loadsOf(expr).map((x) => x.view);
        const indices = [view, ...views].flatMap((x) => buffersOf(x).slice(1));
        const loads = views.filter((x) => x.buffer === stored.buffer);
        return !indices.includes(stored.buffer) && loads.every((x) => sameView(x, stored));
      });
      const sameLimit = axis === limit.axis && sameElements(count.view, limit.count.view);
      if (!inStep || !sameLimit || String(axesOf(reader)) !== String(axesOf(kernel))) return undefined;
    }
  }
  return limit;
}

/** The number of elements along an axis after which an expression is zero. */
function zeroFrom(expr: Expr, axis: number): LoadExpr | undefined {
  const mask = maskOf(expr, axis);
  return mask && countOf(mask, axis);
}

/** The condition `position along the axis < count` without which an expression is zero. */
export function maskOf(expr: Expr, axis: number): Expr | undefined {
  if (expr.kind !== "op") return undefined;
  const [a, b, c] = expr.args as [Expr, Expr, Expr];
  switch (expr.op) {
    case "where":
      return isZero(c) && countOf(a, axis) ? a : undefined;
    case "neg":
    case "cast":
      return maskOf(a, axis);
    case "mul":
      // Zero times infinity is not zero.
      return (
        (isFiniteExpr(b) ? maskOf(a, axis) : undefined) ?? (isFiniteExpr(a) ? maskOf(b, axis) : undefined)
      );
    default:
      return undefined;
  }
}

/** The count of `position along the axis < count`. */
function countOf(condition: Expr, axis: number): LoadExpr | undefined {
  if (condition.kind !== "op" || condition.op !== "less") return undefined;
  const [position, count] = condition.args as [Expr, Expr];
  const counts = position.kind === "load" && countsAlong(position.view, axis);
  if (!counts || count.kind !== "load" || count.dtype !== "int32" || dependsOn(count.view, axis))
    return undefined;
  return count;
}

const isFloat = (dtype: DType): boolean => dtype === "float32" || dtype === "float64";

const isZero = (expr: Expr): boolean =>
  (expr.kind === "const" && expr.value === 0) ||
  (expr.kind === "load" && expr.view.buffer.known?.least === 0 && expr.view.buffer.known.largest === 0);

const isFiniteExpr = (expr: Expr): boolean =>
  !isFloat(expr.dtype) ||
  (expr.kind === "const" && Number.isFinite(expr.value)) ||
  (expr.kind === "load" && holdsFinite(expr.view));

/** The expression where the position along the limited axis is known to be below the limit. */
export function withinLimit(expr: Expr, limit: Limit): Expr {
  if (expr.kind !== "op") return expr;
  const [condition, chosen] = expr.args as [Expr, Expr];
  if (expr.op === "where") {
    const count = countOf(condition, limit.axis);
    if (count && sameElements(count.view, limit.count.view)) return withinLimit(chosen, limit);
  }
  return { ...expr, args: expr.args.map((arg) => withinLimit(arg, limit)) };
}
