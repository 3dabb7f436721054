import type { Trial } from "../train/record.ts";
import type { TrialSpec } from "../train/spec.ts";

/** What a study's process and its workers tell each other. `id` is the trial's place in the plan. */

export type ToWorker =
  | { readonly type: "run"; readonly id: number; readonly spec: TrialSpec }
  /** Save the running trial's state and stop. */
  | { readonly type: "stop" };

export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "compiling"; readonly id: number }
  | { readonly type: "progress"; readonly id: number; readonly step: number }
  | { readonly type: "ended"; readonly id: number; readonly trial: Trial }
  | { readonly type: "stopped"; readonly id: number }
  /** `fatal`: no other trial would fare better, a full disk for example. */
  | { readonly type: "failed"; readonly id: number; readonly message: string; readonly fatal: boolean };

/** Settings of a worker, as arguments of its process. */
export interface WorkerOptions {
  /** The study's folder. */
  readonly out: string;
  readonly checkpointSeconds: number;
  /** A trial that makes the process larger, in MiB of resident memory, fails. Default: no limit. */
  readonly memory?: number;
}
