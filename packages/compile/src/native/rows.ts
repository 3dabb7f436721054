import type { FusedOp, FusedOpName, FusedProgram } from "../fused/program.ts";
import { isLiteral, isScalar, type Node, type Operand, producersOf, type Value } from "../graph.ts";
import { sizeOf } from "../tensor.ts";
import { isAlias } from "./classify.ts";
import type { Segment } from "./plan.ts";

/**
 * Turns a fused segment into kernels: nodes that share vectors form one row, and rows with the same program (the same
 * update of different parameters) share one kernel.
 */

/** One application of a program: `length` lanes, and the values whose memory it reads and writes. */
export interface Row {
  readonly length: number;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

export interface RowGroup {
  readonly program: FusedProgram;
  readonly rows: readonly Row[];
}

/** Words that the table of a group's rows takes: a length and an address for every input and output. */
export const tableWords = (group: RowGroup): number =>
  group.rows.length * (1 + group.program.inputs.length + group.program.outputs.length);

/** @param carry values updated in place: rows that read the same one must be one row. */
export function rowGroups(segment: Segment, carry: ReadonlySet<Value>): RowGroup[] {
  const producers = producersOf(segment.nodes);
  /** The value whose memory or computation an operand really is, past reshapes and scalar broadcasts. */
  const source = (x: Operand): Operand => {
    const node = producers.get(x);
    return node && isAlias(node) ? source(node.inputs[0] as Operand) : x;
  };

  // Join vectors that meet in a node, or that are read from the same carry.
  const parent = new Map<Operand, Operand>();
  const find = (x: Operand): Operand => {
    const up = parent.get(x);
    if (up === undefined || up === x) return x;
    const root = find(up);
    parent.set(x, root);
    return root;
  };
  const vectorsOf = (node: Node): Operand[] =>
    [...node.inputs, ...node.outputs].map(source).filter((x) => !isScalar(x));
  for (const node of segment.nodes) {
    if (isAlias(node)) continue;
    const vectors = vectorsOf(node).filter((x) => producers.has(x) || carry.has(x as Value));
    for (const x of vectors) parent.set(find(x), find(vectors[0] as Operand));
  }

  const rowsByRoot = new Map<Operand, Value[]>();
  const scalars: Value[] = [];
  for (const out of segment.writes) {
    if (isScalar(out)) {
      scalars.push(out);
      continue;
    }
    const root = find(source(out));
    const list = rowsByRoot.get(root);
    if (list) list.push(out);
    else rowsByRoot.set(root, [out]);
  }

  const groups = new Map<string, { program: FusedProgram; rows: Row[] }>();
  const addRow = (outputs: readonly Value[], length: number) => {
    const { program, inputs } = programOf(outputs, producers, source);
    const key = JSON.stringify(program);
    const row = { length, inputs, outputs };
    const group = groups.get(key);
    if (group) group.rows.push(row);
    else groups.set(key, { program, rows: [row] });
  };
  for (const outputs of rowsByRoot.values()) addRow(outputs, sizeOf((outputs[0] as Value).shape));
  // Scalars last: the other rows compute what they need of them from the old values.
  if (scalars.length > 0) addRow(scalars, 1);
  return [...groups.values()];
}

/** The program that computes the outputs, its values numbered in order of use. */
function programOf(
  outputs: readonly Value[],
  producers: ReadonlyMap<Operand, Node>,
  source: (x: Operand) => Operand,
): { program: FusedProgram; inputs: Value[] } {
  const inputs: Value[] = [];
  const order: Node[] = [];
  const seen = new Set<Operand>();
  const visit = (operand: Operand): void => {
    const x = source(operand);
    if (isLiteral(x) || seen.has(x)) return;
    seen.add(x);
    const node = producers.get(x);
    if (node === undefined) {
      inputs.push(x);
      return;
    }
    for (const input of node.inputs) visit(input);
    order.push(node);
  };
  for (const out of outputs) visit(out);

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
  return {
    program: { inputs: inputs.map((v) => ({ dtype: v.dtype, uniform: isScalar(v) })), ops, outputs: written },
    inputs,
  };
}

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
  const logical: Record<string, FusedOpName> = { add: "or", max: "or", mul: "and", min: "and" };
  const op = (out.dtype === "bool" ? logical[node.op] : undefined) ?? (node.op as FusedOpName);
  return { op, dtype: out.dtype, args: node.inputs.map((v) => read(v, out.dtype)) };
}
