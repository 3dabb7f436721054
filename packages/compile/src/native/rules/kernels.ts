import type { Node, Operand, Value } from "../../graph.ts";
import { tensor as hostTensor } from "../../tensor.ts";
import type { Context, Rule } from "../context.ts";
import { rowMajor } from "../layout.ts";
import { contiguous, type Factor, type View } from "../view.ts";
import { affine, fusedActivation } from "./affine.ts";
import { applyElementwise } from "./elementwise.ts";

/** What `recognize/` puts in the place of patterns: one ONNX Runtime kernel each. */

const result = (node: Node): Value => node.outputs[0] as Value;

/** An operand with its last axis innermost in memory, all other axes wherever they lie. */
function innermost(ctx: Context, x: Operand): View {
  const view = ctx.view(x);
  const last = view.dims.at(-1) as readonly Factor[];
  const end = view.memory.length - last.length;
  const stored = view.dims.flat().every((f) => f.at >= 0);
  return stored && last.every((f, i) => f.at === end + i) ? view : contiguous(rowMajor(ctx.b, view), x.shape);
}

const asRows = (ctx: Context, view: View): { readonly tensor: string; readonly shape: readonly number[] } => {
  const n = (view.dims.at(-1) as readonly Factor[]).reduce((p, f) => p * f.size, 1);
  const shape = [view.memory.reduce((p, s) => p * s, 1) / n, n];
  return { tensor: ctx.b.reshape(view.tensor, shape), shape };
};

const alongRows =
  (op: string): Rule =>
  (node, ctx) => {
    const view = innermost(ctx, node.inputs[0] as Operand);
    const { tensor, shape } = asRows(ctx, view);
    ctx.define(result(node), { ...view, tensor: ctx.b.node(op, [tensor], shape, { axis: 1 }) });
  };

const layerNorm: Rule = (node, ctx) => {
  const { b } = ctx;
  const view = innermost(ctx, node.inputs[0] as Operand);
  const { tensor, shape } = asRows(ctx, view);
  const [count, n] = shape as [number, number];
  const [y, , inverse] = b.nodeMany(
    "LayerNormalization",
    [tensor, b.constant(hostTensor(new Float32Array(n).fill(1), [n]))],
    [shape, [count, 1], [count, 1]],
    { axis: 1, epsilon: { float: node.params.epsilon as number } },
  ) as [string, string, string];
  ctx.define(result(node), { ...view, tensor: y });
  const kept = view.memory.length - (view.dims.at(-1) as readonly Factor[]).length;
  ctx.define(node.outputs[1] as Value, {
    tensor: inverse,
    memory: view.memory.slice(0, kept),
    dims: [...view.dims.slice(0, -1), []],
  });
};

const sigmoid: Rule = (node, ctx) => {
  const out = result(node);
  const operand = { x: node.inputs[0] as Operand, dtype: out.dtype };
  ctx.define(out, applyElementwise(ctx, "Sigmoid", [operand], out.shape));
};

const gelu: Rule = (node, ctx) => {
  const view = ctx.view(node.inputs[0] as Operand);
  const tensor = ctx.b.node("Gelu", [view.tensor], ctx.b.shape(view.tensor), { approximate: "tanh" });
  ctx.define(result(node), { ...view, tensor });
};

/** One where x is not negative, else zero: a line so steep that it is a step, cut to [0, 1] in the same pass. */
const step: Rule = (node, ctx) => {
  const x = node.inputs[0] as Operand;
  const fused = fusedActivation(ctx, x, {
    activation: "HardSigmoid",
    activation_params: { floats: [3e38, 1] },
  });
  if (fused) {
    ctx.define(result(node), fused);
    return;
  }
  const view = ctx.view(x);
  const attributes = { alpha: { float: 3e38 }, beta: { float: 1 } };
  const tensor = ctx.b.node("HardSigmoid", [view.tensor], ctx.b.shape(view.tensor), attributes);
  ctx.define(result(node), { ...view, tensor });
};

export const kernelRules: Record<string, Rule> = {
  softmax: alongRows("Softmax"),
  log_softmax: alongRows("LogSoftmax"),
  layer_norm: layerNorm,
  affine,
  sigmoid,
  gelu,
  step,
};
