import {
  type Graph,
  isLiteral,
  type Literal,
  literal,
  type Operand,
  producersOf,
  type Value,
} from "../../graph.ts";
import { add, match, mul, neg, tanh } from "../../pattern.ts";
import { isCandidate, rewrite } from "./rewrite.ts";

/**
 * GELU by tanh and its gradient (Hendrycks and Gimpel, 2016). With s = sigmoid(2u), where u = b x (1 + a x^2):
 * gelu = x s, and gelu' = s + x s (1 - s) 2b (1 + 3a x^2).
 */

const inner = add(mul(mul("x", "x"), "a"), 1);
const curve = tanh(mul(mul(inner, "x"), "b"));
const forward = mul(add(curve, 1), mul("x", 0.5));
// Reverse mode through it; 1 - tanh^2 is what recognition makes of the derivative of tanh.
const slope = add(neg(mul(curve, curve)), 1);
const into = mul(mul(slope, mul(mul("x", 0.5), "g")), "b");
const square = mul(mul(mul(into, "x"), "a"), "x");
const gradient = add(add(add(mul(into, inner), square), square), mul(mul("g", add(curve, 1)), 0.5));

/** The literals of GELU itself: 0.044715 and sqrt(2 / pi). Other curves of this form are left as they are. */
const isGelu = (a: Operand | undefined, b: Operand | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  isLiteral(a) &&
  isLiteral(b) &&
  Math.abs(a.literal - 0.044715) < 1e-6 &&
  Math.abs(b.literal - Math.sqrt(2 / Math.PI)) < 1e-5;

export function recognizeGelu(graph: Graph): Graph {
  const differentiated = new Set<Operand>();
  const producers = producersOf(graph.nodes);
  for (const { op, outputs } of graph.nodes) {
    const found = op === "add" ? match(outputs[0] as Value, gradient, producers) : undefined;
    if (found) differentiated.add(found.get("x") as Operand);
  }
  const known = new Map<Operand, { readonly y: Value; readonly s: Value; readonly squared: Value }>();
  return rewrite(graph, (node, { apply }) => {
    const out = node.outputs[0] as Value;
    if (!isCandidate(out)) return false;
    const number = (x: number): Literal => literal(x, out.dtype);
    const found =
      node.op === "mul"
        ? match(out, forward, producers)
        : node.op === "add"
          ? match(out, gradient, producers)
          : undefined;
    const [x, a, b] = ["x", "a", "b"].map((name) => found?.get(name));
    if (!found || !x || !isGelu(a, b) || x.shape.join() !== out.shape.join()) return false;
    const [cubic, linear] = [(a as Literal).literal, (b as Literal).literal];
    const polynomial = (squared: Value, c2: number, c0: number): Value =>
      apply("add", [apply("mul", [squared, number(c2)], out), number(c0)], out);
    if (node.op === "mul") {
      if (!differentiated.has(x)) {
        apply("gelu", [x], out, { out });
        return true;
      }
      const squared = apply("mul", [x, x], out);
      const double = apply("mul", [x, polynomial(squared, 2 * linear * cubic, 2 * linear)], out);
      const s = apply("sigmoid", [double], out);
      known.set(x, { y: apply("mul", [x, s], out, { out }), s, squared });
      return true;
    }
    const own = known.get(x);
    if (own === undefined) return false;
    const rate = polynomial(own.squared, 6 * linear * cubic, 2 * linear);
    const rest = apply("add", [apply("neg", [own.s], out), number(1)], out);
    const bend = apply("mul", [apply("mul", [own.y, rate], out), rest], out);
    apply("mul", [found.get("g") as Operand, apply("add", [own.s, bend], out)], out, { out });
    return true;
  });
}
