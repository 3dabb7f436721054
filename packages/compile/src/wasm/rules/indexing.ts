import type { Node, Operand, Value } from "../../graph.ts";
import { castTo, constant, type Lazy, load, loadsOf } from "../expr.ts";
import { elementwise } from "../kernel.ts";
import type { Lowering, Rule } from "../lowering.ts";
import { broadcastTo, buffersOf, gatherView, type Shape, spread, type View } from "../view.ts";

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
  const indices = arrays.map((operand) => {
    const index = context.read(operand);
    const view = context.inMemory(index);
    return spread(broadcastTo(view, index.shape, selected.slice(outDim, outDim + rank)), ofIndex);
  });
  return gatherView(whole, axes, shape, outDim, rank, indices);
}

export const indexingRules: Readonly<Record<string, Rule>> = {
  /** Indices out of range are clamped. */
  gather: (node, context) => {
    const out = node.outputs[0] as Value;
    const x = context.read(node.inputs[0] as Operand);
    const view = select(node, node.inputs.slice(1), context, context.inMemory(x), x.shape, out.shape);
    context.view(out, { shape: out.shape, expr: load(view) });
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
    const updates = readsCarry ? load(context.copy(read)) : read.expr;
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
