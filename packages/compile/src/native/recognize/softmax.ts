import type { Graph, Operand, Value } from "../../graph.ts";
import { add, exp, log, match, maximum, mul, neg, reciprocal, row, sum } from "../../pattern.ts";
import { isCandidate, rewrite } from "./rewrite.ts";

/** Softmax and log-softmax over the last axis, and their gradients. */

const shifted = add(row(neg(row(maximum("x")))), "x");
const exponential = exp(shifted);
const softmax = mul(exponential, row(reciprocal(row(sum(exponential)))));
const logSoftmax = add(row(neg(row(log(row(sum(exponential)))))), shifted);
// Reverse mode through e / sum(e), where e has no other reader: e (g / sum(e) - sum(e g) / sum(e)^2).
const over = reciprocal(row(sum("e")));
const pulled = mul(row(neg(row(mul(row(over), row(over))))), row(sum(mul("e", "g"))));
const softmaxGradient = mul("e", add(mul("g", row(over)), row(pulled)));
// Reverse mode through log(sum(e)): e times t / sum(e), for one number t a row.
const logSumGradient = mul("e", row(mul(row(over), "t")));

export function recognizeSoftmax(graph: Graph): Graph {
  /** The softmax that belongs to an exponential. */
  const known = new Map<Operand, Value>();
  /** Log-softmaxes by their argument. */
  const logs = new Map<Operand, Value>();
  return rewrite(graph, (node, { producers, apply }) => {
    const out = node.outputs[0] as Value;
    if ((node.op !== "mul" && node.op !== "add") || !isCandidate(out) || out.shape.length === 0) return false;
    const probabilities = (e: Operand): Value | undefined => {
      const found = known.get(e);
      if (found) return found;
      const x = match(e, exponential, producers)?.get("x");
      if (x === undefined) return undefined;
      const like = { dtype: out.dtype, shape: e.shape };
      const logged = logs.get(x);
      const made = logged ? apply("exp", [logged], like) : apply("softmax", [x], like);
      known.set(e, made);
      return made;
    };
    if (node.op === "add") {
      const x = match(out, logSoftmax, producers)?.get("x");
      if (x === undefined || x.shape.length !== out.shape.length) return false;
      logs.set(x, apply("log_softmax", [x], out, { out }));
      return true;
    }
    const forward = match(out, softmax, producers)?.get("x");
    if (forward && forward.shape.join() === out.shape.join()) {
      const e = node.inputs.find((v) => producers.get(v)?.op === "exp") as Operand;
      known.set(e, apply("softmax", [forward], out, { out }));
      return true;
    }
    const backward = match(out, softmaxGradient, producers);
    const e = backward?.get("e") as Operand;
    const y = backward && e.shape.join() === out.shape.join() ? probabilities(e) : undefined;
    if (backward && y) {
      const g = backward.get("g") as Operand;
      const rows = out.shape.slice(0, -1);
      const params = { op: "Add", axis: [out.shape.length - 1] };
      const total = apply(
        "reduce",
        [apply("mul", [y, g], out)],
        { dtype: out.dtype, shape: rows },
        { params },
      );
      const column = { dtype: out.dtype, shape: [...rows, 1] };
      const mean = apply("reshape", [total], column, { params: { shape: column.shape } });
      apply("mul", [y, apply("add", [g, apply("neg", [mean], column)], out)], out, { out });
      return true;
    }
    const pull = match(out, logSumGradient, producers);
    const e2 = pull?.get("e") as Operand;
    const t = pull?.get("t") as Operand;
    if (
      !pull ||
      e2.shape.join() !== out.shape.join() ||
      t.shape.join() !== [...out.shape.slice(0, -1), 1].join()
    )
      return false;
    const p = probabilities(e2);
    if (p === undefined) return false;
    apply("mul", [p, t], out, { out });
    return true;
  });
}
