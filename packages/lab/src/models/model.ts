import type { numpy as np } from "@jax-js/jax";
import type { ArrayTree, Tensors } from "@steepest/compile";

/** What a parameter is. The rank alone cannot tell an embedding from a hidden matrix. */
export type Role = "hidden" | "embedding" | "head" | "vector" | "conv" | "qkv";

/** A tree like P with a role in place of every array. */
export type Roles<P> = P extends np.Array ? Role : { readonly [K in keyof P]: Roles<P[K]> };

/**
 * A model: plain functions on a tree of parameters. Matrices are (out, in), convolution kernels (out, in, height, width).
 */
export interface Model<P extends ArrayTree> {
  /** Initial parameters, float32. The same seed gives the same numbers on every machine. */
  init(seed: number): Tensors<P>;
  /** What each parameter is, for optimizers that treat matrices, embeddings and vectors differently. */
  readonly roles: Roles<P>;
  /** The logits of a batch. A jax-js function: it consumes its arguments. */
  apply(params: P, x: np.Array): np.Array;
}

/** The number of scalars in a tree of tensors. */
export function countParameters(tensors: unknown): number {
  if (typeof tensors !== "object" || tensors === null) return 0;
  if ("data" in tensors && "dtype" in tensors) return (tensors.data as ArrayLike<number>).length;
  return Object.values(tensors).reduce<number>((n, child) => n + countParameters(child), 0);
}
