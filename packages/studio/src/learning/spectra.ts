import type { Tensor, TensorTree } from "@steepest/compile";
import { eigen } from "@steepest/lab/browser";
import { leafPaths } from "steepest";

/**
 * Singular values of a matrix [rows, columns], descending: square roots of the eigenvalues of its smaller Gram matrix, in
 * double precision. Those below 1e-8 of the largest are noise.
 */
export function singularValues(data: ArrayLike<number>, rows: number, columns: number): number[] {
  const small = Math.min(rows, columns);
  const wide = columns > rows;
  const gram = new Float64Array(small * small);
  for (let i = 0; i < small; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < Math.max(rows, columns); k++) {
        const a = wide ? data[i * columns + k] : data[k * columns + i];
        const b = wide ? data[j * columns + k] : data[k * columns + j];
        sum += (a as number) * (b as number);
      }
      gram[i * small + j] = sum;
      gram[j * small + i] = sum;
    }
  }
  return Array.from(eigen(gram, small).values, (v) => Math.sqrt(Math.max(v, 0))).reverse();
}

/** The matrices of a tree of parameters by path: leaves with two axes or more, flattened to (out, rest). */
export function matricesOf(params: TensorTree): [path: string, tensor: Tensor][] {
  return (leafPaths(params as never) as unknown as [string, Tensor][]).filter(
    ([, { shape }]) => shape.length > 1,
  );
}

/** Singular values of every matrix of `params`, or of its difference from `before`. */
export function spectraOf(params: TensorTree, before?: TensorTree): Record<string, number[]> {
  const old = before && new Map(matricesOf(before));
  return Object.fromEntries(
    matricesOf(params).map(([path, { data, shape }]) => {
      const rows = shape[0] as number;
      const last = old?.get(path)?.data;
      const values = last ? Float64Array.from(data, (v, i) => v - (last[i] as number)) : data;
      return [path, singularValues(values, rows, data.length / rows)];
    }),
  );
}
