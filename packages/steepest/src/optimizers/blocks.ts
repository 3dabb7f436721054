import { numpy as np } from "@jax-js/jax";

/** Cuts an array along every axis into blocks of at most `size`, in row-major order of blocks. Consumes x. */
export function splitBlocks(x: np.Array, size: number): np.Array[] {
  let parts = [x];
  for (const axis of x.shape.keys()) {
    const cuts = cutsOf(x.shape[axis] as number, size);
    if (cuts.length > 0) parts = parts.flatMap((part) => np.split(part, cuts, axis));
  }
  return parts;
}

/** Puts blocks together again into the shape of `like`, which is consumed. */
export function joinBlocks(blocks: readonly np.Array[], like: np.Array, size: number): np.Array {
  const shape = [...like.shape];
  like.dispose();
  let parts = [...blocks];
  for (const axis of [...shape.keys()].reverse()) {
    const width = cutsOf(shape[axis] as number, size).length + 1;
    if (width === 1) continue;
    parts = Array.from({ length: parts.length / width }, (_, i) =>
      np.concatenate(parts.slice(i * width, (i + 1) * width), axis),
    );
  }
  return parts[0] as np.Array;
}

const cutsOf = (length: number, size: number): number[] =>
  Array.from({ length: Math.ceil(length / size) - 1 }, (_, i) => (i + 1) * size);
