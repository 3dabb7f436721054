import type { NormReport, PolarAnswer } from "../engine/norms.ts";
import { csvRow } from "../ui/download.ts";
import { curveValues } from "./spectrum.ts";
import { matrixOf, type NormsState } from "./state.ts";

/** A row per norm: norm, dual norm and oracle of the dragged vector and of the matrix. */
export function normsCsv(vectors: readonly NormReport[], matrices: readonly NormReport[]): string {
  const rows = [
    ...vectors.map((r) => ["vector", r] as const),
    ...matrices.map((r) => ["matrix", r] as const),
  ].map(([kind, { name, norm, dual, lmo }]) => [kind, name, norm, dual, ...lmo]);
  return `${[["kind", "norm", "value", "dual", "oracle_1", "oracle_2", "oracle_3", "oracle_4"], ...rows].map(csvRow).join("\n")}\n`;
}

/** Everything that the panel shows. */
export function normsJson(
  state: NormsState,
  vectors: readonly NormReport[],
  matrices: readonly NormReport[],
  spectrum: PolarAnswer,
  address: string,
): string {
  const singularValues = {
    before: spectrum[0] && { curve: curveValues, example: spectrum[0].slice(curveValues.length) },
    steps: spectrum.map((image) => ({
      curve: image.slice(0, curveValues.length),
      example: image.slice(curveValues.length),
    })),
  };
  return JSON.stringify({ format: "steepest-norms/1", address, state, vectors, matrices, singularValues });
}

const list = (values: readonly number[]): string =>
  `[${values.map((v) => Number(v.toPrecision(6))).join(", ")}]`;

/** A TypeScript program that prints the panel's numbers with the library. */
export function normsCode(state: NormsState): string {
  const { p, gradient, left, right, singular, method, quintic, steps } = state;
  const matrix = matrixOf(left, right, singular);
  const polar = {
    newtonSchulz: `newtonSchulz({ polynomials: Array(${steps}).fill(${list(quintic)}) })`,
    polarExpress: `polarExpress({ steps: ${steps} })`,
    exact: "exactPolar()",
  }[method];
  const factory = { newtonSchulz: "newtonSchulz", polarExpress: "polarExpress", exact: "exactPolar" }[method];
  const imports = [
    "columnNorm",
    factory,
    "frobenius",
    "l1",
    "l2",
    "linf",
    "lp",
    "nuclear",
    "rowNorm",
    "spectral",
  ];
  return `// npm install steepest @steepest/compile @jax-js/jax
import { numpy as np } from "@jax-js/jax";
import { initRuntime } from "@steepest/compile";
import { ${imports.join(", ")} } from "steepest";

await initRuntime();

const vector = np.array(${list(gradient)});
for (const norm of [l1, l2, lp(${p}), linf]) {
  console.log(norm.name, norm.norm(vector.ref).js(), norm.dual(vector.ref).js(), norm.lmo(vector.ref).js());
}

const matrix = np.array([${list(matrix.slice(0, 2))}, ${list(matrix.slice(2))}]);
for (const norm of [spectral(), frobenius, nuclear, rowNorm, columnNorm, linf, l1]) {
  console.log(norm.name, norm.norm(matrix.ref).js(), norm.dual(matrix.ref).js(), norm.lmo(matrix.ref).js());
}

const polar = ${polar};
console.log("polar factor", polar(matrix).js());
`;
}
