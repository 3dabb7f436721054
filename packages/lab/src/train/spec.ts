import { createHash } from "node:crypto";
import type { Executor } from "@steepest/compile";

/**
 * Ends a trial that gets nowhere: once a share `after` of its budget is spent, when the target metric has not improved
 * for `patience` evaluations in a row. It looks at no other trial, so that a trial stays a function of its specification.
 */
export interface EarlyStopping {
  readonly patience: number;
  readonly after: number;
}

/** Everything a training run depends on: equal specifications give equal results. */
export interface TrialSpec {
  readonly task: string;
  readonly optimizer: string;
  readonly hyperparameters: Readonly<Record<string, number>>;
  /** Seeds the initial parameters and the order of the batches. */
  readonly seed: number;
  /** Budget in training steps; schedules stretch over it. */
  readonly steps: number;
  readonly executor: Executor;
  /** Threads of the native executor's kernels, on which the last bits depend. Absent: ONNX Runtime chose. */
  readonly threads?: number;
  readonly earlyStopping?: EarlyStopping;
  /** Version of the code that ran it. */
  readonly code: string;
}

/** JSON with sorted keys, so that equal values have equal text. */
function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join(",")}}`;
}

/** The identity of a trial: 16 hexadecimal digits of the SHA-256 of its specification. */
export function specHash(spec: TrialSpec): string {
  return createHash("sha256").update(canonical(spec)).digest("hex").slice(0, 16);
}
