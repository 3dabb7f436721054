import type { Operand, Value } from "../../graph.ts";
import { range } from "../../range.ts";
import { apply, castTo, constant, type Expr, load, mapViews } from "../expr.ts";
import { elementwise, type ReduceOp } from "../kernel.ts";
import type { Lowering, Rule } from "../lowering.ts";
import { permute, type Shape, windows } from "../view.ts";

const reduceOps: Readonly<Record<string, ReduceOp>> = { Add: "sum", Mul: "prod", Min: "min", Max: "max" };

/** Reduces the axes after those of `out`; of single elements, such as the products of an outer product, nothing is left. */
function reduce(context: Lowering, out: Value, over: Shape, op: ReduceOp, expr: Expr): void {
  const kept = range(out.shape.length);
  if (over.some((size) => size !== 1)) context.reduce(out, over, op, expr);
  else context.compute(out, castTo(mapViews(expr, (view) => permute(view, kept)) as Expr, out.dtype));
}

export const reductionRules: Readonly<Record<string, Rule>> = {
  reduce: (node, context) => {
    const out = node.outputs[0] as Value;
    const x = context.read(node.inputs[0] as Operand);
    const axes = node.params.axis as number[];
    const kept = range(x.shape.length).filter((k) => !axes.includes(k));
    const expr = context.through(x, (view) => permute(view, [...kept, ...axes]));
    const over = axes.map((k) => x.shape[k] as number);
    reduce(context, out, over, reduceOps[node.params.op as string] as ReduceOp, expr);
  },
  /** sum(x * y) over the last axis, after broadcasting. */
  dot: (node, context) => {
    const out = node.outputs[0] as Value;
    const inputs = node.inputs.map((x) => context.read(x));
    const last = Math.max(...inputs.map((x) => x.shape.at(-1) ?? 1));
    const full = [...out.shape, last];
    const [x, y] = inputs.map((lazy) => castTo(context.expand(lazy, full), out.dtype)) as [Expr, Expr];
    reduce(context, out, [last], "sum", apply("mul", out.dtype, x, y));
  },
  pool: (node, context) => {
    const out = node.outputs[0] as Value;
    const steps = node.params.strides as number[];
    const view = context.inMemory(context.read(node.inputs[0] as Operand));
    const expr = load(
      windows(
        view,
        steps,
        steps.map(() => 1),
      ),
    );
    context.view(out, { shape: out.shape, expr });
  },
  /** Adds every window back to where it came from. */
  pool_transpose: (node, context) => {
    const out = node.outputs[0] as Value;
    const x = context.read(node.inputs[0] as Operand);
    const steps = node.params.strides as number[];
    const whole = context.target(out);
    const places = windows(
      whole,
      steps,
      steps.map(() => 1),
    );
    context.fill(
      out,
      whole,
      elementwise(out.shape, whole, constant(0, out.dtype)),
      elementwise(x.shape, places, castTo(x.expr, out.dtype), "add"),
    );
  },
};
