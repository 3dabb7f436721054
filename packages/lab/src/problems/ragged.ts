import { numpy as np } from "@jax-js/jax";
import type { Csr } from "./rows.ts";

/**
 * Sparse rows as a compiled step reads them: end to end, with a start and a length each. The wasm executor ends the loops
 * over a row at its length, so that a row costs what it holds and not what the longest holds.
 */
export interface RaggedRows {
  /** Where row i begins, and how many entries it has: int32 [n]. */
  readonly starts: np.Array;
  readonly lengths: np.Array;
  /** Columns, int32, and values of all entries, and then some that belong to no row. */
  readonly columns: np.Array;
  readonly values: np.Array;
  /** The longest row, rounded up. */
  readonly width: number;
}

/** One row, filled up to the width with entries that are not its own. */
export interface RaggedRow {
  /** Columns, int32 [width]. */
  readonly columns: np.Array;
  /** [width] */
  readonly values: np.Array;
  /** Which entries belong to the row: bool [width]. */
  readonly own: np.Array;
}

/** Rows of the given precision, by default float32. */
export function raggedRows(
  { starts, indices, values }: Csr,
  { dtype = np.float32 }: { dtype?: typeof np.float32 | typeof np.float64 } = {},
): RaggedRows {
  const lengths = Int32Array.from(starts.subarray(1), (end, i) => end - (starts[i] as number));
  // Whole vectors of four, and no row reaches beyond the end.
  const width =
    4 *
    Math.ceil(
      Math.max(
        1,
        lengths.reduce((a, b) => Math.max(a, b), 0),
      ) / 4,
    );
  const size = values.length + width;
  const filled = <T extends Int32Array | Float32Array | Float64Array>(all: T, from: ArrayLike<number>): T => {
    all.set(from);
    return all;
  };
  const floats = dtype === np.float64 ? new Float64Array(size) : new Float32Array(size);
  return {
    starts: np.array(Int32Array.from(starts.subarray(0, -1)), { dtype: np.int32 }),
    lengths: np.array(lengths, { dtype: np.int32 }),
    columns: np.array(filled(new Int32Array(size), indices), { dtype: np.int32 }),
    values: np.array(filled(floats, values)),
    width,
  };
}

/** Row `index`, int32 []. Borrows both. */
export function takeRow({ starts, lengths, columns, values, width }: RaggedRows, index: np.Array): RaggedRow {
  const k = np.arange(width).astype(np.int32);
  const own = np.less(k.ref, np.take(lengths.ref, index.ref));
  const entries = np.take(starts.ref, index.ref).add(k);
  return { columns: np.take(columns.ref, entries.ref), values: np.take(values.ref, entries), own };
}

/** The sum over a row of its own elements of `terms` [width]. Consumes the terms, borrows the row. */
export const sumOfRow = ({ own }: RaggedRow, terms: np.Array): np.Array => onRow(own, terms).sum();

/** The terms of a row, and zero where they are not its own. Consumes the terms, borrows the mask. */
export const onRow = (own: np.Array, terms: np.Array): np.Array =>
  np.where(own.ref, terms, np.array(0, { dtype: terms.dtype }));
