import { tree } from "@jax-js/jax";
import { type ArrayTree, compile, type Executor, type TensorTree } from "@steepest/compile";
import { type Batch, trainingLoss } from "../tasks/objective.ts";
import type { HostBatch, Source, Trainable } from "../tasks/task.ts";
import type { Layout } from "./vectors.ts";

/** The mean loss of a network over fixed examples. */
export interface LossProgram {
  at(network: Float32Array): Promise<number>;
  dispose(): Promise<void>;
}

export interface LossOptions {
  readonly task: Pick<Trainable, "model" | "loss">;
  readonly layout: Layout;
  /** Batches of one size. */
  readonly batches: readonly HostBatch[];
  /** Seeds the masks of dropout: the same at every network. Undefined: without dropout. */
  readonly dropout?: number | undefined;
  readonly executor: Executor;
  readonly name: string;
}

/**
 * Compiles the loss once for all networks of a landscape. Batch norm takes the statistics of each batch: running ones belong
 * to one network only.
 */
export async function openLoss(options: LossOptions): Promise<LossProgram> {
  const { task, layout, batches, dropout, executor, name } = options;
  const { training, dropout: rate } = task.model;
  const inTraining = dropout !== undefined || rate === undefined;
  const given = batches.map((batch, i): [HostBatch, ...TensorTree[]] =>
    training && inTraining ? [batch, training.init((dropout ?? 0) + i)] : [batch],
  );
  const [example] = given;
  if (example === undefined) throw new RangeError(`${name}: no examples to take the loss over`);
  const lossOf = trainingLoss(task);
  const fn = (params: ArrayTree, batch: Batch, buffers?: ArrayTree) => {
    const [loss, next] = lossOf(params, batch, buffers);
    tree.dispose(next);
    return loss;
  };
  const params = layout.unflatten(new Float32Array(layout.size));
  const program = (await compile(fn, [params, ...example] as never, { executor, name })) as unknown as {
    run(...args: TensorTree[]): Promise<{ item(): number }>;
    dispose(): Promise<void>;
  };
  return {
    async at(network) {
      const values = layout.unflatten(network);
      let sum = 0;
      for (const args of given) sum += (await program.run(values, ...args)).item();
      return sum / given.length;
    },
    dispose: () => program.dispose(),
  };
}

/** Training examples, evenly spread, in batches of one size: as many of `wanted` as fill them, at least one batch. */
export function spreadExamples(train: Source, batchSize: number, wanted: number): HostBatch[] {
  const most = Math.min(wanted, train.size);
  const size = Math.min(batchSize, most);
  const count = Math.floor(most / size);
  const spread = (i: number) => Math.floor((i * train.size) / (count * size));
  return Array.from({ length: count }, (_, k) =>
    train.batch(Uint32Array.from({ length: size }, (_, i) => spread(k * size + i))),
  );
}
