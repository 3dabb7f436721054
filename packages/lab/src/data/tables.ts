import { Tensor } from "@steepest/compile";
import { DataError } from "./error.ts";
import { type LabelledRows, parseLibsvm } from "./libsvm.ts";
import { readData } from "./read.ts";
import { type DataFile, datasets } from "./registry/index.ts";
import type { Split } from "./split.ts";
import { decodeText } from "./text.ts";

/** a9a: 123 binary features, labels -1 and +1; 32,561 training and 16,281 validation rows. */
export async function loadA9a(folder?: string): Promise<Split<LabelledRows>> {
  const { train, validation } = datasets.a9a.files;
  return {
    train: await loadLibsvm(train, 123, folder),
    validation: await loadLibsvm(validation, 123, folder),
  };
}

/** agaricus: 126 binary features, labels 0 (edible) and 1 (poisonous); 6,513 training and 1,611 validation rows. */
export async function loadAgaricus(folder?: string): Promise<Split<LabelledRows>> {
  const { train, validation } = datasets.agaricus.files;
  return {
    train: await loadLibsvm(train, 126, folder),
    validation: await loadLibsvm(validation, 126, folder),
  };
}

/** w8a: 300 binary features, labels -1 and +1; 49,749 rows. Not shipped: `steepest data get w8a`. */
export const loadW8a = (folder?: string): Promise<LabelledRows> =>
  loadLibsvm(datasets.w8a.files.train, 300, folder);

async function loadLibsvm(
  file: DataFile,
  features: number,
  folder: string | undefined,
): Promise<LabelledRows> {
  return parseLibsvm(decodeText(await readData(file, folder), file.path), file.path, features);
}

/** Like `LabelledRows`, in the double precision of the written numbers. */
export interface Table {
  /** float64 [rows, features] */
  readonly features: Tensor;
  /** float64 [rows] */
  readonly labels: Tensor;
}

/** Breast Cancer Wisconsin: 569 rows of 30 measurements, labels 0 (malignant) and 1 (benign). */
export async function loadBreastCancer(folder?: string): Promise<Table> {
  const file = datasets["breast-cancer"].files.table;
  const text = decodeText(await readData(file, folder), file.path);
  // The first line holds the counts and the class names.
  return parseTable(text.slice(text.indexOf("\n") + 1), file.path, 30);
}

/** Handwritten digits: 1,797 rows of 64 pixels from 0 to 16, labels 0 to 9. */
export async function loadDigits(folder?: string): Promise<Table> {
  const file = datasets.digits.files.table;
  return parseTable(decodeText(await readData(file, folder), file.path), file.path, 64);
}

/**
 * Parses comma-separated numbers without a header: the features, then the label.
 *
 * @throws DataError naming the line that has another number of fields or a field that is not a number.
 */
export function parseTable(text: string, file: string, features: number): Table {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const x = new Float64Array(lines.length * features);
  const y = new Float64Array(lines.length);
  lines.forEach((line, row) => {
    const fields = line.split(",");
    if (fields.length !== features + 1) {
      throw new DataError(`${file}: row ${row}`, `has ${fields.length} fields, expected ${features + 1}`);
    }
    fields.forEach((field, column) => {
      const value = Number(field);
      if (field.trim() === "" || !Number.isFinite(value)) {
        throw new DataError(`${file}: row ${row}`, `field ${column} is "${field}", expected a number`);
      }
      if (column < features) x[row * features + column] = value;
      else y[row] = value;
    });
  });
  return {
    features: new Tensor("float64", [lines.length, features], x),
    labels: new Tensor("float64", [lines.length], y),
  };
}
