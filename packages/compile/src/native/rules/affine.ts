import { isLiteral, type Node, type Operand, type Value } from "../../graph.ts";
import { tensor as hostTensor } from "../../tensor.ts";
import { type Context, literalView, type Rule } from "../context.ts";
import { alignElementwise, rowMajor } from "../layout.ts";
import type { View } from "../view.ts";
import { type Activation, blockedAffine } from "./blocked.ts";

/** x scale + shift, or x scale + shift + z, with one number a channel. */
export const affine: Rule = (node, ctx) => {
  const out = node.outputs[0] as Value;
  const [x, scale, shift, z] = node.inputs as [Operand, Operand, Operand, Operand | undefined];
  const combine = (op: string, view: View, other: Operand | undefined, neutral: number): View => {
    if (other === undefined || (isLiteral(other) && other.literal === neutral)) return view;
    const aligned = alignElementwise(ctx.b, [view, literalView(ctx, other, out.dtype)], out.shape);
    return aligned.result(ctx.b.node(op, aligned.tensors, aligned.shape));
  };
  const inSteps = () => combine("Add", combine("Add", combine("Mul", ctx.view(x), scale, 1), shift, 0), z, 0);
  ctx.define(out, activated(node, ctx) ?? inSteps());
};

/** An affine map of blocked images, and a function of its values in the same pass; undefined when they lie otherwise. */
function activated(node: Node, ctx: Context, activation?: Activation): View | undefined {
  const { b } = ctx;
  const [x, scale, shift, z] = node.inputs as [Operand, Operand, Operand, Operand | undefined];
  const channels = x.shape[1] as number;
  const numbers = (row: Operand) =>
    isLiteral(row)
      ? b.constant(hostTensor(new Float32Array(channels).fill(row.literal), [channels]))
      : rowMajor(b, ctx.view(row));
  if (x.shape.length !== 4) return undefined;
  const none = isLiteral(shift) && shift.literal === 0;
  return blockedAffine(
    ctx,
    [ctx.view(x), numbers(scale), none ? "" : numbers(shift), z && ctx.view(z)],
    activation,
  );
}

/**
 * The rectifier or the step of an affine map of which nothing else is needed, from the map's own operand; undefined when it
 * has to be computed from the map's values.
 */
export function fusedActivation(ctx: Context, x: Operand, activation: Activation): View | undefined {
  const node = ctx.producer(x);
  if (node?.op !== "affine" || node.inputs.length > 3 || ctx.isOutput(x)) return undefined;
  const isActivation = (n: Node) =>
    n.op === "step" || (n.op === "max" && n.inputs.some((v) => isLiteral(v) && v.literal === 0));
  return ctx.consumers(x).every(isActivation) ? activated(node, ctx, activation) : undefined;
}
