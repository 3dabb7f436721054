import type { Role } from "./roles.ts";

/**
 * The shape in which a parameter is a batch of matrices (..., out, in): hidden weights as they are, convolution kernels
 * with all axes but the first flattened, fused query-key-value weights as three matrices, or three times `heads`.
 *
 * @returns undefined for roles that are not matrices to an operator norm: embeddings, heads and vectors.
 */
export function matrixShape(role: Role, shape: readonly number[], heads = 1): number[] | undefined {
  if (role === "hidden") return [...shape];
  if (role === "conv") return [shape[0] as number, size(shape.slice(1))];
  if (role === "qkv") {
    const [rows, columns] = shape.slice(-2) as [number, number];
    return [...shape.slice(0, -2), 3 * heads, rows / (3 * heads), columns];
  }
  return undefined;
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
