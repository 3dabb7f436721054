import type { FusedOpName } from "../../fused/program.ts";
import { isLiteral, type Node, type Operand, type Value } from "../../graph.ts";
import { range } from "../../range.ts";
import type { DType } from "../../tensor.ts";
import { sizeOf } from "../../tensor.ts";
import { apply, castTo, type Expr, load, loadsOf, type OpExpr } from "../expr.ts";
import type { Lowering, Rule } from "../lowering.ts";
import { denseView, dependsOn, spread } from "../view.ts";

const sameName: readonly FusedOpName[] = [
  ...(["add", "sub", "mul", "div", "idiv", "mod", "min", "max", "neg", "abs", "reciprocal"] as const),
  ...(["sqrt", "floor", "ceil", "exp", "log", "sin", "cos", "asin", "atan", "tanh"] as const),
  ...(["erf", "erfc", "bit_count"] as const),
];

const ranks: readonly DType[] = ["bool", "uint32", "int32", "float32", "float64"];

/** The dtype in which operands meet. Literals adapt to arrays. */
function commonType(operands: readonly Operand[]): DType {
  const strong = operands.filter((x) => !isLiteral(x));
  const ranked = (strong.length > 0 ? strong : operands).map((x) => ranks.indexOf(x.dtype));
  return ranks[Math.max(...ranked)] as DType;
}

const result = (node: Node): Value => node.outputs[0] as Value;

/** The operands, broadcast to the shape of the result. */
const operands = (node: Node, context: Lowering): Expr[] =>
  node.inputs.map((x) => context.expand(context.read(x), result(node).shape));

const isUniform = (expr: Expr): boolean =>
  loadsOf(expr).every(({ view }) => range(view.strides.length).every((axis) => !dependsOn(view, axis)));

/** a + (0 - b) as a - b, and a * (1 / b) as a / b except where b is one number for many a. */
function joined(op: FusedOpName, dtype: DType, args: readonly Expr[]): Expr {
  const inverse = { add: "neg", mul: "reciprocal" }[op as string];
  const at = args.findLastIndex((x) => x.kind === "op" && x.op === inverse && x.dtype === dtype);
  if (at < 0) return apply(op, dtype, ...args);
  const b = (args[at] as OpExpr).args[0] as Expr;
  const a = args[1 - at] as Expr;
  if (op === "mul" && isUniform(b) && !isUniform(a)) return apply(op, dtype, ...args);
  return apply(op === "add" ? "sub" : "div", dtype, a, b);
}

const rule =
  (op: FusedOpName): Rule =>
  (node, context) => {
    const out = result(node);
    const args = operands(node, context).map((x) => castTo(x, out.dtype));
    context.compute(out, joined(op, out.dtype, args));
  };

export const elementwiseRules: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(sameName.map((op) => [op, rule(op)])),
  bit_combine: (node, context) => rule(node.params.op as FusedOpName)(node, context),
  bit_shift: (node, context) => {
    const out = result(node);
    context.compute(out, apply(node.params.op as FusedOpName, out.dtype, ...operands(node, context)));
  },
  stop_gradient: (node, context) => context.compute(result(node), operands(node, context)[0] as Expr),
  cast: (node, context) => {
    const out = result(node);
    context.compute(out, castTo(operands(node, context)[0] as Expr, out.dtype));
  },
  bitcast: (node, context) => {
    const out = result(node);
    context.compute(out, apply("bitcast", out.dtype, ...operands(node, context)));
  },
  compare: (node, context) => {
    const dtype = commonType(node.inputs);
    const args = operands(node, context).map((x) => castTo(x, dtype));
    context.compute(result(node), apply(node.params.op as FusedOpName, "bool", ...args));
  },
  where: (node, context) => {
    const out = result(node);
    const [condition, x, y] = operands(node, context) as [Expr, Expr, Expr];
    const chosen = [castTo(condition, "bool"), castTo(x, out.dtype), castTo(y, out.dtype)];
    context.compute(out, apply("where", out.dtype, ...chosen));
  },
  /** Bits depend on a key and on the position within the part of the shape that the key generates. */
  random_bits: (node, context) => {
    const out = result(node);
    const keys = node.inputs.map((x) => context.read(x));
    const lead = keys[0]?.shape.length ?? 0;
    const ofKey = out.shape.map((_, k) => (k < lead ? k : -1));
    const ofCounter = out.shape.map((_, k) => (k < lead ? -1 : k - lead));
    const generated = out.shape.slice(lead);
    const counter = denseView(context.boundary.iota(sizeOf(generated)), generated);
    const args = keys.map((key) => context.repeat(key, out.shape, (view) => spread(view, ofKey)));
    const op = `random_bits_${node.params.mode as "xor" | 0 | 1}` as FusedOpName;
    context.compute(out, apply(op, "uint32", ...args, load(spread(counter, ofCounter))));
  },
};
