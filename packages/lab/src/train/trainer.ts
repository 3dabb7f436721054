import { tree, valueAndGrad } from "@jax-js/jax";
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
import { type Batch, type HostBatch, type Task, type TaskData, trainingBatch } from "../tasks/index.ts";

type Carry = { params: ArrayTree; state: InjectedState };
type HostState = Tensors<InjectedState>;
type HostCarry = { params: TensorTree; state: HostState };

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
  /** Starts over from these parameters; `hyperparameters` replace the injected ones of the optimizer's state. */
  reset(params: TensorTree, hyperparameters: Readonly<Record<string, number>>): void;
  /** A copy of parameters and optimizer state. */
  carry(): Promise<TensorTree>;
  /** Goes on from a copy that `carry` gave. */
  restore(carry: TensorTree): void;
  /** Trains on one batch; resolves to its loss before the update. */
  step(batch: HostBatch): Promise<number>;
  /** Means over the validation examples. */
  evaluate(): Promise<Record<string, number>>;
  /** A copy of the current parameters, or of the point that the optimizer evaluates in their place. */
  params(): Promise<TensorTree>;
  dispose(): Promise<void>;
}

/** Compiles the training step and the evaluation of a task under an optimizer. */
export async function openTrainer(
  task: Task,
  data: TaskData,
  optimizer: Rule,
  executor: Executor,
  threads?: number,
): Promise<Trainer> {
  await initRuntime();
  const initialState = (params: TensorTree, hyperparameters = {}): HostState =>
    onHost(optimizer.initWith(onDevice(params), hyperparameters));
  const pointOf = ({ params, state }: Carry): ArrayTree => {
    const point = optimizer.evaluated?.(params, state.inner, state.hyperparams) ?? params;
    tree.dispose(state);
    return point;
  };

  const params = task.model.init(0);
  const batch = trainingBatch(task, data, new Uint32Array(task.batchSize), 0, 0);
  const [firstValidation] = data.validation;
  if (firstValidation === undefined) throw new RangeError(`${task.name}: no validation examples`);
  const stepFunction = (carry: Carry, examples: Batch): [Carry, ArrayTree] => {
    const [loss, gradients] = valueAndGrad((p: ArrayTree) => task.loss(p, examples))(tree.ref(carry.params));
    const extra = { value: loss.ref };
    const [updates, state] = optimizer.update(gradients, carry.state, tree.ref(carry.params), extra);
    return [{ params: applyUpdates(carry.params, updates), state }, loss];
  };
  const evaluation = (carry: Carry, examples: Batch): ArrayTree => task.metrics(pointOf(carry), examples);
  const carry: HostCarry = { params, state: initialState(params) };
  const step = (await compileStep(stepFunction, carry as never, [batch] as never, {
    executor,
    name: `${task.name} step`,
    ...(threads !== undefined && { threads }),
  })) as unknown as Step;
  const evaluator = await step.derive(evaluation, [firstValidation], { name: `${task.name} evaluation` });
  // The first run of a program compiles and allocates: keep that off the training clock.
  await step.run(batch);
  await evaluator.run(firstValidation);

  return {
    reset(values, hyperparameters) {
      step.writeCarry({ params: values, state: initialState(values, hyperparameters) });
    },
    carry: async () => (await step.readCarry()) as TensorTree,
    restore: (values) => step.writeCarry(values as HostCarry),
    step: async (examples) => ((await step.run(examples)) as Tensor).item(),
    async evaluate() {
      const totals: Record<string, number> = {};
      for (const examples of data.validation) {
        const metrics = (await evaluator.run(examples)) as Record<string, Tensor>;
        for (const [metric, value] of Object.entries(metrics)) {
          totals[metric] = (totals[metric] ?? 0) + value.item() / data.validation.length;
        }
      }
      return totals;
    },
    async params() {
      const { params, state } = await step.readCarry();
      if (optimizer.evaluated === undefined) return params;
      return onHost(pointOf({ params: onDevice(params), state: onDevice(state as never) as InjectedState }));
    },
    async dispose() {
      await evaluator.dispose();
      await step.dispose();
    },
  };
}

const onDevice = (tensors: TensorTree): ArrayTree => tree.map(toArray, tensors as never) as ArrayTree;

function onHost<T extends ArrayTree>(arrays: T): Tensors<T> {
  const host = tree.map(fromArray, arrays as never) as Tensors<T>;
  tree.dispose(arrays);
  return host;
}
