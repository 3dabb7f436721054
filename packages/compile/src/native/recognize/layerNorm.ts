import { type Graph, isLiteral, literal, newValue, type Operand, type Value } from "../../graph.ts";
import { add, match, mul, neg, reciprocal, row, sqrt, sum } from "../../pattern.ts";
import { isCandidate, rewrite } from "./rewrite.ts";

/** Layer normalisation over the last axis with the two-pass variance, before gain and bias, and its gradient. */

const mean = (x: Parameters<typeof sum>[0]) => mul(row(sum(x)), "1/n");
const centred = add(row(neg(row(mean("x")))), "x");
const deviation = sqrt(add(row(mean(mul("c", "c"))), "epsilon"));
const normalized = mul(row(reciprocal(row(deviation))), "c");
// Reverse mode through c / sqrt(mean(c^2) + epsilon), with g the cotangent of the quotient.
const scale = reciprocal(row("sigma"));
const slope = mul(
  row(reciprocal(row(mul(row("sigma"), 2)))),
  row(mul(row(neg(row(mul(row(scale), row(scale))))), row(sum(mul("c", "g"))))),
);
const through = mul(row(mul(row(slope), "1/n")), "c");
const gradient = add(add(mul("g", row(scale)), through), through);

const isMean = (x: Operand | undefined, n: number) =>
  x !== undefined && isLiteral(x) && Math.abs(x.literal * n - 1) < 1e-5;

export function recognizeLayerNorm(graph: Graph): Graph {
  /** The normalised array and the reciprocal deviation of each row, by the centred array. */
  const known = new Map<Operand, { readonly y: Value; readonly inverse: Value }>();
  return rewrite(graph, (node, { producers, apply, append }) => {
    const out = node.outputs[0] as Value;
    const n = out.shape.at(-1) ?? 1;
    if (!isCandidate(out) || n === 1) return false;
    const column = { dtype: out.dtype, shape: [...out.shape.slice(0, -1), 1] };
    if (node.op === "mul") {
      const forward = match(out, normalized, producers);
      const [c, epsilon] = [forward?.get("c"), forward?.get("epsilon")];
      if (!forward || !c || !epsilon || !isLiteral(epsilon) || !isMean(forward.get("1/n"), n)) return false;
      const inner = match(c, centred, producers);
      const x = inner?.get("x");
      if (!x || !isMean(inner?.get("1/n"), n) || x.shape.join() !== out.shape.join()) return false;
      const inverse = newValue(out.dtype, column.shape);
      append({
        op: "layer_norm",
        inputs: [x],
        params: { epsilon: epsilon.literal },
        outputs: [out, inverse],
      });
      known.set(c, { y: out, inverse });
      return true;
    }
    const backward = node.op === "add" ? match(out, gradient, producers) : undefined;
    const norm = backward && known.get(backward.get("c") as Operand);
    const sigma = backward && producers.get(backward.get("sigma") as Operand);
    const own =
      sigma?.outputs[0] && match(sigma.outputs[0], deviation, producers, undefined, out.shape.length);
    if (!backward || !norm || !own || own.get("c") !== backward.get("c")) return false;
    if (!isMean(backward.get("1/n"), n)) return false;
    const g = backward.get("g") as Operand;
    const k = apply("mul", [meanProduct(), literal(1 / n, out.dtype)], column);
    const off = apply("neg", [apply("mul", [norm.y, k], out)], out);
    apply("mul", [apply("add", [g, off], out), norm.inverse], out, { out });
    return true;

    /** The sum of g y over every row. With g = gain h it is a matrix product with h y, which the gain's gradient needs. */
    function meanProduct(): Value {
      const { y } = norm as { y: Value };
      const rows = { dtype: out.dtype, shape: out.shape.slice(0, -1) };
      const product = producers.get(g);
      const gain =
        product?.op === "mul" ? product.inputs.find((v) => v.shape.join() === String(n)) : undefined;
      const h = product?.inputs.find((v) => v !== gain);
      const total =
        gain && h && h.shape.join() === out.shape.join()
          ? apply("dot", [apply("mul", [y, h], out), gain], rows)
          : apply("reduce", [apply("mul", [y, g], out)], rows, {
              params: { op: "Add", axis: [out.shape.length - 1] },
            });
      return apply("reshape", [total], column, { params: { shape: column.shape } });
    }
  });
}
