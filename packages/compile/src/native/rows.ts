import type { FusedOp, FusedOpName, FusedProgram, FusedReduction } from "../fused/program.ts";
import { isLiteral, isScalar, type Node, type Operand, producersOf, type Value } from "../graph.ts";
import { sizeOf } from "../tensor.ts";
import { isAlias, isReduction, sourceOf } from "./classify.ts";
import { type Along, layoutOf, type Matrix, matrixOf, partners, type Reduced, reducedOf } from "./matrix.ts";
import type { Segment } from "./plan.ts";
import { disjointSets } from "./sets.ts";

/**
 * Turns a fused segment into kernels: nodes that share vectors form one row, and rows with the same program (the same
 * update of different parameters) share one kernel.
 */

/** One application of a program to arrays, and the values whose memory it reads and writes. */
export interface Row extends Matrix {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** What the row's arrays are reduced to. */
  readonly reductions: readonly Value[];
}

export interface RowGroup {
  readonly program: FusedProgram;
  readonly rows: readonly Row[];
  /** How many numbers each input of the program has. */
  readonly along: readonly Along[];
  /** Whether each reduction of the program gives one number, one a row, or one a column. */
  readonly to: readonly Reduced["to"][];
}

export const elementsOf = (row: Row): number => row.rows * row.columns;

/** Numbers that a pass reads and writes. */
export const trafficOf = (groups: readonly RowGroup[]): number =>
  groups.reduce((sum, { rows, along }) => {
    const streams = ({ outputs }: Row) => along.filter((x) => x === "elements").length + outputs.length;
    return rows.reduce((n, row) => n + elementsOf(row) * streams(row), sum);
  }, 0);

export function rowGroups(segment: Segment): RowGroup[] {
  const producers = producersOf(segment.nodes);
  const source = (x: Operand): Operand => sourceOf(x, producers);

  // Vectors that meet in a node are one row: each is read once, and none is overwritten before another row has read it.
  const { join, find } = disjointSets<Operand>();
  const matrices = new Map<Operand, Matrix>();
  for (const node of segment.nodes) {
    if (isAlias(node)) continue;
    const vectors = partners(node)
      .map(source)
      .filter((x) => !isScalar(x));
    for (const x of vectors) join(x, vectors[0] as Operand);
  }
  for (const node of segment.nodes) {
    const matrix = matrixOf(node);
    if (matrix) matrices.set(find(source(partners(node)[0] as Operand)), matrix);
  }

  const rowsByRoot = new Map<Operand, Matrix & { outputs: Value[]; reductions: Value[] }>();
  const scalars: Value[] = [];
  for (const out of segment.writes) {
    const node = producers.get(out);
    const reduced = node && isReduction(node) ? (node.inputs[0] as Operand) : undefined;
    if (isScalar(out) && reduced === undefined) {
      scalars.push(out);
      continue;
    }
    // What is reduced may be a number that stands for a vector: such a row has only this reduction.
    const root = find(source(reduced ?? out));
    const key = isScalar(root) ? out : root;
    const row = rowsByRoot.get(key) ?? {
      ...(matrices.get(root) ?? { rows: 1, columns: sizeOf((reduced ?? out).shape) }),
      outputs: [],
      reductions: [],
    };
    (reduced ? row.reductions : row.outputs).push(out);
    rowsByRoot.set(key, row);
  }

  const groups = new Map<string, RowGroup & { rows: Row[] }>();
  const addRow = (shape: Matrix, outputs: readonly Value[], reductions: readonly Value[]) => {
    const { program, inputs, along } = programOf(outputs, reductions, producers, source);
    const to = reductions.map((v) => (reducedOf(producers.get(v) as Node) as Reduced).to);
    const key = JSON.stringify([program, along, to]);
    const row = { rows: shape.rows, columns: shape.columns, inputs, outputs, reductions };
    const group = groups.get(key);
    if (group) group.rows.push(row);
    else groups.set(key, { program, rows: [row], along, to });
  };
  for (const row of rowsByRoot.values()) addRow(row, row.outputs, row.reductions);
  // Scalars last: the other rows compute what they need of them from the old values.
  if (scalars.length > 0) addRow({ rows: 1, columns: 1 }, scalars, []);
  return [...groups.values()];
}

/** The program that computes the outputs and reductions, its values numbered in order of use. */
function programOf(
  outputs: readonly Value[],
  reductions: readonly Value[],
  producers: ReadonlyMap<Operand, Node>,
  source: (x: Operand) => Operand,
): { program: FusedProgram; inputs: Value[]; along: Along[] } {
  const inputs: Value[] = [];
  const along: Along[] = [];
  const order: Node[] = [];
  const seen = new Set<Operand>();
  const visit = (operand: Operand, where: Along): void => {
    const x = source(operand);
    if (isLiteral(x) || seen.has(x)) return;
    seen.add(x);
    const node = producers.get(x);
    if (node === undefined) {
      inputs.push(x);
      along.push(isScalar(x) ? "all" : where);
      return;
    }
    const layout = layoutOf(node);
    node.inputs.forEach((input, i) => {
      visit(input, layout?.along[i] ?? "elements");
    });
    order.push(node);
  };
  const reducing = reductions.map((v) => producers.get(v) as Node);
  for (const out of outputs) visit(out, "elements");
  for (const node of reducing) for (const x of node.inputs) visit(x, "elements");

  const ids = new Map<Operand, number>(inputs.map((v, i) => [v, i]));
  const ops: FusedOp[] = [];
  const push = (op: FusedOp): number => {
    ops.push(op);
    return inputs.length + ops.length - 1;
  };
  const read = (operand: Operand, dtype: Value["dtype"]): number => {
    const x = source(operand);
    if (isLiteral(x)) return push({ op: "const", dtype, args: [], value: x.literal });
    const id = ids.get(x) as number;
    return x.dtype === dtype ? id : push({ op: "cast", dtype, args: [id] });
  };
  for (const node of order) {
    const out = node.outputs[0] as Value;
    ids.set(out, push(fusedOp(node, out, read)));
  }
  const written = outputs.map((v) => ({ value: read(v, v.dtype), uniform: isScalar(v) }));
  const reduced = reducing.map(({ op, inputs, params, outputs: [out] }): FusedReduction => {
    const dtype = (out as Value).dtype;
    const args = inputs.map((x) => read(x, dtype));
    if (op === "dot") return { value: push({ op: "mul", dtype, args }), op: "sum" };
    return {
      value: args[0] as number,
      op: reducers[params.op as string] as FusedReduction["op"],
    };
  });
  return {
    program: {
      inputs: inputs.map((v, i) => ({ dtype: v.dtype, uniform: along[i] === "all" || along[i] === "row" })),
      ops,
      outputs: written,
      ...(reduced.length > 0 && { reductions: reduced }),
    },
    inputs,
    along,
  };
}

const reducers: Record<string, FusedReduction["op"]> = { Add: "sum", Mul: "prod", Max: "max", Min: "min" };

const rank: Value["dtype"][] = ["bool", "uint32", "int32", "float32", "float64"];

/** A jax-js primitive as a fused operation. */
function fusedOp(node: Node, out: Value, read: (x: Operand, dtype: Value["dtype"]) => number): FusedOp {
  const [x, y, z] = node.inputs as [Operand, Operand, Operand];
  if (node.op === "cast") return { op: "cast", dtype: out.dtype, args: [read(x, x.dtype)] };
  if (node.op === "where")
    return { op: "where", dtype: out.dtype, args: [read(x, "bool"), read(y, out.dtype), read(z, out.dtype)] };
  if (node.op === "compare") {
    const strong = [x, y].filter((v) => !isLiteral(v));
    const dtypes = (strong.length > 0 ? strong : [x, y]).map((v) => v.dtype);
    const dtype = dtypes.reduce((a, b) => (rank.indexOf(a) >= rank.indexOf(b) ? a : b));
    return { op: node.params.op as FusedOpName, dtype: "bool", args: [read(x, dtype), read(y, dtype)] };
  }
  // Of single numbers.
  if (node.op === "dot")
    return { op: "mul", dtype: out.dtype, args: [read(x, out.dtype), read(y, out.dtype)] };
  const logical: Record<string, FusedOpName> = { add: "or", max: "or", mul: "and", min: "and" };
  const op = (out.dtype === "bool" ? logical[node.op] : undefined) ?? (node.op as FusedOpName);
  return { op, dtype: out.dtype, args: node.inputs.map((v) => read(v, out.dtype)) };
}
