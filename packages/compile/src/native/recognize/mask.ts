import { type Graph, isLiteral, newValue, type Operand, type Value } from "../../graph.ts";
import { sizeOf, Tensor } from "../../tensor.ts";
import { isCandidate, rewrite } from "./rewrite.ts";
import { isTame } from "./tame.ts";

/**
 * Attention's mask: where(mask, scores, -1e9) under a softmax, for a mask that is a constant of the graph and leaves
 * something visible in every row. It becomes an addition of 0 or -1e9, which ONNX Runtime runs several times faster; the
 * softmax is then exactly zero where scores are hidden, so that the gradient needs no mask at all.
 */

/** A score that softmax turns into zero beside any visible one. */
const HIDDEN = -1e8;

function seesEveryRow(mask: Tensor): boolean {
  const n = mask.shape.at(-1) ?? 1;
  for (let i = 0; i < mask.data.length; i += n) if (!mask.data.subarray(i, i + n).includes(1)) return false;
  return true;
}

export function recognizeMask(graph: Graph): Graph {
  const constants = new Map(graph.constants);
  const biases = new Map<string, Value>();
  /** The mask of every softmax whose scores are masked. */
  const masked = new Map<Operand, Operand>();
  const next = rewrite(graph, (node, { producers, apply }) => {
    const out = node.outputs[0] as Value;
    if (node.op === "softmax") {
      const choice = producers.get(node.inputs[0] as Operand);
      if (choice?.op !== "where") return false;
      const [condition, scores, hidden] = choice.inputs as [Operand, Operand, Operand];
      const mask = constants.get(condition as Value);
      if (!mask || !isCandidate(out) || !isLiteral(hidden) || hidden.literal > HIDDEN) return false;
      const sameRows = mask.shape.at(-1) === out.shape.at(-1) && scores.shape.join() === out.shape.join();
      if (!sameRows || !seesEveryRow(mask) || !isTame(scores, producers)) return false;
      const key = `${(condition as Value).id} ${hidden.literal}`;
      let bias = biases.get(key);
      if (bias === undefined) {
        bias = newValue(out.dtype, condition.shape);
        const data = Float32Array.from(mask.data, (seen) => (seen ? 0 : hidden.literal));
        constants.set(bias, new Tensor("float32", condition.shape, data));
        biases.set(key, bias);
      }
      masked.set(out, condition);
      apply("softmax", [apply("add", [scores, bias], out)], out, { out });
      return true;
    }
    if (node.op !== "where" || !isLiteral(node.inputs[2] as Operand)) return false;
    const [condition, product, other] = node.inputs as [Operand, Operand, Operand & { literal: number }];
    const factors = producers.get(product);
    const isZero = factors?.op === "mul" && factors.inputs.some((v) => masked.get(v) === condition);
    if (other.literal !== 0 || !isZero || sizeOf(product.shape) !== sizeOf(out.shape)) return false;
    apply("stop_gradient", [product], out, { out });
    return true;
  });
  return { ...next, constants };
}
