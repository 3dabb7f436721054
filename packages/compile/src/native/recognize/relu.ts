import { consumersOf, type Graph, isLiteral, type Node, type Operand, type Value } from "../../graph.ts";
import { isCandidate, rewrite } from "./rewrite.ts";
import { isTame } from "./tame.ts";

/**
 * The gradients of relu and of a maximum (max pooling among them). jax-js chooses between zero and the cotangent;
 * ONNX Runtime multiplies several times faster. `step` is one where its argument is not negative.
 */

const isNumber = (x: Operand | undefined, value: number): boolean =>
  x !== undefined && isLiteral(x) && x.literal === value;

/** True when `top` is the maximum of some axes of x, spread over x again. */
function isMaximum(top: Operand, x: Operand, producers: ReadonlyMap<Operand, Node>): boolean {
  const spread = producers.get(top);
  const reduced = producers.get(spread?.inputs[0] as Operand);
  return (
    spread?.op === "broadcast" &&
    reduced?.op === "reduce" &&
    reduced.params.op === "Max" &&
    reduced.inputs[0] === x &&
    String(spread.params.axis) === String(reduced.params.axis)
  );
}

export function recognizeRelu(graph: Graph): Graph {
  const consumers = consumersOf(graph.nodes);
  /** The step that each condition is, with the choices reversed: zero where the condition holds. */
  const steps = new Map<Operand, Value>();
  /** One over the number of maxima, which is at least one. */
  const shares = new Set<Operand>();
  return rewrite(graph, (node, { producers, apply }) => {
    const out = node.outputs[0] as Value;
    if (node.op === "reciprocal") {
      const count = producers.get(node.inputs[0] as Operand);
      const choice =
        count?.op === "reduce" && count.params.op === "Add" && producers.get(count.inputs[0] as Operand);
      if (choice && steps.has(choice.inputs[0] as Operand) && isNumber(choice.inputs[2], 1)) shares.add(out);
      return false;
    }
    if (node.op !== "where" || !isNumber(node.inputs[1], 0) || !isCandidate(out)) return false;
    const [condition, , g] = node.inputs as [Operand, Operand, Operand];
    if (condition.shape.join() !== out.shape.join()) return false;
    const test = producers.get(condition);
    const [x, bound] = (test?.op === "compare" ? test.inputs : []) as Operand[];
    if (!x || !bound || x.dtype !== "float32" || x.shape.join() !== out.shape.join()) return false;
    const isRelu =
      test?.params.op === "less" &&
      isNumber(bound, 0) &&
      consumers.get(x)?.some((n) => n.op === "max" && n.inputs.some((v) => isNumber(v, 0)));
    const isTop = test?.params.op === "not_equal" && isMaximum(bound, x, producers);
    if ((!isRelu && !isTop) || !isTame(g, producers, shares)) return false;
    let step = steps.get(condition);
    if (step === undefined) {
      // What is below the maximum is below zero after the maximum is subtracted.
      const distance = isTop ? apply("add", [x, apply("neg", [bound], out)], out) : x;
      step = apply("step", [distance], out);
      steps.set(condition, step);
    }
    if (isNumber(g, 1)) apply("stop_gradient", [step], out, { out });
    else apply("mul", [step, g], out, { out });
    return true;
  });
}
