import { type numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import {
  type ArrayTree,
  compileStep,
  type Executor,
  fromArray,
  initRuntime,
  type Tensor,
  type Tensors,
  type TensorTree,
  toArray,
} from "@steepest/compile";
import { applyUpdates, type InjectedState, type InjectedTransformation } from "steepest";
import { trainedTree } from "../models/index.ts";
import { trainingBatch } from "../tasks/batches.ts";
import { type Batch, evaluation, trainingLoss } from "../tasks/objective.ts";
import type { HostBatch, TaskData, Trainable } from "../tasks/task.ts";

/** What a step carries on: parameters, optimizer state, and the model's buffers where it has any. */
type Carry = { params: ArrayTree; state: InjectedState; buffers?: ArrayTree };
type HostState = Tensors<InjectedState>;
type HostCarry = { params: TensorTree; state: HostState; buffers?: TensorTree };

/** The compiled programs of a task known only at run time: their trees are any trees. */
interface Program {
  run(batch: TensorTree): Promise<TensorTree>;
  dispose(): Promise<void>;
}
interface Step extends Program {
  readCarry(): Promise<HostCarry>;
  writeCarry(carry: HostCarry): void;
  derive(fn: unknown, inputs: readonly TensorTree[], options: { name: string }): Promise<Program>;
}

/** An optimizer to train with. */
export type Rule = InjectedTransformation & {
  /** The point to evaluate and to keep, where it is not the parameters. Consumes the parameters, borrows the rest. */
  evaluated?(params: ArrayTree, inner: ArrayTree, hyperparameters: InjectedState["hyperparams"]): ArrayTree;
};

/** One task and one optimizer, compiled once and reused for every seed and learning rate. */
export interface Trainer {
  /** Starts over from the initial values of this seed; `hyperparameters` replace the optimizer's injected ones. */
  reset(seed: number, hyperparameters: Readonly<Record<string, number>>): void;
  /** A copy of parameters, optimizer state and buffers. */
  carry(): Promise<TensorTree>;
  /** Goes on from a copy that `carry` gave. */
  restore(carry: TensorTree): void;
  /** Trains on one batch; resolves to its loss before the update. */
  step(batch: HostBatch): Promise<number>;
  /** Means over the validation examples. */
  evaluate(): Promise<Record<string, number>>;
  /** A copy of the current parameters, or of the point that the optimizer evaluates in their place. */
  params(): Promise<TensorTree>;
  /** The same with the model's buffers, where it has any: all that a trained model consists of. */
  model(): Promise<TensorTree>;
  dispose(): Promise<void>;
}

/** Compiles the training step and the evaluation of a task under an optimizer. */
export async function openTrainer(
  task: Trainable,
  data: TaskData,
  optimizer: Rule,
  executor: Executor,
  threads?: number,
): Promise<Trainer> {
  await initRuntime();
  const initialState = (params: TensorTree, hyperparameters = {}): HostState =>
    onHost(optimizer.initWith(onDevice(params), hyperparameters));
  const pointOf = ({ params, state }: Pick<Carry, "params" | "state">): ArrayTree => {
    const point = optimizer.evaluated?.(params, state.inner, state.hyperparams) ?? params;
    tree.dispose(state);
    return point;
  };

  const { model } = task;
  const start = (seed: number, hyperparameters = {}): HostCarry => {
    const params = model.init(seed);
    const state = initialState(params, hyperparameters);
    return { params, state, ...(model.training && { buffers: model.training.init(seed) }) };
  };
  const batch = trainingBatch(task, data.train, new Uint32Array(task.batchSize));
  const [firstValidation] = data.validation;
  if (firstValidation === undefined) throw new RangeError(`${task.name}: no validation examples`);
  const lossOf = trainingLoss(task);
  const stepFunction = ({ params, state, buffers }: Carry, examples: Batch): [Carry, ArrayTree] => {
    const differentiate = valueAndGrad((p: ArrayTree) => lossOf(p, examples, buffers), { hasAux: true });
    const [[loss, nextBuffers], gradients] = differentiate(tree.ref(params)) as unknown as [
      [np.Array, ArrayTree],
      ArrayTree,
    ];
    const extra = { value: loss.ref };
    const [updates, next] = optimizer.update(gradients, state, tree.ref(params), extra);
    const carry = { params: applyUpdates(params, updates), state: next };
    return [buffers === undefined ? carry : { ...carry, buffers: nextBuffers }, loss];
  };
  const evaluate = evaluation(task);
  const evaluationFunction = ({ buffers, ...carry }: Carry, examples: Batch): ArrayTree =>
    evaluate(pointOf(carry), examples, buffers);
  const carry = start(0);
  const step = (await compileStep(stepFunction, carry as never, [batch] as never, {
    executor,
    name: `${task.name} step`,
    ...(threads !== undefined && { threads }),
    ...(task.memory !== undefined && { memory: task.memory }),
  })) as unknown as Step;
  const evaluator = await step.derive(evaluationFunction, [firstValidation], {
    name: `${task.name} evaluation`,
  });
  // The first run of a program compiles and allocates: keep that off the training clock.
  await step.run(batch);
  await evaluator.run(firstValidation);

  const validationWeight = data.validation.reduce((n, examples) => n + weightOf(examples), 0);
  const evaluatedPoint = ({ params, state }: HostCarry): TensorTree => {
    if (optimizer.evaluated === undefined) return params;
    return onHost(pointOf({ params: onDevice(params), state: onDevice(state as never) as InjectedState }));
  };

  return {
    reset: (seed, hyperparameters) => step.writeCarry(start(seed, hyperparameters)),
    carry: async () => (await step.readCarry()) as TensorTree,
    restore: (values) => step.writeCarry(values as HostCarry),
    step: async (examples) => ((await step.run(examples)) as Tensor).item(),
    async evaluate() {
      const totals: Record<string, number> = {};
      for (const examples of data.validation) {
        const metrics = (await evaluator.run(examples)) as Record<string, Tensor>;
        const share = weightOf(examples) / validationWeight;
        for (const [metric, value] of Object.entries(metrics)) {
          totals[metric] = (totals[metric] ?? 0) + value.item() * share;
        }
      }
      return totals;
    },
    params: async () => evaluatedPoint(await step.readCarry()),
    async model() {
      const carry = await step.readCarry();
      return trainedTree(evaluatedPoint(carry), carry.buffers);
    },
    async dispose() {
      await evaluator.dispose();
      await step.dispose();
    },
  };
}

/** The weights of a batch's examples together; without weights every example counts one. */
const weightOf = ({ x, weights }: HostBatch): number =>
  weights === undefined ? (x.shape[0] as number) : Array.from(weights.data).reduce((a, b) => a + b, 0);

const onDevice = (tensors: TensorTree): ArrayTree => tree.map(toArray, tensors as never) as ArrayTree;

function onHost<T extends ArrayTree>(arrays: T): Tensors<T> {
  const host = tree.map(fromArray, arrays as never) as Tensors<T>;
  tree.dispose(arrays);
  return host;
}
