import type { Import } from "./assembler.ts";

/** Functions of one float64 that generated code calls where WebAssembly has no instruction. */

/** erf by its Maclaurin series with positive terms: 2/sqrt(pi) exp(-x^2) sum 2^n x^(2n+1) / (2n+1)!!. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** erfc for x >= 2 by its continued fraction x + (1/2)/(x + 1/(x + (3/2)/(x + ...))), evaluated from the tail. */
function erfcFraction(x: number): number {
  let tail = x;
  for (let n = 60; n >= 1; n--) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / (tail * Math.sqrt(Math.PI));
}

/** The error function in float64. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) < 2) return erfSeries(x);
  return x > 0 ? 1 - erfcFraction(x) : erfcFraction(-x) - 1;
}

/** The complementary error function in float64; its relative error reaches 1e-13 just below x = 2. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) < 2) return 1 - erfSeries(x);
  return x > 0 ? erfcFraction(x) : 2 - erfcFraction(-x);
}

const functions = {
  exp: Math.exp,
  log: Math.log,
  sin: Math.sin,
  cos: Math.cos,
  asin: Math.asin,
  atan: Math.atan,
  tanh: Math.tanh,
  erf,
  erfc,
};

export type HostFunction = keyof typeof functions;

const names = Object.keys(functions) as HostFunction[];

/** Function k of every generated module is import k. */
export const hostImports: readonly Import[] = names.map((name) => ({
  module: "math",
  name,
  type: { params: ["f64"], results: ["f64"] },
}));

export const isHostFunction = (op: string): op is HostFunction => op in functions;

/** The index of a host function in a generated module. */
export const hostIndex = (name: HostFunction): number => names.indexOf(name);

/** The import object of a generated module. */
export const importObject = (memory: WebAssembly.Memory): WebAssembly.Imports => ({
  env: { memory },
  math: functions,
});
