import type { FusedOpName } from "../fused/program.ts";
import { formatNode, type Graph, isLiteral, type Node, type Operand, type Value } from "../graph.ts";
import type { DType } from "../tensor.ts";
import { apply, castTo, constant, type Expr, type Lazy, load, loadsOf, mapViews } from "./expr.ts";
import { elementwise, type Kernel, type ReduceOp } from "./kernel.ts";
import {
  type Buffer,
  broadcastTo,
  denseStrides,
  denseView,
  dependsOn,
  flip,
  gatherView,
  permute,
  range,
  reshape,
  type Shape,
  shrink,
  sizeOf,
  spread,
  type View,
  windows,
} from "./view.ts";

/** Where a graph's inputs, constants and outputs lie. */
export interface Boundary {
  readonly inputs: ReadonlyMap<Value, Buffer>;
  readonly constants: ReadonlyMap<Value, Buffer>;
  /** One buffer per output of the graph. */
  readonly outputs: readonly Buffer[];
  /** Memory that is filled once with 0, 1, 2, ... */
  readonly iota: (length: number) => Buffer;
}

type Pair = readonly [number, number];

/** The parameters of the primitives, as far as they are read here. */
interface Params {
  readonly op: string;
  readonly axis: number[];
  readonly perm: number[];
  readonly slice: Pair[];
  readonly width: Pair[];
  readonly sizes: number[];
  readonly strides: number[];
  readonly outDim: number;
  readonly mode: "xor" | 0 | 1;
}

const unaryOps = new Set([
  ...[
    "neg",
    "abs",
    "reciprocal",
    "sqrt",
    "floor",
    "ceil",
    "exp",
    "log",
    "sin",
    "cos",
    "asin",
    "atan",
    "tanh",
  ],
  ...["erf", "erfc", "bit_count"],
]);
const binaryOps = new Set(["add", "sub", "mul", "div", "idiv", "mod", "min", "max"]);
const reduceOps: Readonly<Record<string, ReduceOp>> = { Add: "sum", Mul: "prod", Min: "min", Max: "max" };
const ranks: readonly DType[] = ["bool", "uint32", "int32", "float32", "float64"];

/**
 * Lowers a graph to loop nests. Elementwise values with one reader and all movement of data are computed where they
 * are used; reductions, and values with several readers, get memory.
 *
 * @throws Error naming the primitive when the executor lacks it.
 */
export function lowerGraph(graph: Graph, boundary: Boundary, name: string): Kernel[] {
  const kernels: Kernel[] = [];
  const values = new Map<Operand, Lazy>();
  const claimed = new Set<number>();
  const readers = new Map<Operand, number>();
  const reshaped = new Set<Operand>();
  for (const node of graph.nodes) {
    for (const x of new Set(node.inputs)) readers.set(x, (readers.get(x) ?? 0) + 1);
    if (node.op === "reshape") reshaped.add(node.inputs[0] as Operand);
  }
  for (const [value, buffer] of [...boundary.inputs, ...boundary.constants]) {
    values.set(value, { shape: value.shape, expr: load(denseView(buffer, value.shape)) });
  }

  const read = (x: Operand): Lazy =>
    isLiteral(x) ? { shape: [], expr: constant(x.literal, x.dtype) } : (values.get(x) as Lazy);
  const temporary = (dtype: DType, shape: Shape): Buffer => ({ dtype, size: sizeOf(shape) });
  /** The memory of a node's result: that of the output it is, or new and laid out to suit `expr`. */
  const target = (out: Value, expr?: Expr): View => {
    const index = graph.outputs.findIndex((x, i) => x === out && !claimed.has(i));
    if (index >= 0) claimed.add(index);
    const buffer = boundary.outputs[index] ?? temporary(out.dtype, out.shape);
    if (index >= 0 || expr === undefined || reshaped.has(out)) return denseView(buffer, out.shape);
    return orderedView(buffer, out.shape, expr);
  };
  const store = (lazy: Lazy, view: View): Lazy => {
    kernels.push(elementwise(lazy.shape, view, lazy.expr));
    return { shape: lazy.shape, expr: load(view) };
  };
  const materialize = (lazy: Lazy): Lazy =>
    store(lazy, denseView(temporary(lazy.expr.dtype, lazy.shape), lazy.shape));
  /** The array as a view of memory. */
  const inMemory = (lazy: Lazy): View => {
    const { expr } = lazy.expr.kind === "load" ? lazy : materialize(lazy);
    return (expr as { view: View }).view;
  };
  const move = (lazy: Lazy, shape: Shape, f: (view: View) => View | undefined): Lazy => {
    const expr = mapViews(lazy.expr, f);
    if (expr !== undefined) return { shape, expr };
    return { shape, expr: mapViews(materialize(lazy).expr, f) as Expr };
  };
  /** Broadcasts; what would be computed again for every copy is computed first. */
  const expand = (lazy: Lazy, shape: Shape): Expr => {
    const again = lazy.expr.kind === "op" && sizeOf(lazy.shape) > 1 && sizeOf(shape) > sizeOf(lazy.shape);
    const from = again ? materialize(lazy) : lazy;
    return mapViews(from.expr, (view) => broadcastTo(view, lazy.shape, shape)) as Expr;
  };
  const reduce = (domain: Shape, over: Shape, op: ReduceOp, expr: Expr, out: Value) => {
    const view = target(out, expr);
    kernels.push({ domain, reduce: over, reduceOp: op, stores: [{ view, expr, mode: "set", needed: true }] });
    values.set(out, { shape: out.shape, expr: load(view) });
  };
  const isOutput = new Set(graph.outputs);
  const computed = (out: Value, expr: Expr) => {
    const lazy = { shape: out.shape, expr };
    const once = (readers.get(out) ?? 0) <= 1 && !isOutput.has(out);
    values.set(out, once ? lazy : store(lazy, target(out, expr)));
  };
  /** Zero outside the box that starts at `starts` with the given steps; positions that do not exist are dropped. */
  const pad = (lazy: Lazy, widths: readonly Pair[], steps: readonly number[]): Lazy => {
    const full = lazy.shape.map((n, k) => {
      const [low, high] = widths[k] as Pair;
      return Math.max((n - 1) * (steps[k] as number) + 1, 0) + Math.max(low, 0) + Math.max(high, 0);
    });
    const dense = denseView(temporary(lazy.expr.dtype, full), full);
    const inner = shrink(
      dense,
      widths.map(([low]) => Math.max(low, 0)),
    );
    const strides = inner.strides.map((s, k) => s * (steps[k] as number));
    kernels.push(elementwise(lazy.shape, { ...inner, strides }, lazy.expr));
    const shape = full.map((n, k) => {
      const [low, high] = widths[k] as Pair;
      return n + Math.min(low, 0) + Math.min(high, 0);
    });
    return {
      shape,
      expr: load(
        shrink(
          dense,
          widths.map(([low]) => Math.max(-low, 0)),
        ),
      ),
    };
  };

  const lowerNode = (node: Node) => {
    const out = node.outputs[0] as Value;
    const params = node.params as unknown as Params;
    const inputs = node.inputs.map(read);
    const [x] = inputs as [Lazy];
    const args = (dtype: DType) => inputs.map((lazy) => castTo(expand(lazy, out.shape), dtype));
    const moved = (f: (view: View) => View | undefined) => {
      const lazy = move(x, out.shape, f);
      values.set(out, isOutput.has(out) ? store(lazy, target(out)) : shared(out, lazy));
    };
    if (unaryOps.has(node.op) || binaryOps.has(node.op)) {
      return computed(out, apply(node.op as FusedOpName, out.dtype, ...args(out.dtype)));
    }
    switch (node.op) {
      case "stop_gradient":
        return values.set(out, isOutput.has(out) ? x : shared(out, x));
      case "cast":
        return computed(out, castTo(x.expr, out.dtype));
      case "bitcast":
        return computed(out, apply("bitcast", out.dtype, x.expr));
      case "bit_combine":
      case "bit_shift": {
        const both = inputs.map((lazy) => expand(lazy, out.shape)) as [Expr, Expr];
        const same = node.op === "bit_combine" ? both.map((e) => castTo(e, out.dtype)) : both;
        return computed(out, apply(params.op as FusedOpName, out.dtype, ...same));
      }
      case "compare": {
        const strong = node.inputs.filter((v) => !isLiteral(v));
        const dtypes = (strong.length > 0 ? strong : node.inputs).map((v) => ranks.indexOf(v.dtype));
        return computed(
          out,
          apply(params.op as FusedOpName, "bool", ...args(ranks[Math.max(...dtypes)] as DType)),
        );
      }
      case "where": {
        const [cond, a, b] = inputs.map((lazy) => expand(lazy, out.shape)) as [Expr, Expr, Expr];
        return computed(
          out,
          apply("where", out.dtype, castTo(cond, "bool"), castTo(a, out.dtype), castTo(b, out.dtype)),
        );
      }
      case "transpose":
        return moved((view) => permute(view, params.perm));
      case "reshape":
        return moved((view) => reshape(view, x.shape, out.shape));
      case "flip":
        return moved((view) => flip(view, x.shape, params.axis));
      case "shrink": {
        const slice = params.slice;
        return moved((view) =>
          shrink(
            view,
            slice.map(([start]) => start),
          ),
        );
      }
      case "broadcast": {
        const axes = params.axis;
        let next = 0;
        const source = out.shape.map((_, k) => (axes.includes(k) ? -1 : next++));
        const again = x.expr.kind === "op" && sizeOf(x.shape) > 1 && sizeOf(out.shape) > sizeOf(x.shape);
        const from = again ? materialize(x) : x;
        const expr = mapViews(from.expr, (view) =>
          stretch(spread(view, source), from.shape, source, out.shape),
        );
        const lazy = { shape: out.shape, expr: expr as Expr };
        return values.set(out, isOutput.has(out) ? store(lazy, target(out)) : lazy);
      }
      case "pad": {
        const padded = pad(
          x,
          params.width,
          x.shape.map(() => 1),
        );
        return values.set(out, isOutput.has(out) ? store(padded, target(out)) : padded);
      }
      case "split": {
        let start = 0;
        node.outputs.forEach((part, i) => {
          const starts = x.shape.map((_, k) => (k === node.params.axis ? start : 0));
          start += params.sizes[i] as number;
          const from: Lazy = x.expr.kind === "load" ? x : { shape: x.shape, expr: load(inMemory(x)) };
          const lazy = move(from, part.shape, (view) => shrink(view, starts));
          values.set(part, isOutput.has(part) ? store(lazy, target(part)) : lazy);
        });
        return;
      }
      case "concatenate": {
        const axis = node.params.axis as number;
        const whole = target(out);
        let start = 0;
        for (const part of inputs) {
          const at = shrink(
            whole,
            part.shape.map((_, k) => (k === axis ? start : 0)),
          );
          kernels.push(elementwise(part.shape, at, castTo(part.expr, out.dtype)));
          start += part.shape[axis] as number;
        }
        return values.set(out, { shape: out.shape, expr: load(whole) });
      }
      case "reduce": {
        const axes = params.axis;
        const kept = range(x.shape.length).filter((k) => !axes.includes(k));
        const expr = mapViews(x.expr, (view) => permute(view, [...kept, ...axes])) as Expr;
        const over = axes.map((k) => x.shape[k] as number);
        return reduce(out.shape, over, reduceOps[params.op] as ReduceOp, expr, out);
      }
      case "dot": {
        const rank = out.shape.length + 1;
        const last = Math.max(...inputs.map((lazy) => lazy.shape.at(-1) ?? 1));
        const full = [...out.shape, last].slice(0, rank);
        const [a, b] = inputs.map((lazy) => castTo(expand(lazy, full), out.dtype)) as [Expr, Expr];
        return reduce(out.shape, [last], "sum", apply("mul", out.dtype, a, b), out);
      }
      case "pool": {
        const steps = params.strides;
        const view = windows(
          inMemory(x),
          steps,
          steps.map(() => 1),
        );
        const lazy = { shape: out.shape, expr: load(view) };
        return values.set(out, isOutput.has(out) ? store(lazy, target(out)) : lazy);
      }
      case "pool_transpose": {
        const view = target(out);
        const steps = params.strides;
        kernels.push(elementwise(out.shape, view, constant(0, out.dtype)));
        const places = windows(
          view,
          steps,
          steps.map(() => 1),
        );
        kernels.push(elementwise(x.shape, places, castTo(x.expr, out.dtype), "add"));
        return values.set(out, { shape: out.shape, expr: load(view) });
      }
      case "conv":
        return lowerConv(node, inputs as [Lazy, Lazy]);
      case "gather": {
        const [, ...indices] = inputs;
        const axes = params.axis;
        const indexRank = out.shape.length - (x.shape.length - axes.length);
        const outDim = params.outDim;
        const views = indices.map((index) => indexView(index, out.shape, outDim, indexRank));
        const view = gatherView(inMemory(x), axes, x.shape, outDim, indexRank, views);
        const lazy = { shape: out.shape, expr: load(view) };
        return values.set(out, isOutput.has(out) ? store(lazy, target(out)) : lazy);
      }
      case "scatter": {
        const [, ...indices] = inputs;
        const axes = params.axis;
        const outDim = params.outDim;
        const indexRank = x.shape.length - (out.shape.length - axes.length);
        const whole = target(out);
        const views = indices.map((index) => indexView(index, x.shape, outDim, indexRank));
        const places = gatherView(whole, axes, out.shape, outDim, indexRank, views);
        kernels.push(elementwise(out.shape, whole, constant(0, out.dtype)));
        const mode = params.op === "update" ? "set" : "add";
        kernels.push(elementwise(x.shape, places, castTo(x.expr, out.dtype), mode));
        return values.set(out, { shape: out.shape, expr: load(whole) });
      }
      case "random_bits": {
        const [k0, k1] = inputs as [Lazy, Lazy];
        const lead = k0.shape.length;
        const source = out.shape.map((_, k) => (k < lead ? k : -1));
        const keys = [k0, k1].map((key) => mapViews(key.expr, (view) => spread(view, source)) as Expr);
        const generated = out.shape.slice(lead);
        const counter = denseView(boundary.iota(sizeOf(generated)), generated);
        const places = spread(
          counter,
          out.shape.map((_, k) => (k < lead ? -1 : k - lead)),
        );
        const op = `random_bits_${params.mode as string | number}` as FusedOpName;
        return computed(out, apply(op, "uint32", ...keys, load(places)));
      }
      default:
        throw new Error(
          `${name}: the wasm executor has no ${node.op}; use the "native" or "jax" executor (${formatNode(node)})`,
        );
    }
  };

  /** What several nodes read is computed once; views of memory, also through indices, cost nothing to read again. */
  const shared = (out: Value, lazy: Lazy): Lazy =>
    (readers.get(out) ?? 0) > 1 && lazy.expr.kind === "op" ? materialize(lazy) : lazy;

  /** An index array over the axes outDim .. outDim + indexRank of a larger shape. */
  const indexView = (index: Lazy, shape: Shape, outDim: number, indexRank: number): View => {
    const view = broadcastTo(inMemory(index), index.shape, shape.slice(outDim, outDim + indexRank));
    const source = shape.map((_, k) => (k >= outDim && k < outDim + indexRank ? k - outDim : -1));
    return spread(view, source);
  };

  const lowerConv = (node: Node, [x, y]: [Lazy, Lazy]) => {
    const out = node.outputs[0] as Value;
    const { vmapDims, strides, padding, lhsDilation, rhsDilation } = node.params as unknown as {
      vmapDims: number;
      strides: number[];
      padding: Pair[];
      lhsDilation: number[];
      rhsDilation: number[];
    };
    const lead = vmapDims + 2;
    const none: Pair[] = range(lead).map(() => [0, 0]);
    const widened = pad(x, [...none, ...padding], [...range(lead).map(() => 1), ...lhsDilation]);
    const spatial = strides.length;
    const vmap = out.shape.slice(0, vmapDims);
    // Axes of the loop: vmap, N, O, positions | C, kernel. Size-1 vmap axes broadcast.
    const position = range(spatial);
    const batch = (shape: Shape) => range(vmapDims).map((k) => (shape[k] === vmap[k] ? k : -1));
    const sourceX = [
      ...batch(widened.shape),
      vmapDims,
      -1,
      ...position.map((k) => lead + k),
      vmapDims + 1,
      ...position.map((k) => lead + spatial + k),
    ];
    const sourceY = [
      ...batch(y.shape),
      -1,
      vmapDims,
      ...position.map(() => -1),
      vmapDims + 1,
      ...position.map((k) => lead + k),
    ];
    const a = load(spread(windows(inMemory(widened), strides, rhsDilation), sourceX));
    const b = load(spread(inMemory(y), sourceY));
    const over = y.shape.slice(vmapDims + 1);
    const product = apply("mul", out.dtype, castTo(a, out.dtype), castTo(b, out.dtype));
    reduce(out.shape, over, "sum", product, out);
  };

  for (const node of graph.nodes) lowerNode(node);
  graph.outputs.forEach((x, i) => {
    if (claimed.has(i)) return;
    const view = denseView(boundary.outputs[i] as Buffer, x.shape);
    kernels.push(elementwise(x.shape, view, castTo(expand(read(x), x.shape), x.dtype)));
  });
  return kernels.filter((k) => sizeOf(k.domain) > 0);
}

/** A dense layout whose axes follow the order in which the loads of an expression lie in memory. */
function orderedView(buffer: Buffer, shape: Shape, expr: Expr): View {
  const views = loadsOf(expr).map((x) => x.view);
  const distance = (axis: number): number => {
    const moving = views.filter((view) => dependsOn(view, axis));
    const regular = moving.filter((view) => view.terms.every((term) => !dependsOn(term.view, axis)));
    return Math.min(
      Number.MAX_SAFE_INTEGER,
      ...regular.map((view) => Math.abs(view.strides[axis] as number)),
    );
  };
  const distances = range(shape.length).map(distance);
  const order = range(shape.length).toSorted((a, b) => (distances[b] as number) - (distances[a] as number));
  const dense = denseStrides(order.map((k) => shape[k] as number));
  const strides = range(shape.length).map((k) => dense[order.indexOf(k)] as number);
  return { buffer, offset: 0, strides, terms: [] };
}

/** Axes of size 1 that grow have stride 0. */
const stretch = (view: View, from: Shape, source: readonly number[], to: Shape): View =>
  spread(
    view,
    source.map((k, axis) => (k >= 0 && from[k] === 1 && to[axis] !== 1 ? -1 : axis)),
  );
