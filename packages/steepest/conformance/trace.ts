import { readFileSync } from "node:fs";

export type Matrix = readonly (readonly number[])[];

/** One optimizer's path: the parameter after every step. */
export interface Case {
  readonly name: string;
  readonly source: string;
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  readonly x: readonly Matrix[];
}

/** A trace file: a start, gradients that are fed as given, and the paths of some optimizers. */
export interface TraceFile {
  readonly x0: Matrix;
  readonly gradients: readonly Matrix[];
  readonly cases: readonly Case[];
}

/** Reads and checks a trace file. Throws an Error that names the file and the place in it. */
export function readTraces(path: string): TraceFile {
  const fail = (what: string) => new Error(`${path}: ${what}`);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw fail(
      (cause as NodeJS.ErrnoException).code === "ENOENT" ? "no such file" : (cause as Error).message,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw fail(`not JSON: ${(cause as Error).message}`);
  }
  if (!isObject(json)) throw fail("expected an object with x0, gradients and cases");

  const [rows, columns] = shapeOf(json.x0) ?? [0, 0];
  if (rows === 0 || columns === 0) throw fail("x0: expected a matrix of numbers, as an array of rows");
  const checkMatrix = (m: unknown, where: string) => {
    const shape = shapeOf(m);
    if (shape === undefined || shape[0] !== rows || shape[1] !== columns) {
      throw fail(`${where}: expected a ${rows} x ${columns} matrix of numbers, like x0`);
    }
  };
  const { gradients, cases } = json;
  if (!Array.isArray(gradients)) throw fail("gradients: expected an array of matrices");
  gradients.forEach((g, t) => {
    checkMatrix(g, `gradients[${t}]`);
  });
  if (!Array.isArray(cases)) throw fail("cases: expected an array");
  cases.forEach((entry: unknown, i) => {
    if (!isObject(entry) || typeof entry.name !== "string") throw fail(`cases[${i}].name: expected a string`);
    const where = `cases[${i}] (${entry.name})`;
    if (!isObject(entry.hyperparameters)) throw fail(`${where}.hyperparameters: expected an object`);
    if (!Array.isArray(entry.x) || entry.x.length !== gradients.length) {
      throw fail(`${where}.x: expected ${gradients.length} matrices, one for every gradient`);
    }
    entry.x.forEach((m: unknown, t) => {
      checkMatrix(m, `${where}.x[${t}]`);
    });
  });
  return json as unknown as TraceFile;
}

const isObject = (x: unknown): x is Record<string, unknown> =>
  typeof x === "object" && x !== null && !Array.isArray(x);

function shapeOf(m: unknown): [number, number] | undefined {
  if (!Array.isArray(m) || !Array.isArray(m[0])) return undefined;
  const columns = m[0].length;
  const regular = m.every(
    (row) => Array.isArray(row) && row.length === columns && row.every((v) => typeof v === "number"),
  );
  return regular ? [m.length, columns] : undefined;
}
