import type { ArrayTree, CompileOptions, Tensor } from "@steepest/compile";
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

/**
 * What becomes of the examples that do not fill a batch at the end of an epoch: "drop" leaves them out (another shuffle,
 * other ones), "wrap" fills the batch with the first of the next epoch, "keep" fills it with examples of weight zero.
 */
export type LastBatch = "drop" | "wrap" | "keep";

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
  /** Absent when the task brings data of its own. */
  readonly dataset?: keyof typeof datasets;
  readonly model: Model<P, B>;
  /** Examples in a training batch. */
  readonly batchSize: number;
  /** What becomes of examples that do not fill a batch at the end of an epoch. Default "drop". */
  readonly lastBatch?: LastBatch;
  /**
   * Bytes that intermediate results of a training step may take, or "least": what is not kept is computed again, with the
   * same results. Native executor only. Default: all are kept.
   */
  readonly memory?: NonNullable<CompileOptions["memory"]>;
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
export type Trainable = Pick<
  Task,
  "name" | "model" | "batchSize" | "lastBatch" | "memory" | "loss" | "metrics"
>;

/** A task with the types of its parameters and buffers inferred: what a task's file exports. */
export const defineTask = <P extends ArrayTree, B extends ArrayTree>(task: Task<P, B>): Task<P, B> => task;

/** Whether a metric's value meets a target. */
export const reaches = (target: Target, value: number): boolean =>
  target.direction === "min" ? value <= target.value : value >= target.value;
