import { type numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import {
  type ArrayTree,
  type CompiledStep,
  type CompileOptions,
  compileStep,
  type Executor,
  fromArray,
  initRuntime,
  type Plan,
  type Tensor,
  tensor,
  toArray,
} from "@steepest/compile";
import { cnn, crossEntropy, gpt, type Model, mlp, resnet } from "@steepest/lab";
import { adamw, applyUpdates, type GradientTransformation, muon, type RoleTree, sgd } from "steepest";

/** The training steps that are timed: the lab's own models, with the shapes that bench/peers/train.py repeats. */

export interface Workload {
  readonly name: string;
  readonly description: string;
  /** Makes the model's data and initial carry. */
  readonly setUp: (optimizer: string) => Promise<SetUp>;
  /** Sets up, compiles one training step and returns a function that runs it. */
  readonly prepare: (executor: Executor, optimizer: string) => Promise<Prepared>;
}

export interface Prepared {
  /** Runs a step and returns its loss. */
  run(): Promise<number>;
  plan(): Plan;
  dispose(): Promise<void>;
}

export interface SetUp {
  /** The parameters, the optimizer's state and the model's buffers. */
  readonly carry: unknown;
  compile(options: CompileOptions): Promise<Prepared>;
}

/** Muon needs to know what each parameter is. */
export const optimizers: Readonly<Record<string, (roles: RoleTree) => GradientTransformation>> = {
  adamw: () => adamw({ learningRate: 1e-3 }),
  sgd: () => sgd({ learningRate: 1e-2, momentum: 0.9 }),
  muon: (roles) => muon({ roles }),
};

/** Deterministic numbers in (-1, 1). */
function noise(shape: readonly number[]): Tensor {
  let s = 1;
  const count = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length: count }, () => {
    s = (Math.imul(s ^ (s >>> 15), 0x85ebca6b) + 0x9e3779b9) >>> 0;
    return s / 2 ** 31 - 1;
  });
  return tensor(values, shape);
}

/** Deterministic class numbers. */
export const labels = (shape: readonly number[], classes: number): Tensor =>
  tensor(
    noise(shape).data.map((v) => Math.floor(((v + 1) / 2) * classes) % classes),
    shape,
    "int32",
  );

type State = { params: ArrayTree; state: ArrayTree; buffers: ArrayTree };
type Step = (carry: State, x: np.Array, y: np.Array) => [State, np.Array];

function workload<P extends ArrayTree, B extends ArrayTree>(
  name: string,
  description: string,
  make: () => { model: Model<P, B>; x: Tensor; y: Tensor },
): Workload {
  const self: Workload = {
    name,
    description,
    async prepare(executor, optimizerName) {
      return (await self.setUp(optimizerName)).compile({ executor });
    },
    async setUp(optimizerName) {
      const { model, x, y } = make();
      const optimizer = (optimizers[optimizerName] as (roles: RoleTree) => GradientTransformation)(
        // Under a generic tree the roles are of unknown depth, on which the compiler gives up.
        (model as { roles: unknown }).roles as RoleTree,
      );
      const { training } = model;
      const step: Step = ({ params, state, buffers }, x, y) => {
        const loss = (p: ArrayTree): [np.Array, ArrayTree] => {
          const [logits, next] = training
            ? training.apply(p as P, x, buffers as B)
            : [model.apply(p as P, x), buffers];
          return [crossEntropy(logits, y), next];
        };
        const differentiate = valueAndGrad(loss, { hasAux: true });
        const [[value, next], gradients] = differentiate(tree.ref(params)) as unknown as [
          [np.Array, ArrayTree],
          ArrayTree,
        ];
        const [updates, after] = optimizer.update(gradients, state, tree.ref(params));
        const carry = { params: applyUpdates(params, updates), state: after, buffers: next };
        return [carry, value];
      };
      const params = model.init(0);
      const state = await initialState(optimizer, params);
      const carry = { params, state, buffers: training?.init(0) ?? [] };
      return {
        carry,
        async compile(options) {
          const compiled = (await compileStep(step, carry as never, [x, y] as never, {
            name,
            ...options,
          })) as unknown as CompiledStep<Step>;
          return {
            run: async () => ((await compiled.run(x, y)) as Tensor).item(),
            plan: () => compiled.plan(),
            dispose: () => compiled.dispose(),
          };
        },
      };
    },
  };
  return self;
}

/** The optimizer's state for host parameters, as host tensors. */
export async function initialState(optimizer: GradientTransformation, params: unknown): Promise<unknown> {
  await initRuntime();
  const arrays = tree.map((x: Tensor) => toArray(x), params as never) as ArrayTree;
  const state = optimizer.init(arrays) as ArrayTree;
  const host = tree.map((x: np.Array) => fromArray(x), state as never);
  tree.dispose(state);
  return host;
}

const image = (pool: "max" | "average") => () => ({
  model: cnn({ image: [1, 28, 28], channels: [32, 64], classes: 10, pool }),
  x: noise([64, 1, 28, 28]),
  y: labels([64], 10),
});

const language = (width: number, layers: number, heads: number, context: number, batch: number) => () => ({
  model: gpt({ vocabulary: 65, context, width, layers, heads, tied: true }),
  x: labels([batch, context], 65),
  y: labels([batch * context], 65),
});

export const workloads: readonly Workload[] = [
  workload("mlp", "MLP 784-512-512-10, batch 128", () => ({
    model: mlp({ sizes: [784, 512, 512, 10] }),
    x: noise([128, 784]),
    y: labels([128], 10),
  })),
  workload("cnn-max", "CNN 2 conv, max pool, 28x28, batch 64", image("max")),
  workload("cnn-avg", "CNN 2 conv, average pool, 28x28, batch 64", image("average")),
  workload("resnet8", "ResNet-8, batch norm, 3x32x32, batch 64", () => ({
    model: resnet({ image: [3, 32, 32], classes: 10 }),
    x: noise([64, 3, 32, 32]),
    y: labels([64], 10),
  })),
  workload("gpt-d128", "GPT d128 L4 T128 B8", language(128, 4, 4, 128, 8)),
  workload("gpt-d384", "GPT d384 L6 T256 B4", language(384, 6, 6, 256, 4)),
];

/** A deep model, for bench:memory alone. */
export const deep = workload("gpt-l12", "GPT d256 L12 T256 B8", language(256, 12, 4, 256, 8));
