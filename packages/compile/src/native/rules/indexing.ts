import { isLiteral, type Operand, type Value } from "../../graph.ts";
import { type Context, literalView, type Rule } from "../context.ts";
import { rowMajor } from "../layout.ts";
import { broadcastTo, contiguous, transpose, type View } from "../view.ts";

/** Gather and scatter: NumPy's advanced indexing x[:, ...indices, :] and its adjoint. */

const INT64 = 7;
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

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

const scatter: Rule = (node, ctx) => {
  const { b } = ctx;
  const [updates, ...indices] = node.inputs as [Operand, ...Operand[]];
  const out = node.outputs[0] as Value;
  const { axis, outDim, op } = node.params as { axis: readonly number[]; outDim: number; op: string };
  const rest = range(out.shape.length).filter((d) => !axis.includes(d));
  const shape = indexShape(indices);
  const restShape = rest.map((d) => out.shape[d] as number);
  const indexDims = range(shape.length).map((d) => outDim + d);
  const restDims = range(updates.shape.length).filter((d) => !indexDims.includes(d));
  const source = isLiteral(updates) ? literalView(ctx, updates, out.dtype) : ctx.view(updates);
  const values = rowMajor(b, transpose(source, [...indexDims, ...restDims]));
  const indexed = axis.map((d) => out.shape[d] as number);
  const zeros = b.node(
    "Expand",
    [b.scalar(0, out.dtype), b.ints([...indexed, ...restShape])],
    [...indexed, ...restShape],
  );
  const reduction = op === "update" ? "none" : op;
  const tensor = b.node(
    "ScatterND",
    [zeros, stackIndices(ctx, indices, shape), values],
    [...indexed, ...restShape],
    {
      reduction,
    },
  );
  const order = [...axis, ...rest];
  const view: View = transpose(
    contiguous(tensor, [...indexed, ...restShape]),
    range(out.shape.length).map((d) => order.indexOf(d)),
  );
  ctx.define(out, view);
};

export const indexingRules: Record<string, Rule> = { gather, scatter };
