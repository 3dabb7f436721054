import { isLiteral, type Node, type Operand } from "../../graph.ts";

/**
 * Multiplying by zero hides a number only when it is finite. A value is tame when it is computed from matrix products,
 * convolutions and the program's inputs, by operations that make nothing infinite or undefined out of finite numbers, up
 * to overflow.
 */
const tame = new Set([
  ...["mul", "add", "neg", "max", "min", "where", "reduce", "tanh", "sigmoid", "step", "softmax"],
  ...["reshape", "transpose", "broadcast", "stop_gradient", "affine", "pool", "pool_transpose", "cast"],
]);

/** @param known values that are tame for reasons of their own. */
export function isTame(
  x: Operand,
  producers: { get(x: Operand): Node | undefined },
  known: ReadonlySet<Operand> = new Set(),
  depth = 8,
): boolean {
  const node = producers.get(x);
  if (isLiteral(x) || x.dtype === "bool" || node === undefined || known.has(x)) return true;
  if (node.op === "dot" || node.op === "conv") return true;
  if (depth === 0 || !tame.has(node.op)) return false;
  return node.inputs.every((v) => isTame(v, producers, known, depth - 1));
}
