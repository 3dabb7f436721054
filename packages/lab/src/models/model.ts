import type { numpy as np } from "@jax-js/jax";
import type { ArrayTree, Tensors, TensorTree } from "@steepest/compile";
import type { Role, RoleTree } from "steepest";

/** A tree like P with a role in place of every array. */
export type Roles<P> = P extends np.Array ? Role : { [K in keyof P]: Roles<P[K]> };

/** The host form of a tree of arrays: exact for a known tree, any tree of tensors when the tree is unknown. */
export type Host<T extends ArrayTree> = ArrayTree extends T ? TensorTree : Tensors<T>;

/**
 * A model: plain functions on a tree of parameters. Matrices are (out, in), convolution kernels (out, in, height, width).
 * B: its buffers, for models that train differently from how they are evaluated.
 */
export interface Model<P extends ArrayTree, B extends ArrayTree = ArrayTree> {
  /** Initial parameters, float32. The same seed gives the same numbers on every machine. */
  init(seed: number): Host<P>;
  /** What each parameter is, for optimizers that treat matrices, embeddings and vectors differently. */
  readonly roles: ArrayTree extends P ? RoleTree : Roles<P>;
  /** The rate of its dropout; absent when it has none. */
  readonly dropout?: number;
  /**
   * The logits of a batch, as in evaluation. A jax-js function: it consumes its arguments. A model with `training` takes
   * its buffers too.
   */
  apply(params: P, x: np.Array, buffers?: B): np.Array;
  /** How the model behaves in a training step, where that differs: batch norm and dropout. */
  readonly training?: Training<P, B>;
}

/**
 * Buffers (the word is PyTorch's) are arrays that a training step carries along and no optimizer touches: the running
 * statistics of batch norm, the random key of dropout. They are saved and resumed with the parameters.
 */
export interface Training<P extends ArrayTree, B extends ArrayTree> {
  /** Initial buffers. */
  init(seed: number): Host<B>;
  /** The logits of a training batch, and the buffers after it. Consumes its arguments. */
  apply(params: P, x: np.Array, buffers: B): [logits: np.Array, next: B];
}

/** The number of scalars in a tree of tensors. */
export function countParameters(tensors: unknown): number {
  if (typeof tensors !== "object" || tensors === null) return 0;
  if ("data" in tensors && "dtype" in tensors) return (tensors.data as ArrayLike<number>).length;
  return Object.values(tensors).reduce<number>((n, child) => n + countParameters(child), 0);
}
