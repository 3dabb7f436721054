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

/** A user's own file that defines a task or an optimizer. */
export interface FileSource {
  /** Its path from the folder in which the command ran. It says where to look, and is no part of a trial's identity. */
  readonly file: string;
  /** 16 hexadecimal digits of the SHA-256 of its content. */
  readonly sha256: string;
}

/** Where a trial's task and optimizer come from; absent for registered ones. */
export interface Sources {
  readonly task?: FileSource;
  readonly optimizer?: FileSource;
}

/** The `source` of a trial from where its task and its optimizer come from: none when both are registered. */
export function sourcesOf(
  { source: task }: { readonly source?: FileSource },
  { source: optimizer }: { readonly source?: FileSource },
): { source?: Sources } {
  if (task === undefined && optimizer === undefined) return {};
  return { source: { ...(task && { task }), ...(optimizer && { optimizer }) } };
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
  readonly source?: Sources;
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
export function specHash({ source, ...rest }: TrialSpec): string {
  const hashes = Object.entries(source ?? {}).map(([kind, { sha256 }]) => [kind, sha256]);
  const identity = source === undefined ? rest : { ...rest, source: Object.fromEntries(hashes) };
  return createHash("sha256").update(canonical(identity)).digest("hex").slice(0, 16);
}
