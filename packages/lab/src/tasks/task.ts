import type { ArrayTree, Tensor } from "@steepest/compile";
import type { datasets } from "../data/registry/index.ts";
import type { Measure, Model } from "../models/index.ts";

/** When a run counts as arrived: the first evaluation at which the validation metric reaches the value. */
export interface Target {
  readonly metric: string;
  readonly value: number;
  /** "min": at or below the value. "max": at or above. */
  readonly direction: "min" | "max";
}

/**
 * A batch in host memory: what goes into the model, what should come out, and, where examples count differently or only
 * fill a last batch, their weights, float32 [examples].
 */
export type HostBatch = { x: Tensor; y: Tensor; weights?: Tensor };

/** Examples that can be put together into batches. */
export interface Source {
  readonly size: number;
  /** The batch of the examples with these numbers. */
  batch(examples: Uint32Array): HostBatch;
}

export interface TaskData {
  readonly train: Source;
  /** All validation examples in batches of one shape; a last one that is not full is filled up with weights of zero. */
  readonly validation: readonly HostBatch[];
}

/** A problem to train on: data, model, loss, metrics, target and budget. P: its tree of parameters, B: its buffers. */
export interface Task<P extends ArrayTree = ArrayTree, B extends ArrayTree = ArrayTree> {
  /** Its name on the command line. */
  readonly name: string;
  readonly title: string;
  /** Data, model and what makes the task worth racing on, in one or two sentences. */
  readonly description: string;
  readonly dataset: keyof typeof datasets;
  readonly model: Model<P, B>;
  /** Examples in a training batch. */
  readonly batchSize: number;
  /** Default budget in training steps. */
  readonly steps: number;
  /** Evaluations spread evenly over the budget, besides the one before the first step. */
  readonly evaluations: number;
  readonly target: Target;
  load(): Promise<TaskData>;
  /** The training loss of a batch, which is differentiated; validation reports it as "loss". */
  readonly loss: Measure;
  /** What validation reports besides. */
  readonly metrics?: Readonly<Record<string, Measure>>;
}

/** What training and evaluation need to know of a task. */
export type Trainable = Pick<Task, "name" | "model" | "batchSize" | "loss" | "metrics">;

/** Whether a metric's value meets a target. */
export const reaches = (target: Target, value: number): boolean =>
  target.direction === "min" ? value <= target.value : value >= target.value;
