import { isLiteral, type Node, type Operand } from "./graph.ts";

/**
 * A small language for subgraphs: a pattern is a variable, a number or an application. It is matched upwards from a
 * value, through the nodes that produce it.
 */

export type Pattern =
  | string
  | number
  | {
      readonly op: string;
      readonly args: readonly Pattern[];
      /** The parameter `op` that the node must have: which comparison, which reduction. */
      readonly kind?: string;
    };

/** What the variables of a pattern stand for. */
export type Bindings = ReadonlyMap<string, Operand>;

const application =
  (op: string) =>
  (...args: Pattern[]): Pattern => ({ op, args });

export const add = application("add");
export const mul = application("mul");
export const neg = application("neg");
export const reciprocal = application("reciprocal");
export const exp = application("exp");
export const log = application("log");
export const sqrt = application("sqrt");
export const tanh = application("tanh");
export const where = application("where");
export const less = (x: Pattern, y: Pattern): Pattern => ({ op: "compare", args: [x, y], kind: "less" });

/** A reduction of the last axis. */
export const sum = (x: Pattern): Pattern => ({ op: "reduce", args: [x], kind: "Add" });
export const maximum = (x: Pattern): Pattern => ({ op: "reduce", args: [x], kind: "Max" });
/** One number a row: the pattern behind moves that only spread it along the last axis, or keep that axis at one. */
export const row = (x: Pattern): Pattern => ({ op: "row", args: [x] });

const commutative = new Set(["add", "mul"]);

const same = (x: Operand, y: Operand): boolean =>
  x === y || (isLiteral(x) && isLiteral(y) && x.literal === y.literal);

/** The value of which `x` repeats one number for each row of an array with `rank` axes. */
function spreadFrom(x: Operand, rank: number, producers: ReadonlyMap<Operand, Node>): Operand {
  for (let at = x; ; ) {
    const node = producers.get(at);
    const from = node?.inputs[0] as Operand;
    const [long, short] = [at.shape, from?.shape ?? []].sort((a, b) => b.length - a.length) as [
      readonly number[],
      readonly number[],
    ];
    const isColumn =
      long.length === rank && short.length === rank - 1 && long.join() === [...short, 1].join();
    const isSpread =
      node?.op === "broadcast" && at.shape.length === rank && String(node.params.axis) === String(rank - 1);
    if (node?.op !== "stop_gradient" && !(node?.op === "reshape" && isColumn) && !isSpread) return at;
    at = from;
  }
}

/**
 * The variables under which a pattern describes how a value is computed; undefined when it does not. Rows are those of
 * the value that is matched first.
 */
export function match(
  x: Operand,
  pattern: Pattern,
  producers: ReadonlyMap<Operand, Node>,
  bound: Bindings = new Map(),
  rank = x.shape.length,
): Bindings | undefined {
  if (typeof pattern === "number") return isLiteral(x) && x.literal === pattern ? bound : undefined;
  if (typeof pattern === "string") {
    const seen = bound.get(pattern);
    if (seen === undefined) return new Map(bound).set(pattern, x);
    return same(seen, x) ? bound : undefined;
  }
  if (pattern.op === "row") {
    return match(spreadFrom(x, rank, producers), pattern.args[0] as Pattern, producers, bound, rank);
  }
  const node = producers.get(x);
  if (node?.op !== pattern.op || (pattern.kind !== undefined && node.params.op !== pattern.kind))
    return undefined;
  if (node.op === "reduce") {
    const { shape } = node.inputs[0] as Operand;
    if (shape.length !== rank || String(node.params.axis) !== String(rank - 1)) return undefined;
  }
  const orders = commutative.has(node.op) ? [node.inputs, [...node.inputs].reverse()] : [node.inputs];
  for (const inputs of orders) {
    let current: Bindings | undefined = bound;
    for (const [i, argument] of pattern.args.entries()) {
      const input = inputs[i] as Operand;
      const isRow = typeof argument === "object" && argument.op === "row";
      // NumPy would align an array with fewer axes with the columns.
      if (isRow && input.shape.length !== x.shape.length) current = undefined;
      current = current && match(input, argument, producers, current, rank);
    }
    if (current) return current;
  }
  return undefined;
}
