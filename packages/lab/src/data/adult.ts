import { Tensor } from "@steepest/compile";
import { DataError } from "./error.ts";
import type { LabelledRows } from "./libsvm.ts";
import { readData } from "./read.ts";
import { type DataFile, datasets } from "./registry/index.ts";
import type { Split } from "./split.ts";
import { decodeText } from "./text.ts";

/** Places of the numbers among the 14 fields; the others are categories. */
const numeric = new Set([0, 2, 4, 10, 11, 12]);
const fields = 15;

/**
 * Adult: 6 numbers scaled to mean 0 and variance 1 over the training rows, then every category of the training rows as
 * a binary feature ("?" among them); labels -1 (at most 50,000 dollars) and +1. 32,561 training and 16,281 validation rows.
 */
export async function loadAdult(folder?: string): Promise<Split<LabelledRows>> {
  const { train, validation } = datasets.adult.files;
  const [first, second] = [await readRows(train, folder), await readRows(validation, folder)];
  const columns = Array.from({ length: fields - 1 }, (_, j) => column(first, j)).flat();
  return { train: encode(first, columns), validation: encode(second, columns) };
}

async function readRows(file: DataFile, folder: string | undefined): Promise<string[][]> {
  const lines = decodeText(await readData(file, folder), file.path)
    .trim()
    .split("\n");
  return lines.map((line, i) => {
    const row = line.split(",").map((field) => field.trim());
    if (row.length === fields) return row;
    throw new DataError(`${file.path}:${i + 1}`, `has ${row.length} fields, expected ${fields}`);
  });
}

/** A feature of a row. */
type Feature = (row: readonly string[]) => number;

/** The features that a field becomes. */
function column(rows: readonly string[][], j: number): Feature[] {
  if (!numeric.has(j)) {
    const categories = [...new Set(rows.map((row) => row[j] as string))].sort();
    return categories.map((category) => (row) => (row[j] === category ? 1 : 0));
  }
  const values = rows.map((row) => Number(row[j]));
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  return [(row) => (Number(row[j]) - mean) / Math.sqrt(variance)];
}

function encode(rows: readonly string[][], columns: readonly Feature[]): LabelledRows {
  const x = new Float32Array(rows.length * columns.length);
  rows.forEach((row, i) => {
    columns.forEach((feature, j) => {
      x[i * columns.length + j] = feature(row);
    });
  });
  return {
    features: new Tensor("float32", [rows.length, columns.length], x),
    labels: new Tensor(
      "float32",
      [rows.length],
      // The test rows end in a full stop.
      Float32Array.from(rows, (row) => ((row[fields - 1] as string).startsWith(">50K") ? 1 : -1)),
    ),
  };
}
