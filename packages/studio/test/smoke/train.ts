import { nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import {
  type ArrayTree,
  compileStep,
  fromArray,
  initRuntime,
  type Tensor,
  type Tensors,
  tensor,
  toArray,
} from "@steepest/compile";
import { adamw, applyUpdates, type GradientTransformation, sgd } from "steepest";

type Params = { w1: np.Array; b1: np.Array; w2: np.Array; b2: np.Array };
type Carry = { params: Params; state: ArrayTree };

/** A small generator of reproducible numbers in [-1, 1). */
function numbers(seed: number): () => number {
  let s = seed;
  return () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 2 ** 31 - 1;
  };
}

const fill = (shape: number[], next: () => number, scale = 1): Tensor =>
  tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => scale * next()),
    shape,
  );

/** Mean squared error of an MLP 2-16-1. */
function loss(p: Params, x: np.Array, y: np.Array): np.Array {
  const hidden = nn.relu(np.matmul(x, p.w1.transpose()).add(p.b1));
  return np.square(np.matmul(hidden, p.w2.transpose()).add(p.b2).sub(y)).mean();
}

/** Trains 20 full-batch steps towards y = x0 * x1 and returns the loss before every step. */
async function train(optimizer: GradientTransformation): Promise<number[]> {
  await initRuntime();
  const next = numbers(7);
  const params = {
    w1: fill([16, 2], next),
    b1: fill([16], next, 0.1),
    w2: fill([1, 16], next, 0.3),
    b2: fill([1], next, 0.1),
  };
  const x = fill([64, 2], next);
  const y = tensor(
    Array.from({ length: 64 }, (_, i) => (x.data[2 * i] as number) * (x.data[2 * i + 1] as number)),
    [64, 1],
  );
  const state = tree.map(fromArray, optimizer.init(tree.map(toArray, params)));
  const step = ({ params: p, state: s }: Carry, a: np.Array, b: np.Array): [Carry, np.Array] => {
    const [value, gradients] = valueAndGrad(loss)(tree.ref(p), a, b);
    const [updates, after] = optimizer.update(gradients, s, tree.ref(p) as Params);
    return [{ params: applyUpdates(p, updates), state: after }, value];
  };
  const program = await compileStep(step, { params, state } as Tensors<Carry>, [x, y], { executor: "jax" });
  const losses: number[] = [];
  for (let i = 0; i < 20; i++) losses.push((await program.run(x, y)).item());
  await program.dispose();
  return losses;
}

// The test waits for this.
Object.assign(globalThis, {
  smoke: (async () => ({
    sgd: await train(sgd({ learningRate: 0.1, momentum: 0.9 })),
    adamw: await train(adamw({ learningRate: 0.02 })),
  }))(),
});
