import { tree, valueAndGrad } from "@jax-js/jax";
import {
  type ArrayTree,
  compileStep,
  type Executor,
  fromArray,
  initRuntime,
  scalar,
  type Tensor,
  type Tensors,
  type TensorTree,
  toArray,
} from "@steepest/compile";
import { applyUpdates, type GradientTransformation, type InjectedState } from "steepest";
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
  /** A copy of the current parameters. */
  params(): Promise<TensorTree>;
  dispose(): Promise<void>;
}

/** Compiles the training step and the evaluation of a task under an optimizer. */
export async function openTrainer(
  task: Task,
  data: TaskData,
  optimizer: GradientTransformation<InjectedState>,
  executor: Executor,
  threads?: number,
): Promise<Trainer> {
  await initRuntime();
  const initialState = (params: TensorTree): HostState => onHost(optimizer.init(onDevice(params)));

  const params = task.model.init(0);
  const batch = trainingBatch(task, data, new Uint32Array(task.batchSize), 0, 0);
  const [firstValidation] = data.validation;
  if (firstValidation === undefined) throw new RangeError(`${task.name}: no validation examples`);
  const stepFunction = (carry: Carry, examples: Batch): [Carry, ArrayTree] => {
    const [loss, gradients] = valueAndGrad((p: ArrayTree) => task.loss(p, examples))(tree.ref(carry.params));
    const [updates, state] = optimizer.update(gradients, carry.state, tree.ref(carry.params));
    return [{ params: applyUpdates(carry.params, updates), state }, loss];
  };
  const evaluation = (carry: Carry, examples: Batch): ArrayTree => {
    tree.dispose(carry.state);
    return task.metrics(carry.params, examples);
  };
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
      step.writeCarry({ params: values, state: withHyperparameters(initialState(values), hyperparameters) });
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
    params: async () => (await step.readCarry()).params,
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

/** The state with other values of injected hyperparameters. Throws a RangeError for one that was not injected. */
function withHyperparameters(state: HostState, values: Readonly<Record<string, number>>): HostState {
  const hyperparams = { ...state.hyperparams };
  for (const [name, value] of Object.entries(values)) {
    const old = hyperparams[name];
    if (old === undefined) {
      throw new RangeError(`unknown hyperparameter "${name}"; known: ${Object.keys(hyperparams).join(", ")}`);
    }
    hyperparams[name] = scalar(value, old.dtype);
  }
  return { ...state, hyperparams };
}
