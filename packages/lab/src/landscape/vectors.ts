import { tree } from "@jax-js/jax";
import { Tensor, type TensorTree } from "@steepest/compile";

/** The parameters of a network as one vector, and back. */
export interface Layout {
  readonly size: number;
  /** The shapes of the leaves and where each begins. */
  readonly leaves: readonly {
    readonly shape: readonly number[];
    readonly offset: number;
    readonly size: number;
  }[];
  flatten(params: TensorTree): Float32Array;
  unflatten(vector: Float32Array): TensorTree;
}

/** The layout of trees like `params`. Throws a TypeError unless all leaves are float32. */
export function layoutOf(params: TensorTree): Layout {
  const structure = tree.structure(params);
  let size = 0;
  const leaves = tree.leaves<Tensor>(params).map(({ dtype, shape, data }) => {
    if (dtype !== "float32") throw new TypeError(`landscape: a parameter is ${dtype}; expected float32`);
    const leaf = { shape, offset: size, size: data.length };
    size += data.length;
    return leaf;
  });
  return {
    size,
    leaves,
    flatten(values) {
      const vector = new Float32Array(size);
      tree.leaves<Tensor>(values).forEach(({ data }, i) => {
        vector.set(data, leaves[i]?.offset);
      });
      return vector;
    },
    unflatten: (vector) =>
      tree.unflatten(
        structure,
        leaves.map(
          ({ shape, offset, size: n }) => new Tensor("float32", shape, vector.subarray(offset, offset + n)),
        ),
      ),
  };
}

/** x - y in double precision. */
export const difference = (x: ArrayLike<number>, y: ArrayLike<number>): Float64Array =>
  Float64Array.from({ length: x.length }, (_, i) => (x[i] as number) - (y[i] as number));

/** factor * x */
export const scaled = (x: Float64Array, factor: number): Float64Array => x.map((v) => factor * v);
