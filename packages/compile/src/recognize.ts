import {
  type Graph,
  isLiteral,
  literal,
  type Node,
  newValue,
  type Operand,
  producersOf,
  type Value,
} from "./graph.ts";

/**
 * Recognises functions that tracing has taken apart, so that executors can use one kernel for each. Patterns are
 * written in the same small language as the graph: a pattern is a variable, a number or an application.
 */

type Pattern =
  | string
  | number
  | { readonly op: string; readonly args: readonly Pattern[]; readonly compare?: string };
type Bindings = Map<string, Operand>;

const application =
  (op: string) =>
  (...args: Pattern[]): Pattern => ({ op, args });
const add = application("add");
const mul = application("mul");
const neg = application("neg");
const reciprocal = application("reciprocal");
const exp = application("exp");
const where = application("where");
const less = (x: Pattern, y: Pattern): Pattern => ({ op: "compare", args: [x, y], compare: "less" });

// jax-js writes tanh(g) with e = exp(-2|g|) as sign(g) (1 - e) / (1 + e).
const flipped = where(less("g", 0), 1, -1);
const e = exp(mul(mul("g", flipped), 2));
const over = reciprocal(add(e, 1));
const numerator = add(e, -1);
const tanh = mul(mul(numerator, over), flipped);
// Its derivative times a cotangent w, as reverse mode arrives at it.
const incoming = mul("w", flipped);
const quotientRule = add(mul(incoming, over), mul(neg(mul(over, over)), mul(numerator, incoming)));
const tanhGradient = mul(mul(mul(e, quotientRule), 2), flipped);

const commutative = new Set(["add", "mul"]);

function match(
  x: Operand,
  pattern: Pattern,
  producers: ReadonlyMap<Operand, Node>,
  bound: Bindings,
): Bindings | undefined {
  if (typeof pattern === "number") return isLiteral(x) && x.literal === pattern ? bound : undefined;
  if (typeof pattern === "string") {
    const seen = bound.get(pattern);
    if (seen === undefined) return new Map(bound).set(pattern, x);
    return seen === x ? bound : undefined;
  }
  const node = producers.get(x);
  if (node?.op !== pattern.op || (pattern.compare !== undefined && node.params.op !== pattern.compare))
    return undefined;
  const orders = commutative.has(node.op) ? [node.inputs, [...node.inputs].reverse()] : [node.inputs];
  for (const inputs of orders) {
    let current: Bindings | undefined = bound;
    for (const [i, argument] of pattern.args.entries()) {
      current = current && match(inputs[i] as Operand, argument, producers, current);
    }
    if (current) return current;
  }
  return undefined;
}

/** Replaces what it recognises; run `simplify` afterwards to drop what is no longer needed. */
export function recognize(graph: Graph): Graph {
  const producers = producersOf(graph.nodes);
  const tanhs = new Map<Operand, Value>();
  const nodes: Node[] = [];
  const apply = (
    op: string,
    inputs: readonly Operand[],
    like: Value,
    out = newValue(like.dtype, like.shape),
  ): Value => {
    nodes.push({ op, inputs, params: {}, outputs: [out] });
    return out;
  };
  for (const node of graph.nodes) {
    const out = node.outputs[0] as Value;
    const forward = node.op === "mul" ? match(out, tanh, producers, new Map()) : undefined;
    if (forward) {
      const g = forward.get("g") as Operand;
      tanhs.set(g, apply("tanh", [g], out, out));
      continue;
    }
    const backward = node.op === "mul" ? match(out, tanhGradient, producers, new Map()) : undefined;
    const t = backward && tanhs.get(backward.get("g") as Operand);
    if (backward && t) {
      const square = apply("neg", [apply("mul", [t, t], out)], out);
      const slope = apply("add", [square, literal(1, out.dtype)], out);
      apply("mul", [slope, backward.get("w") as Operand], out, out);
      continue;
    }
    nodes.push(node);
  }
  return { ...graph, nodes };
}
