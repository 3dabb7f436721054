import { Tensor } from "@steepest/compile";
import { DataError } from "./error.ts";

export interface LabelledRows {
  /** float32 [rows, features], dense. */
  readonly features: Tensor;
  /** float32 [rows]: the labels as written in the file. */
  readonly labels: Tensor;
}

/**
 * Parses the LIBSVM text format: one row a line, `label index:value index:value ...`, indices from 1 and increasing.
 *
 * @param file the name used in errors
 * @param features number of columns; an index beyond it is refused
 * @throws DataError naming the line and what was expected there.
 */
export function parseLibsvm(text: string, file: string, features: number): LabelledRows {
  const lines = text.trimEnd().split("\n");
  if (lines[0] === "") lines.pop();
  if (lines.length === 0) throw new DataError(file, "is empty; expected lines such as `-1 3:1 11:0.5`");
  const x = new Float32Array(lines.length * features);
  const y = new Float32Array(lines.length);
  lines.forEach((line, row) => {
    const [label, ...entries] = line.trim().split(/\s+/);
    const bad = (problem: string) => new DataError(`${file}:${row + 1}`, problem);
    y[row] =
      number(label ?? "") ??
      fail(bad(`the label "${label}" is not a number; expected \`label index:value ...\``));
    let last = 0;
    for (const entry of entries) {
      if (entry.startsWith("#")) break;
      const colon = entry.indexOf(":");
      const index = Number(entry.slice(0, colon));
      const value = number(entry.slice(colon + 1));
      if (colon < 1 || value === undefined || !Number.isInteger(index)) {
        throw bad(`"${entry}" is not index:value`);
      }
      if (index <= last) throw bad(`index ${index} after ${last}; indices start at 1 and increase`);
      if (index > features) throw bad(`index ${index} is beyond the ${features} features expected`);
      x[row * features + index - 1] = value;
      last = index;
    }
  });
  return {
    features: new Tensor("float32", [lines.length, features], x),
    labels: new Tensor("float32", [lines.length], y),
  };
}

function number(text: string): number | undefined {
  const value = Number(text);
  return text === "" || !Number.isFinite(value) ? undefined : value;
}

function fail(error: Error): never {
  throw error;
}
