import { type Graph, isLiteral, type Node, type Operand, type Value } from "../graph.ts";
import { range } from "../range.ts";
import type { DType } from "../tensor.ts";
import { sizeOf } from "../tensor.ts";
import { castTo, constant, type Expr, type Lazy, load, loadsOf, mapViews, type OpExpr } from "./expr.ts";
import { elementwise, type Kernel, type ReduceOp } from "./kernel.ts";
import {
  type Buffer,
  broadcastTo,
  denseStrides,
  denseView,
  dependsOn,
  type Shape,
  type View,
} from "./view.ts";

/** Where a graph's inputs, constants and outputs lie. */
export interface Boundary {
  readonly inputs: ReadonlyMap<Value, Buffer>;
  readonly constants: ReadonlyMap<Value, Buffer>;
  /** One buffer per output of the graph. */
  readonly outputs: readonly Buffer[];
  /** Memory that holds 0, 1, 2, ... */
  readonly iota: (length: number) => Buffer;
}

/** Lowers one primitive: defines the values of its outputs. */
export type Rule = (node: Node, context: Lowering) => void;

/** The state of lowering a graph: the kernels so far, and what each value is in terms of memory. */
export class Lowering {
  readonly kernels: Kernel[] = [];
  readonly boundary: Boundary;
  readonly #graph: Graph;
  readonly #outputs: ReadonlySet<Operand>;
  readonly #values = new Map<Operand, Lazy>();
  readonly #claimed = new Set<number>();
  readonly #readers = new Map<Operand, number>();
  readonly #reshaped = new Set<Operand>();
  readonly #copies = new Map<Expr, View>();

  constructor(graph: Graph, boundary: Boundary) {
    this.boundary = boundary;
    this.#graph = graph;
    this.#outputs = new Set(graph.outputs);
    for (const node of graph.nodes) {
      for (const x of new Set(node.inputs)) this.#readers.set(x, (this.#readers.get(x) ?? 0) + 1);
      if (node.op === "reshape") this.#reshaped.add(node.inputs[0] as Operand);
    }
    for (const [value, buffer] of [...boundary.inputs, ...boundary.constants]) {
      this.#values.set(value, { shape: value.shape, expr: load(denseView(buffer, value.shape)) });
    }
  }

  read(x: Operand): Lazy {
    if (isLiteral(x)) return { shape: [], expr: constant(x.literal, x.dtype) };
    return this.#values.get(x) as Lazy;
  }

  /** Defines a value that costs nothing to read: memory, or a view of it. */
  view(out: Value, lazy: Lazy): void {
    this.#values.set(out, this.#outputs.has(out) ? this.store(lazy, this.target(out)) : lazy);
  }

  /** Defines a value gathered by an index array: read through the indices where it is used, and stored for several readers. */
  gathered(out: Value, view: View): void {
    const last = out.shape.length - 1;
    // Where the indices choose rows, reading rows again costs no more than reading a copy.
    const byElement = last >= 0 && view.terms.some((term) => dependsOn(term.view, last));
    const lazy = { shape: out.shape, expr: load(view) };
    const keep = this.#outputs.has(out) || (byElement && (this.#readers.get(out) ?? 0) > 1);
    this.#values.set(out, keep ? this.store(lazy, this.target(out)) : lazy);
  }

  /** Defines a value that is computed where it is read if that is one place, and before otherwise. */
  compute(out: Value, expr: Expr): void {
    const lazy = { shape: out.shape, expr };
    const isShared = (this.#readers.get(out) ?? 0) > 1 && expr.kind === "op" && !isPosition(expr);
    const keep = isShared || this.#outputs.has(out);
    this.#values.set(out, keep ? this.store(lazy, this.target(out, expr)) : lazy);
  }

  /** Defines a value as a reduction of `expr`, which has the axes of `out` and then those of `over`. */
  reduce(out: Value, over: Shape, op: ReduceOp, expr: Expr): void {
    const view = this.target(out, expr);
    const stores = [{ view, expr, mode: "set", needed: true }] as const;
    this.kernels.push({ kind: "loop", domain: out.shape, reduce: over, reduceOp: op, stores });
    this.#values.set(out, { shape: out.shape, expr: load(view) });
  }

  /** Defines a value as memory that kernels fill. */
  fill(out: Value, view: View, ...kernels: readonly Kernel[]): void {
    this.kernels.push(...kernels);
    this.#values.set(out, { shape: out.shape, expr: load(view) });
  }

  /** The memory of a node's result: that of the output it is, or new and laid out to suit `expr`. */
  target(out: Value, expr?: Expr): View {
    const index = this.#graph.outputs.findIndex((x, i) => x === out && !this.#claimed.has(i));
    if (index >= 0) this.#claimed.add(index);
    const buffer = this.boundary.outputs[index] ?? this.temporary(out.dtype, out.shape);
    if (index >= 0 || expr === undefined || this.#reshaped.has(out)) return denseView(buffer, out.shape);
    return orderedView(buffer, out.shape, expr);
  }

  /** New memory. It is zero when the program starts and keeps its content from step to step. */
  temporary(dtype: DType, shape: Shape): Buffer {
    return { dtype, size: sizeOf(shape) };
  }

  store(lazy: Lazy, view: View): Lazy {
    this.kernels.push(elementwise(lazy.shape, view, lazy.expr));
    return { shape: lazy.shape, expr: load(view) };
  }

  /** The array as a view of memory. */
  inMemory(lazy: Lazy): View {
    if (lazy.expr.kind === "load") return lazy.expr.view;
    const view = this.#copies.get(lazy.expr) ?? this.copy(lazy);
    this.#copies.set(lazy.expr, view);
    return view;
  }

  /** The array in new, dense memory. */
  copy(lazy: Lazy): View {
    const view = denseView(this.temporary(lazy.expr.dtype, lazy.shape), lazy.shape);
    this.store(lazy, view);
    return view;
  }

  /** The array seen through another view, after copying it where it has no such view. */
  through(lazy: Lazy, f: (view: View) => View | undefined): Expr {
    return mapViews(lazy.expr, f) ?? (mapViews(load(this.copy(lazy)), f) as Expr);
  }

  /** The array repeated by `f` to a larger shape; what would be computed again for every copy is computed first. */
  repeat(lazy: Lazy, shape: Shape, f: (view: View) => View): Expr {
    const again = lazy.expr.kind === "op" && sizeOf(lazy.shape) > 1 && sizeOf(shape) > sizeOf(lazy.shape);
    return mapViews(again ? load(this.inMemory(lazy)) : lazy.expr, f) as Expr;
  }

  /** NumPy broadcasting. */
  expand(lazy: Lazy, shape: Shape): Expr {
    return this.repeat(lazy, shape, (view) => broadcastTo(view, lazy.shape, shape));
  }

  /** Copies outputs that no kernel writes: inputs, constants, and values that are returned twice. */
  finish(): Kernel[] {
    this.#graph.outputs.forEach((x, i) => {
      if (this.#claimed.has(i)) return;
      const view = denseView(this.boundary.outputs[i] as Buffer, x.shape);
      this.store({ shape: x.shape, expr: castTo(this.expand(this.read(x), x.shape), x.dtype) }, view);
    });
    return this.kernels.filter((kernel) => kernel.kind === "routine" || sizeOf(kernel.domain) > 0);
  }
}

/** True for a position compared with or moved by a number, as in masks and slices: cheaper to compute again than to load. */
function isPosition({ op, args }: OpExpr): boolean {
  const counts = (x: Expr) => x.kind === "load" && x.view.buffer.known?.counts === true;
  return (op === "less" || op === "add") && args.some(counts) && args.every((x) => x.kind !== "op");
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
