import type { Node, Value } from "../../graph.ts";
import { castTo, type Lazy, load } from "../expr.ts";
import { elementwise } from "../kernel.ts";
import type { Lowering, Rule } from "../lowering.ts";
import { denseView, flip, permute, reshape, type Shape, shrink, spread, type View } from "../view.ts";

export type Pair = readonly [number, number];

const input = (node: Node, context: Lowering): Lazy => context.read(node.inputs[0] as Node["inputs"][number]);

/** A primitive that only looks at its operand in another way. */
const moved =
  (f: (view: View, shape: Shape, node: Node) => View | undefined): Rule =>
  (node, context) => {
    const x = input(node, context);
    const out = node.outputs[0] as Value;
    context.compute(
      out,
      context.through(x, (view) => f(view, x.shape, node)),
    );
  };

/**
 * The array with its elements `steps` apart between margins of zeros, as a view of new memory. Negative margins drop
 * elements. The margins are written nowhere: memory starts at zero.
 */
export function padded(
  context: Lowering,
  lazy: Lazy,
  margins: readonly Pair[],
  steps: readonly number[],
): Lazy {
  const spans = lazy.shape.map((n, k) => Math.max((n - 1) * (steps[k] as number) + 1, 0));
  const full = spans.map((n, k) => {
    const [low, high] = margins[k] as Pair;
    return n + Math.max(low, 0) + Math.max(high, 0);
  });
  const whole = denseView(context.temporary(lazy.expr.dtype, full), full);
  const first = margins.map(([low]) => Math.max(low, 0));
  const inner = shrink(whole, first);
  const strides = inner.strides.map((s, k) => s * (steps[k] as number));
  context.store(lazy, { ...inner, strides });
  const dropped = margins.map(([low]) => Math.max(-low, 0));
  const shape = spans.map((n, k) => n + (margins[k] as Pair)[0] + (margins[k] as Pair)[1]);
  return { shape, expr: load(shrink(whole, dropped)) };
}

export const movementRules: Readonly<Record<string, Rule>> = {
  transpose: moved((view, _, node) => permute(view, node.params.perm as number[])),
  reshape: moved((view, shape, node) => reshape(view, shape, (node.outputs[0] as Value).shape)),
  flip: moved((view, shape, node) => flip(view, shape, node.params.axis as number[])),
  shrink: moved((view, _, node) => {
    const slices = node.params.slice as Pair[];
    return shrink(
      view,
      slices.map(([start]) => start),
    );
  }),
  broadcast: (node, context) => {
    const x = input(node, context);
    const out = node.outputs[0] as Value;
    const added = node.params.axis as number[];
    let next = 0;
    const source = out.shape.map((n, k) => {
      if (added.includes(k)) return -1;
      const axis = next++;
      return x.shape[axis] === 1 && n !== 1 ? -1 : axis;
    });
    const expr = context.repeat(x, out.shape, (view) => spread(view, source));
    context.view(out, { shape: out.shape, expr });
  },
  pad: (node, context) => {
    const x = input(node, context);
    const steps = x.shape.map(() => 1);
    context.view(node.outputs[0] as Value, padded(context, x, node.params.width as Pair[], steps));
  },
  split: (node, context) => {
    const x = input(node, context);
    const view = context.inMemory(x);
    let start = 0;
    node.outputs.forEach((part, i) => {
      const starts = x.shape.map((_, k) => (k === node.params.axis ? start : 0));
      context.view(part, { shape: part.shape, expr: load(shrink(view, starts)) });
      start += (node.params.sizes as number[])[i] as number;
    });
  },
  concatenate: (node, context) => {
    const out = node.outputs[0] as Value;
    const axis = node.params.axis as number;
    const whole = context.target(out);
    let start = 0;
    const parts = node.inputs.map((operand) => {
      const { shape, expr } = context.read(operand);
      const starts = shape.map((_, k) => (k === axis ? start : 0));
      start += shape[axis] as number;
      return elementwise(shape, shrink(whole, starts), castTo(expr, out.dtype));
    });
    context.fill(out, whole, ...parts);
  },
};
