import type { Node, Operand, Value } from "../../graph.ts";
import { apply, castTo, constant, type Expr, type Lazy, load, loadsOf, type OpExpr } from "../expr.ts";
import { elementwise } from "../kernel.ts";
import type { Lowering, Rule } from "../lowering.ts";
import { maskOf } from "../ragged.ts";
import { broadcastTo, buffersOf, gatherView, type Index, type Shape, spread, type View } from "../view.ts";

/**
 * The elements that index arrays select from `whole`: the indexed axes vanish, and the axes of the indices appear at
 * axis `outDim` of `selected`, the shape of the result.
 */
function select(
  node: Node,
  arrays: readonly Operand[],
  context: Lowering,
  whole: View,
  shape: Shape,
  selected: Shape,
): View {
  const axes = node.params.axis as number[];
  const outDim = node.params.outDim as number;
  const rank = selected.length - (shape.length - axes.length);
  const ofIndex = selected.map((_, k) => (k >= outDim && k < outDim + rank ? k - outDim : -1));
  const indices = arrays.map((operand, i): Index => {
    const { shape: own, expr } = context.read(operand);
    const over = (view: View) =>
      spread(broadcastTo(view, own, selected.slice(outDim, outDim + rank)), ofIndex);
    const still = selected.map(() => 0);
    const sum = positions(expr, shape[axes[i] as number] as number);
    if (!sum) return { offset: 0, strides: still, arrays: [over(context.inMemory({ shape: own, expr }))] };
    const { offset, strides } = sum.positions.map(over).reduce(
      (total, view) => ({
        offset: total.offset + view.offset,
        strides: total.strides.map((stride, k) => stride + (view.strides[k] as number)),
      }),
      { offset: sum.offset, strides: still },
    );
    return { offset, strides, arrays: sum.arrays.map(over) };
  });
  return gatherView(whole, axes, shape, outDim, rank, indices);
}

/**
 * An index as a sum of a number, of arrays 0, 1, 2, ... and of other arrays: then a gather reads slices. Only if the arrays
 * are constants that keep the sum in [0, size), as each position is clamped by itself otherwise.
 */
function positions(
  expr: Expr,
  size: number,
): { offset: number; positions: View[]; arrays: View[] } | undefined {
  if (expr.kind !== "op" || expr.op !== "add") return undefined;
  const parts: Exclude<Expr, OpExpr>[] = [];
  const collect = (x: Expr): boolean => {
    if (x.kind === "op") return x.op === "add" && x.args.every(collect);
    parts.push(x);
    return x.kind === "const" ? x.value >= 0 : (x.view.buffer.known?.least ?? -1) >= 0;
  };
  if (!collect(expr)) return undefined;
  const largest = parts.map((x) => (x.kind === "const" ? x.value : (x.view.buffer.known?.largest as number)));
  if (largest.reduce((a, b) => a + b) >= size) return undefined;
  const views = parts.flatMap((x) => (x.kind === "load" ? [x.view] : []));
  const counts = (view: View) => view.buffer.known?.counts === true && view.terms.length === 0;
  return {
    offset: parts.reduce((sum, x) => sum + (x.kind === "const" ? x.value : 0), 0),
    positions: views.filter(counts),
    arrays: views.filter((view) => !counts(view)),
  };
}

/** Updates that were computed before, with the mask that says from where on they are zero. */
function masked({ shape, expr }: Lazy, computed: Expr): Expr {
  const mask = maskOf(expr, shape.length - 1);
  return mask ? apply("where", expr.dtype, mask, computed, constant(0, expr.dtype)) : computed;
}

export const indexingRules: Readonly<Record<string, Rule>> = {
  /** Indices out of range are clamped. */
  gather: (node, context) => {
    const out = node.outputs[0] as Value;
    const x = context.read(node.inputs[0] as Operand);
    const view = select(node, node.inputs.slice(1), context, context.inMemory(x), x.shape, out.shape);
    context.gathered(out, view);
  },
  /** Updates with an index out of range are dropped. */
  scatter: (node, context) => {
    const out = node.outputs[0] as Value;
    const updates = context.read(node.inputs[0] as Operand);
    const whole = context.target(out);
    const places = select(node, node.inputs.slice(1), context, whole, out.shape, updates.shape);
    const mode = node.params.op === "update" ? "set" : "add";
    context.fill(
      out,
      whole,
      elementwise(out.shape, whole, constant(0, out.dtype)),
      elementwise(updates.shape, places, castTo(updates.expr, out.dtype), mode),
    );
  },
  /**
   * x with updates added: a copy of x, then a scatter. Updates that read a carry are computed before, so that the carry
   * can be updated where it lies.
   */
  scatter_into: (node, context) => {
    const out = node.outputs[0] as Value;
    const [x, read] = node.inputs.slice(0, 2).map((operand) => context.read(operand)) as [Lazy, Lazy];
    const carried = new Set([...context.boundary.inputs.values()].filter((b) => b.slot === undefined));
    const readsCarry = loadsOf(read.expr).some(({ view }) => buffersOf(view).some((b) => carried.has(b)));
    const updates = readsCarry ? masked(read, load(context.copy(read))) : read.expr;
    const whole = context.target(out);
    const places = select(node, node.inputs.slice(2), context, whole, out.shape, read.shape);
    context.fill(
      out,
      whole,
      elementwise(out.shape, whole, x.expr),
      elementwise(read.shape, places, castTo(updates, out.dtype), "add"),
    );
  },
};
