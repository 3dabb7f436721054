import type { DType, Tensor } from "./tensor.ts";

/**
 * The intermediate representation between a traced function and the executors: a list of primitive applications in
 * single-assignment form, without nested programs. Primitives are jax-js's own, plus those that the recognition
 * passes introduce (`tanh`, `abs`, `max_pool`, ...).
 */

/** A value that a node computes, or an input. Its identity is the object. */
export interface Value {
  readonly id: number;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** A number in the program text; it broadcasts like a tensor without axes. */
export interface Literal {
  readonly literal: number;
  readonly dtype: DType;
  readonly shape: readonly [];
}

export type Operand = Value | Literal;

export interface Node {
  readonly op: string;
  readonly inputs: readonly Operand[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly outputs: readonly Value[];
  /** True when it computes again what another node computes, to save memory: the two are not merged. */
  readonly copy?: boolean;
}

export interface Graph {
  readonly inputs: readonly Value[];
  /** Arrays that the function closed over. */
  readonly constants: ReadonlyMap<Value, Tensor>;
  /** In an order in which every value is computed before it is used. */
  readonly nodes: readonly Node[];
  readonly outputs: readonly Operand[];
}

export const isLiteral = (x: Operand): x is Literal => "literal" in x;

export const isScalar = (x: Operand): boolean => x.shape.every((d) => d === 1);

export const literal = (value: number, dtype: DType): Literal => ({ literal: value, dtype, shape: [] });

let nextId = 0;

/** A fresh value of the given type. */
export const newValue = (dtype: DType, shape: readonly number[]): Value => ({ id: nextId++, dtype, shape });

/** The node that computes each value. */
export function producersOf(nodes: readonly Node[]): Map<Operand, Node> {
  const producers = new Map<Operand, Node>();
  for (const node of nodes) for (const v of node.outputs) producers.set(v, node);
  return producers;
}

/** The nodes that read each value, in program order; a node that reads it twice is listed once. */
export function consumersOf(nodes: readonly Node[]): Map<Operand, Node[]> {
  const consumers = new Map<Operand, Node[]>();
  for (const node of nodes) {
    for (const x of new Set(node.inputs)) {
      if (isLiteral(x)) continue;
      const list = consumers.get(x);
      if (list) list.push(node);
      else consumers.set(x, [node]);
    }
  }
  return consumers;
}

/** The nodes that the outputs need, in their order, where those values that are `given` need none. */
export function liveNodes(
  nodes: readonly Node[],
  outputs: readonly Operand[],
  given: ReadonlySet<Operand> = new Set(),
): Node[] {
  const needed = new Set<Operand>(outputs);
  const live: Node[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i] as Node;
    if (!node.outputs.some((v) => needed.has(v))) continue;
    live.push(node);
    for (const x of node.inputs) if (!given.has(x)) needed.add(x);
  }
  return live.reverse();
}

/** One line per node, for `explain` and error messages. */
export function formatNode(node: Node): string {
  const type = (x: Operand) =>
    isLiteral(x) ? String(x.literal) : `%${x.id}:${x.dtype}[${x.shape.join(",")}]`;
  const params = Object.entries(node.params).map(([k, v]) => `${k}=${JSON.stringify(v)}`);
  return `${node.outputs.map(type).join(", ")} = ${node.op}(${node.inputs.map(type).join(", ")})${params.length ? ` {${params.join(", ")}}` : ""}`;
}
