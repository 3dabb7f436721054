import { type Graph, literal, type Node, newValue, type Operand, producersOf, type Value } from "./graph.ts";
import { add, exp, less, match, mul, neg, reciprocal, where } from "./pattern.ts";

/** Recognises functions that tracing has taken apart, so that every executor can use one kernel for each. */

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
    const forward = node.op === "mul" ? match(out, tanh, producers) : undefined;
    if (forward) {
      const g = forward.get("g") as Operand;
      tanhs.set(g, apply("tanh", [g], out, out));
      continue;
    }
    const backward = node.op === "mul" ? match(out, tanhGradient, producers) : undefined;
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
