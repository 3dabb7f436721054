import { Tensor, type TensorTree } from "@steepest/compile";

/**
 * The feature vectors a_1..a_n of a finite sum, dense or sparse. The loss reads them through `batch`; the constants
 * are computed from the rest.
 */
export interface Rows {
  readonly count: number;
  readonly columns: number;
  /** a_i . x */
  dot(i: number, x: Float64Array): number;
  /** out += scale a_i */
  add(i: number, scale: number, out: Float64Array): void;
  /** ||a_i||^2 */
  squaredNorm(i: number): number;
  /** out += scale a_i a_i^T, row-major [columns, columns]. */
  addOuter(i: number, scale: number, out: Float64Array): void;
  /** The rows of the given indices for the loss: leaves of shape [...shape, .], shape's product being the count. */
  batch(indices: ArrayLike<number>, shape: readonly number[]): TensorTree;
  /** Every row, row-major [count, columns], zeros included. */
  dense(): Float64Array;
}

/**
 * @param values row-major [count, columns]
 * @throws RangeError when the length does not fit or a value is not finite, naming row and column.
 */
export function denseRows(values: Float64Array, count: number, columns: number): Rows {
  if (values.length !== count * columns || count === 0) {
    throw new RangeError(`features: ${values.length} values do not fill ${count} rows of ${columns} columns`);
  }
  const bad = values.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0) throw notFinite(Math.floor(bad / columns), bad % columns, values[bad] as number);
  const row = (i: number) => values.subarray(i * columns, (i + 1) * columns);
  return {
    count,
    columns,
    dot(i, x) {
      let sum = 0;
      for (let j = 0, at = i * columns; j < columns; j++, at++)
        sum += (values[at] as number) * (x[j] as number);
      return sum;
    },
    add(i, scale, out) {
      const a = row(i);
      for (let j = 0; j < columns; j++) out[j] = (out[j] as number) + scale * (a[j] as number);
    },
    dense: () => values,
    squaredNorm: (i) => row(i).reduce((sum, v) => sum + v * v, 0),
    addOuter(i, scale, out) {
      const a = row(i);
      for (let j = 0; j < columns; j++) {
        const factor = scale * (a[j] as number);
        if (factor === 0) continue;
        for (let k = 0, at = j * columns; k < columns; k++, at++)
          out[at] = (out[at] as number) + factor * (a[k] as number);
      }
    },
    batch(indices, shape) {
      const features = new Float64Array(indices.length * columns);
      for (let b = 0; b < indices.length; b++) features.set(row(indices[b] as number), b * columns);
      return { features: new Tensor("float64", [...shape, columns], features) };
    },
  };
}

/** Compressed sparse rows: row i holds `values[k]` in column `indices[k]` for k from starts[i] to starts[i+1]. */
export interface Csr {
  readonly columns: number;
  readonly starts: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float64Array;
}

/**
 * Sparse rows. A batch is padded to the longest row of the whole set, with zeros in column 0, so that its shape never
 * changes; empty rows are welcome.
 *
 * @throws RangeError when starts, indices and values do not fit together, columns do not increase within a row, or a value
 * is not finite.
 */
export function sparseRows({ columns, starts, indices, values }: Csr): Rows {
  const count = starts.length - 1;
  if (count < 1 || starts[0] !== 0 || starts[count] !== values.length || indices.length !== values.length) {
    throw new RangeError(
      `features: CSR with ${starts.length} starts from ${starts[0]} to ${starts[count]}, ${indices.length} indices and ${values.length} values; the first start must be 0, the last the number of values`,
    );
  }
  let width = 1;
  for (let i = 0; i < count; i++) {
    const [from, to] = [starts[i] as number, starts[i + 1] as number];
    if (to < from) throw new RangeError(`features: row ${i} ends at ${to}, before its start ${from}`);
    width = Math.max(width, to - from);
    for (let k = from; k < to; k++) {
      const column = indices[k] as number;
      if (column >= columns) throw new RangeError(`features: row ${i} has column ${column} of ${columns}`);
      if (k > from && column <= (indices[k - 1] as number)) {
        throw new RangeError(
          `features: row ${i} has column ${column} after ${indices[k - 1]}; the columns of a row must increase`,
        );
      }
      if (!Number.isFinite(values[k])) throw notFinite(i, column, values[k] as number);
    }
  }
  const each = (i: number, visit: (column: number, value: number) => void) => {
    for (let k = starts[i] as number; k < (starts[i + 1] as number); k++)
      visit(indices[k] as number, values[k] as number);
  };
  const sum = (i: number, term: (column: number, value: number) => number) => {
    let total = 0;
    each(i, (column, value) => {
      total += term(column, value);
    });
    return total;
  };
  return {
    count,
    columns,
    dense() {
      const out = new Float64Array(count * columns);
      for (let i = 0; i < count; i++) each(i, (column, value) => void (out[i * columns + column] = value));
      return out;
    },
    dot: (i, x) => sum(i, (column, value) => value * (x[column] as number)),
    squaredNorm: (i) => sum(i, (_, value) => value * value),
    add: (i, scale, out) =>
      each(i, (column, value) => {
        out[column] = (out[column] as number) + scale * value;
      }),
    addOuter: (i, scale, out) =>
      each(i, (r, u) =>
        each(i, (c, v) => {
          out[r * columns + c] = (out[r * columns + c] as number) + scale * u * v;
        }),
      ),
    batch(rows, shape) {
      const columnsOf = new Int32Array(rows.length * width);
      const valuesOf = new Float64Array(rows.length * width);
      for (let b = 0; b < rows.length; b++) {
        const i = rows[b] as number;
        columnsOf.set(indices.subarray(starts[i], starts[i + 1]), b * width);
        valuesOf.set(values.subarray(starts[i], starts[i + 1]), b * width);
      }
      return {
        columns: new Tensor("int32", [...shape, width], columnsOf),
        values: new Tensor("float64", [...shape, width], valuesOf),
      };
    },
  };
}

const notFinite = (row: number, column: number, value: number): RangeError =>
  new RangeError(`features: row ${row}, column ${column} is ${value}; every feature must be a finite number`);

/** The nonzeros of a dense row-major matrix. */
export function toCsr(values: Float64Array, columns: number): Csr {
  const starts: number[] = [0];
  const indices: number[] = [];
  const kept: number[] = [];
  values.forEach((value, at) => {
    if (value !== 0) {
      indices.push(at % columns);
      kept.push(value);
    }
    if (at % columns === columns - 1) starts.push(kept.length);
  });
  return {
    columns,
    starts: Uint32Array.from(starts),
    indices: Uint32Array.from(indices),
    values: Float64Array.from(kept),
  };
}
