import "steepest/node";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { defaultDevice, init, jit, numpy as np, tree } from "@jax-js/jax";
import { type ArrayTree, applyUpdates, type Extra, type GradientTransformation } from "steepest";

await init();
defaultDevice("wasm");

/**
 * The number of references to device memory. jax-js does not export its backend, so the one in its bundle is asked, and
 * its reference counting watched.
 */
export const liveReferences: () => number = await (async () => {
  const folder = dirname(createRequire(import.meta.url).resolve("@jax-js/jax"));
  const file = readdirSync(folder).find((name) => /^backend-.*\.js$/.test(name)) as string;
  const module = (await import(pathToFileURL(join(folder, file)).href)) as Record<string, unknown>;
  const getBackend = Object.values(module).find(
    (value) => typeof value === "function" && value.name === "getBackend",
  ) as () => Record<string, (...args: unknown[]) => unknown>;
  const backend = getBackend();
  let count = 0;
  for (const [name, change] of Object.entries({ malloc: 1, incRef: 1, decRef: -1 })) {
    const original = backend[name]?.bind(backend);
    backend[name] = (...args) => {
      count += change;
      return original?.(...args);
    };
  }
  return () => count;
})();

export type Real = "float32" | "float64";

/** An array from nested numbers; float64 by default. */
export function array(values: number | readonly unknown[], dtype: Real = "float64"): np.Array {
  const shape: number[] = [];
  for (let v: unknown = values; Array.isArray(v); v = v[0]) shape.push(v.length);
  const flat = [values].flat(Number.POSITIVE_INFINITY) as number[];
  const data = dtype === "float64" ? Float64Array.from(flat) : Float32Array.from(flat);
  return np.array(data, { shape, dtype: dtype as np.DType });
}

/** A repeatable stream of standard normal numbers (Mulberry32 and Box-Muller). */
export function normals(seed: number): () => number {
  let s = seed >>> 0;
  const uniform = () => {
    s = (s + 0x6d2b79f5) >>> 0;
    let t = Math.imul(s ^ (s >>> 15), 1 | s);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** An array of standard normal numbers. */
export function randomArray(shape: readonly number[], next: () => number, dtype: Real = "float64"): np.Array {
  const size = shape.reduce((a, b) => a * b, 1);
  return array(Array.from({ length: size }, next), dtype).reshape([...shape]);
}

/** The numbers of a tree, leaf by leaf. Borrows the tree. */
export const values = (t: ArrayTree): number[][] =>
  tree.leaves<np.Array>(t).map((x) => Array.from(x.ref.dataSync() as ArrayLike<number>));

/** The largest absolute difference between two trees. Borrows both. */
export function difference(a: ArrayTree, b: ArrayTree): number {
  const left = values(a).flat();
  const right = values(b).flat();
  if (left.length !== right.length) return Number.NaN;
  return Math.max(
    0,
    ...left.map((v, i) => (Object.is(v, right[i]) ? 0 : Math.abs(v - (right[i] as number)))),
  );
}

export type Step = { params: ArrayTree; state: ArrayTree };

/** One step from a gradient, eagerly. Consumes everything. */
export function step(
  optimizer: GradientTransformation,
  { params, state }: Step,
  gradients: ArrayTree,
  extra?: Extra,
): Step {
  const [updates, next] = optimizer.update(gradients, state, tree.ref(params), extra);
  return { params: applyUpdates(params, updates), state: next };
}

/** The same step under jax-js's jit. */
export const jitStep = (optimizer: GradientTransformation) =>
  jit((current: Step, gradients: ArrayTree) => step(optimizer, current, gradients));
