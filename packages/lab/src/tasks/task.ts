import type { numpy as np } from "@jax-js/jax";
import { type ArrayTree, type Tensor, tensor } from "@steepest/compile";
import type { datasets } from "../data/registry.ts";
import type { Model } from "../models/index.ts";

/** When a run counts as arrived: the first evaluation at which the validation metric reaches the value. */
export interface Target {
  readonly metric: string;
  readonly value: number;
  /** "min": at or below the value. "max": at or above. */
  readonly direction: "min" | "max";
}

/**
 * A batch on its way through the model: what goes in and what should come out. Where the model has dropout, training
 * batches also hold a random key, uint32 [2].
 */
export type Batch = { x: np.Array; y: np.Array; key?: np.Array };

/** A batch in host memory. */
export type HostBatch = { x: Tensor; y: Tensor; key?: Tensor };

/** Examples that can be put together into batches. */
export interface Source {
  readonly size: number;
  /** The batch of the examples with these numbers. */
  batch(examples: Uint32Array): HostBatch;
}

export interface TaskData {
  readonly train: Source;
  /** All validation examples in batches of one size, so that the mean over batches is the mean over examples. */
  readonly validation: readonly HostBatch[];
}

/** A problem to train on: data, model, loss, metrics, target and budget. P: its tree of parameters. */
export interface Task<P extends ArrayTree = ArrayTree> {
  /** Its name on the command line. */
  readonly name: string;
  readonly title: string;
  /** Data, model and what makes the task worth racing on, in one or two sentences. */
  readonly description: string;
  readonly dataset: keyof typeof datasets;
  readonly model: Model<P>;
  /** Examples in a training batch. */
  readonly batchSize: number;
  /** Default budget in training steps. */
  readonly steps: number;
  /** Evaluations spread evenly over the budget, besides the one before the first step. */
  readonly evaluations: number;
  readonly target: Target;
  load(): Promise<TaskData>;
  /** The mean training loss of a batch: a jax-js function that is differentiated. */
  loss(params: P, batch: Batch): np.Array;
  /** Means over a batch, "loss" among them: what validation reports. */
  metrics(params: P, batch: Batch): { loss: np.Array } & Record<string, np.Array>;
}

/**
 * The training batch of a step: the examples with these numbers and, where the model has dropout, the random key of that
 * step, which depends on the seed and the step alone.
 */
export function trainingBatch(
  { model }: Task,
  { train }: TaskData,
  examples: Uint32Array,
  seed: number,
  step: number,
): HostBatch {
  const batch = train.batch(examples);
  if (model.dropout === undefined) return batch;
  return { ...batch, key: tensor([seed >>> 0, step], [2], "uint32") };
}

/** Whether a metric's value meets a target. */
export const reaches = (target: Target, value: number): boolean =>
  target.direction === "min" ? value <= target.value : value >= target.value;
