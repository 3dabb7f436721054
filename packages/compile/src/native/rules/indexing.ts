import type { Operand, Value } from "../../graph.ts";
import { range } from "../../range.ts";
import { type Context, literalView, type Rule } from "../context.ts";
import { rowMajor } from "../layout.ts";
import { broadcastTo, contiguous, transpose } from "../view.ts";

/**
 * Gather: NumPy's advanced indexing x[:, ...indices, :]. Its adjoint, scatter, has no rule and so runs as WebAssembly loops:
 * ONNX Runtime's ScatterND adds from several threads without a lock, so that sums over equal indices lose terms (1.30).
 */

const INT64 = 7;

/** The indices broadcast together and stacked: an int64 tensor [...index shape, number of indices]. */
function stackIndices(ctx: Context, indices: readonly Operand[], shape: readonly number[]): string {
  const { b } = ctx;
  const columns = indices.map((x) => {
    const expanded = rowMajor(b, broadcastTo(literalView(ctx, x, "int32"), shape));
    return b.node("Cast", [b.reshape(expanded, [...shape, 1])], [...shape, 1], { to: INT64 });
  });
  return columns.length === 1
    ? (columns[0] as string)
    : b.node("Concat", columns, [...shape, columns.length], { axis: shape.length });
}

/** The shape that the indices broadcast to. */
function indexShape(indices: readonly Operand[]): number[] {
  const rank = Math.max(...indices.map((x) => x.shape.length));
  return range(rank).map((d) => Math.max(...indices.map((x) => x.shape[d - rank + x.shape.length] ?? 1)));
}

const gather: Rule = (node, ctx) => {
  const { b } = ctx;
  const [x, ...indices] = node.inputs as [Operand, ...Operand[]];
  const out = node.outputs[0] as Value;
  const { axis, outDim } = node.params as { axis: readonly number[]; outDim: number };
  const rest = range(x.shape.length).filter((d) => !axis.includes(d));
  const shape = indexShape(indices);
  const restShape = rest.map((d) => x.shape[d] as number);
  // Indexed axes first: GatherND then returns [...index shape, ...rest].
  const source = rowMajor(b, transpose(ctx.view(x), [...axis, ...rest]));
  const full = [...shape, ...restShape];
  let tensor: string;
  if (indices.length === 1) {
    const index = b.reshape(stackIndices(ctx, indices, shape), shape);
    tensor = b.node("Gather", [source, index], full, { axis: 0 });
  } else {
    tensor = b.node("GatherND", [source, stackIndices(ctx, indices, shape)], full);
  }
  const perm = [
    ...range(outDim).map((d) => shape.length + d),
    ...range(shape.length),
    ...range(rest.length - outDim).map((d) => shape.length + outDim + d),
  ];
  const view = transpose(contiguous(tensor, full), perm);
  ctx.define(out, view);
};

export const indexingRules: Record<string, Rule> = { gather };
