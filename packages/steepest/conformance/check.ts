import { numpy as np, tree } from "@jax-js/jax";
import { applyUpdates, type GradientTransformation } from "steepest";
import { hyperparametersOf } from "./hyperparameters.ts";
import { originOf, registry } from "./registry.ts";
import type { Case, Matrix, TraceFile } from "./trace.ts";

export interface Result {
  readonly name: string;
  /** Largest absolute difference over all steps and entries; undefined when the optimizer does not exist here. */
  readonly difference?: number;
  readonly tolerance: number;
  /** Why the case could not be run. */
  readonly problem?: string;
}

export const passed = ({ difference, tolerance }: Result): boolean =>
  difference !== undefined && difference <= tolerance;

/** Runs every case of a trace file in float64 and compares every step. */
export const checkTraces = (file: TraceFile): Result[] => file.cases.map((entry) => checkCase(file, entry));

function checkCase(file: TraceFile, entry: Case): Result {
  const known = registry.find(({ matches }) => matches.test(entry.name));
  const tolerance = known?.tolerance ?? 1e-10;
  if (known === undefined) return { name: entry.name, tolerance };
  let path: number[][][];
  try {
    const hyperparameters = hyperparametersOf(entry.hyperparameters);
    const optimizer = known.optimizer(hyperparameters, originOf(entry));
    hyperparameters.finish();
    path = run(optimizer, file, known.beforeStep);
  } catch (error) {
    return { name: entry.name, difference: Number.NaN, tolerance, problem: (error as Error).message };
  }
  const differences = path.map((x, t) => largestDifference(x, entry.x[t] as Matrix));
  // Math.max would let a NaN through as NaN, and NaN <= tolerance is false, as it should be.
  return { name: entry.name, difference: Math.max(...differences), tolerance };
}

/** The parameter after every step, or before it, in float64. */
function run(
  optimizer: GradientTransformation,
  { x0, gradients }: TraceFile,
  beforeStep = false,
): number[][][] {
  let x = toArray(x0);
  let state = optimizer.init(x.ref);
  const path = gradients.map((gradient) => {
    const before = x.ref;
    const [updates, next] = optimizer.update(toArray(gradient), state, x.ref);
    state = next;
    x = applyUpdates(x, updates);
    const reported = (beforeStep ? before.ref : x.ref).js() as number[][];
    before.dispose();
    return reported;
  });
  x.dispose();
  tree.dispose(state);
  return path;
}

const toArray = (m: Matrix): np.Array =>
  np.array(Float64Array.from(m.flat()), { shape: [m.length, m[0]?.length ?? 0], dtype: np.float64 });

const largestDifference = (a: Matrix, b: Matrix): number =>
  Math.max(...a.flatMap((row, i) => row.map((v, j) => Math.abs(v - (b[i]?.[j] as number)))));
