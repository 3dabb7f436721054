import { isLiteral, type Node, type Operand, type Value } from "../../graph.ts";
import type { DType } from "../../tensor.ts";
import { type Context, cast, onlyConsumer, operandAs, type Rule } from "../context.ts";
import { alignElementwise } from "../layout.ts";
import { onnxType } from "../onnx.ts";
import { broadcastTo, type View } from "../view.ts";
import { fusedActivation } from "./affine.ts";

/** Elementwise primitives. Every rule keeps the layout of its largest operand. */

const isFloat = (dtype: DType) => dtype === "float32" || dtype === "float64";

const result = (node: Node): Value => node.outputs[0] as Value;

/** Applies an ONNX operator to operands that are brought to one dtype and one layout. */
export function applyElementwise(
  ctx: Context,
  op: string,
  operands: readonly { readonly x: Operand; readonly dtype: DType }[],
  shape: readonly number[],
): View {
  const views = operands.map(({ x, dtype }) => operandAs(ctx, x, dtype));
  const aligned = alignElementwise(ctx.b, views, shape);
  return aligned.result(ctx.b.node(op, aligned.tensors, aligned.shape));
}

const same = (inputs: readonly Operand[], dtype: DType) => inputs.map((x) => ({ x, dtype }));

/** The dtype in which two operands are compared: the one that is not a literal, or the wider. */
function comparisonType(inputs: readonly Operand[]): DType {
  const order: DType[] = ["bool", "uint32", "int32", "float32", "float64"];
  const strong = inputs.filter((x) => !isLiteral(x));
  const candidates = (strong.length > 0 ? strong : inputs).map((x) => x.dtype);
  return candidates.reduce((a, b) => (order.indexOf(a) >= order.indexOf(b) ? a : b));
}

const binary =
  (op: string, boolOp?: string): Rule =>
  (node, ctx) => {
    const out = result(node);
    const name = out.dtype === "bool" && boolOp ? boolOp : op;
    ctx.define(out, applyElementwise(ctx, name, same(node.inputs, out.dtype), out.shape));
  };

const unary =
  (op: string): Rule =>
  (node, ctx) => {
    const out = result(node);
    ctx.define(out, applyElementwise(ctx, op, same(node.inputs, out.dtype), out.shape));
  };

/** x + (-y) as one subtraction. */
const add: Rule = (node, ctx) => {
  const out = result(node);
  const [x, y] = node.inputs as [Operand, Operand];
  for (const [keep, other] of [
    [x, y],
    [y, x],
  ] as const) {
    const negation = ctx.producer(other);
    if (negation?.op === "neg" && out.dtype !== "bool") {
      const subtrahend = negation.inputs[0] as Operand;
      ctx.define(out, applyElementwise(ctx, "Sub", same([keep, subtrahend], out.dtype), out.shape));
      return;
    }
  }
  binary("Add", "Or")(node, ctx);
};

/** x * (1/y) as one division, when nothing else needs the reciprocal and it is as large as the product. */
const mul: Rule = (node, ctx) => {
  const out = result(node);
  const [x, y] = node.inputs as [Operand, Operand];
  for (const [numerator, other] of [
    [x, y],
    [y, x],
  ] as const) {
    const reciprocal = ctx.producer(other);
    if (reciprocal?.op === "reciprocal" && onlyConsumer(ctx, other) && isFloat(out.dtype)) {
      const divisor = reciprocal.inputs[0] as Operand;
      ctx.define(out, applyElementwise(ctx, "Div", same([numerator, divisor], out.dtype), out.shape));
      return;
    }
  }
  binary("Mul", "And")(node, ctx);
};

const max: Rule = (node, ctx) => {
  const out = result(node);
  const zero = node.inputs.find((x) => isLiteral(x) && x.literal === 0);
  const other = node.inputs.find((x) => x !== zero);
  if (zero && other && isFloat(out.dtype)) {
    const fused = fusedActivation(ctx, other, { activation: "Relu" });
    ctx.define(out, fused ?? applyElementwise(ctx, "Relu", same([other], out.dtype), out.shape));
  } else {
    binary("Max", "Or")(node, ctx);
  }
};

const compareOps: Record<string, { op: string; negate?: boolean }> = {
  less: { op: "Less" },
  less_equal: { op: "LessOrEqual" },
  equal: { op: "Equal" },
  not_equal: { op: "Equal", negate: true },
};

const compare: Rule = (node, ctx) => {
  const out = result(node);
  const { op, negate } = compareOps[node.params.op as string] as { op: string; negate?: boolean };
  const type = comparisonType(node.inputs);
  // ONNX Runtime does not order booleans, and does not order uint32: both fit the next wider signed type.
  const dtype = type === "bool" && op !== "Equal" ? "int32" : type;
  const view = applyElementwise(ctx, op, same(node.inputs, dtype), out.shape);
  ctx.define(
    out,
    negate ? { ...view, tensor: ctx.b.node("Not", [view.tensor], ctx.b.shape(view.tensor)) } : view,
  );
};

const where: Rule = (node, ctx) => {
  const out = result(node);
  const [cond, x, y] = node.inputs as [Operand, Operand, Operand];
  if (isLiteral(x) && isLiteral(y) && x.literal + y.literal === 1 && x.literal * y.literal === 0) {
    // A choice between one and zero is the condition itself, or its negation, as a number.
    const view = broadcastTo(ctx.view(cond), out.shape);
    const tensor = y.literal === 0 ? view.tensor : ctx.b.node("Not", [view.tensor], ctx.b.shape(view.tensor));
    ctx.define(out, cast(ctx, { ...view, tensor }, "bool", out.dtype, onnxType(out.dtype)));
    return;
  }
  const dtype = out.dtype === "bool" ? "uint32" : out.dtype;
  const operands = [
    { x: cond, dtype: "bool" as const },
    ...same([x, y], dtype === "uint32" ? "int32" : dtype),
  ];
  const view = applyElementwise(ctx, "Where", operands, out.shape);
  ctx.define(out, cast(ctx, view, dtype === "uint32" ? "int32" : dtype, out.dtype, onnxType(out.dtype)));
};

const convert: Rule = (node, ctx) => {
  const out = result(node);
  const x = node.inputs[0] as Operand;
  ctx.define(out, cast(ctx, ctx.view(x), x.dtype, out.dtype, onnxType(out.dtype)));
};

const identity: Rule = (node, ctx) =>
  ctx.define(result(node), operandAs(ctx, node.inputs[0] as Operand, result(node).dtype));

const idiv: Rule = (node, ctx) => {
  const out = result(node);
  const view = applyElementwise(ctx, "Div", same(node.inputs, out.dtype), out.shape);
  if (!isFloat(out.dtype)) {
    ctx.define(out, view);
    return;
  }
  // Truncation: the sign times the floor of the magnitude.
  const { b } = ctx;
  const shape = b.shape(view.tensor);
  const magnitude = b.node("Floor", [b.node("Abs", [view.tensor], shape)], shape);
  ctx.define(out, {
    ...view,
    tensor: b.node("Mul", [b.node("Sign", [view.tensor], shape), magnitude], shape),
  });
};

const mod: Rule = (node, ctx) => {
  const out = result(node);
  const operands = node.inputs.map((x) => operandAs(ctx, x, out.dtype));
  const aligned = alignElementwise(ctx.b, operands, out.shape);
  ctx.define(out, aligned.result(ctx.b.node("Mod", aligned.tensors, aligned.shape, { fmod: 1 })));
};

/** 1 - erf(x): accurate to an absolute, not a relative, rounding error in the upper tail. */
const erfc: Rule = (node, ctx) => {
  const out = result(node);
  const view = applyElementwise(ctx, "Erf", same(node.inputs, out.dtype), out.shape);
  const one = ctx.b.scalar(1, out.dtype);
  ctx.define(out, { ...view, tensor: ctx.b.node("Sub", [one, view.tensor], ctx.b.shape(view.tensor)) });
};

export const elementwiseRules: Record<string, Rule> = {
  add,
  mul,
  max,
  min: binary("Min", "And"),
  idiv,
  mod,
  neg: unary("Neg"),
  reciprocal: unary("Reciprocal"),
  floor: unary("Floor"),
  ceil: unary("Ceil"),
  sin: unary("Sin"),
  cos: unary("Cos"),
  asin: unary("Asin"),
  atan: unary("Atan"),
  exp: unary("Exp"),
  log: unary("Log"),
  erf: unary("Erf"),
  erfc,
  sqrt: unary("Sqrt"),
  tanh: unary("Tanh"),
  abs: unary("Abs"),
  compare,
  where,
  cast: convert,
  stop_gradient: identity,
};
