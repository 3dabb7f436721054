import { isLiteral, isScalar, type Node, type Operand, type Value } from "../graph.ts";
import { sizeOf } from "../tensor.ts";

/**
 * Arrays as matrices: the leading axes are its rows, the others its columns. A fused pass goes over one row after another,
 * so that a number a row is the same for all lanes, and a number a column lies beside them.
 */

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
}

/** Narrower rows than this are not worth a turn of a kernel's outer loop. */
const NARROW = 64;

/** Where an operand of an elementwise operation has a number: per element, per row, per column, or one for all. */
export type Along = "elements" | "row" | "column" | "all";

/** What the operands and results of a node say of its matrix: undefined when they fit into none. */
export interface Layout {
  /** Undefined when every element has its own number, or all have the same. */
  readonly matrix: Matrix | undefined;
  readonly along: readonly Along[];
}

const sizeFrom = (shape: readonly number[], from: number, to?: number) => sizeOf(shape.slice(from, to));

/** The layout of an elementwise node's operands under its result. */
export function layoutOf({ inputs, outputs: [out] }: Node): Layout | undefined {
  const { shape } = out as Value;
  let matrix: Matrix | undefined;
  const along: Along[] = [];
  for (const x of inputs) {
    const own = [...new Array<number>(Math.max(0, shape.length - x.shape.length)).fill(1), ...x.shape];
    if (isScalar(x)) along.push("all");
    else if (sizeOf(x.shape) === sizeOf(shape)) along.push("elements");
    else {
      // The first or last axes are the result's, the rest are one.
      const split = shape.findIndex((d, i) => d !== own[i]);
      const isRow = split > 0 && sizeFrom(own, split) === 1;
      const start = isRow ? split : own.findIndex((d) => d !== 1);
      const isColumn = !isRow && own.slice(start).every((d, i) => d === shape[start + i]);
      if (!isRow && !isColumn) return undefined;
      const found = { rows: sizeFrom(shape, 0, start), columns: sizeFrom(shape, start) };
      if (found.columns < NARROW || (matrix && !isSame(matrix, found))) return undefined;
      matrix = found;
      along.push(isRow ? "row" : "column");
    }
  }
  return { matrix, along };
}

/** True when a node reads `x` as numbers of its rows or columns. */
export function isSpread(x: Operand, node: Node): boolean {
  const along = layoutOf(node)?.along ?? [];
  return node.inputs.some((y, i) => y === x && (along[i] === "row" || along[i] === "column"));
}

export const isSame = (a: Matrix, b: Matrix): boolean => a.rows === b.rows && a.columns === b.columns;

/** The matrix that a node goes over, if it must go over its rows one by one. */
export const matrixOf = (node: Node): Matrix | undefined => (reducedOf(node) ?? layoutOf(node))?.matrix;

/** The arrays that have a number for each element that a node goes over: they meet in one pass. */
export function partners(node: Node): Operand[] {
  if (reducedOf(node)) return node.inputs.filter((x) => !isScalar(x));
  const along = layoutOf(node)?.along ?? [];
  return [...node.outputs, ...node.inputs.filter((_, i) => along[i] === "elements")].filter(
    (x) => !isScalar(x),
  );
}

/** A reduction that a pass finds on its way: to one number, to a number a row, or to a number a column. */
export interface Reduced {
  readonly to: Exclude<Along, "elements">;
  readonly matrix: Matrix | undefined;
}

export function reducedOf({ op, inputs, params, outputs }: Node): Reduced | undefined {
  const [x, y] = inputs as [Operand, Operand?];
  const out = outputs[0] as Value;
  if (isLiteral(x) || isScalar(x) || x.dtype === "bool") return undefined;
  if (op === "dot") {
    return isScalar(out) && y && sizeOf(x.shape) === sizeOf(y.shape)
      ? { to: "all", matrix: undefined }
      : undefined;
  }
  if (op !== "reduce") return undefined;
  if (isScalar(out)) return { to: "all", matrix: undefined };
  const { shape } = x;
  const axes = new Set(params.axis as readonly number[]);
  const isReduced = shape.map((d, i) => d === 1 || axes.has(i));
  const isKept = shape.map((d, i) => d === 1 || !axes.has(i));
  const lastKept = isReduced.lastIndexOf(false);
  const lastReduced = isKept.lastIndexOf(false);
  if (lastReduced < 0) return undefined;
  const to = lastKept < lastReduced ? "row" : "column";
  const split = Math.min(lastKept, lastReduced) + 1;
  const fits = (to === "row" ? isKept : isReduced).slice(0, split).every(Boolean);
  const matrix = { rows: sizeFrom(shape, 0, split), columns: sizeFrom(shape, split) };
  return fits && matrix.columns >= NARROW ? { to, matrix } : undefined;
}
