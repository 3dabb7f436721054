import { nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { compileStep, initRuntime, type Tensor, tensor } from "@steepest/compile";

/** Our side of bench:tiny: SGD on a logistic regression, whole epochs in one call of WebAssembly. */

/** Examples. 250 epochs of single examples are a million steps. */
export const EXAMPLES = 4000;

/** The k-th of a fixed sequence of numbers in [-1, 1): an integer hash, which bench/peers/tiny.py repeats. */
export function noise(k: number): number {
  let h = Math.imul(k + 1, 0x9e3779b1);
  h ^= h >>> 15;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  return (h >>> 0) / 2 ** 31 - 1;
}

/** Examples in [-1, 1)^p and labels -1 or 1 by a hyperplane through zero, so that no intercept is needed. */
export function data(p: number): { x: Float32Array<ArrayBuffer>; y: Float32Array<ArrayBuffer> } {
  const x = Float32Array.from({ length: EXAMPLES * p }, (_, k) => noise(k));
  const normal = Float64Array.from({ length: p }, (_, j) => noise(EXAMPLES * p + j));
  const y = Float32Array.from({ length: EXAMPLES }, (_, i) => {
    let margin = 0;
    for (let j = 0; j < p; j++) margin += (x[i * p + j] as number) * (normal[j] as number);
    return margin > 0 ? 1 : -1;
  });
  return { x, y };
}

/** A constant step, half of what the smoothness of single examples (about p / 12) allows. */
export const learningRate = (p: number): number => 6 / p;

export const stepsPerEpoch = (batch: number): number => Math.floor(EXAMPLES / batch);

export interface Tiny {
  /** Epochs from zero over the examples in order. */
  run(): Promise<unknown>;
  /** The loss over all examples where the last run ended. */
  loss(): Promise<number>;
  dispose(): Promise<void>;
}

/** One step takes the numbers of its examples, gathers them, and moves the weights against the gradient. */
export async function prepareTiny(p: number, batch: number, epochs: number): Promise<Tiny> {
  await initRuntime();
  const { x, y } = data(p);
  const rows = np.array(x, { shape: [EXAMPLES, p] });
  const labels = np.array(y);
  const rate = learningRate(p);
  // The plain formula: exp cannot overflow, as these margins stay far above -88.
  const lossAt = (w: np.Array, xs: np.Array, ys: np.Array) =>
    nn.softplus(np.matmul(xs, w).mul(ys).neg()).mean();
  const step = ({ w }: { w: np.Array }, index: np.Array): [{ w: np.Array }, np.Array] => {
    const xs = np.take(rows.ref, index.ref, 0);
    const ys = np.take(labels.ref, index, 0);
    const [value, gradient] = valueAndGrad(lossAt)(w.ref, xs, ys);
    return [{ w: w.sub(gradient.mul(np.array(rate, { dtype: w.dtype }))) }, value];
  };
  const start = { w: tensor(new Float32Array(p)) };
  const steps = stepsPerEpoch(batch);
  const order = Int32Array.from({ length: epochs * steps * batch }, (_, i) => i % (steps * batch));
  const index = tensor(order, [epochs * steps, batch], "int32");
  const one = tensor(order.subarray(0, batch), [batch], "int32");
  const program = await compileStep(step, start as never, [one] as never, {
    executor: "wasm",
    name: "logistic",
  });
  return {
    run() {
      program.writeCarry(start as never);
      return program.runMany([index] as never, { every: steps });
    },
    async loss() {
      const { w } = (await program.readCarry()) as unknown as { w: Tensor };
      return fullLoss(w.data, x, y);
    },
    async dispose() {
      await program.dispose();
      rows.dispose();
      labels.dispose();
    },
  };
}

function fullLoss(w: ArrayLike<number>, x: Float32Array, y: Float32Array): number {
  const p = w.length;
  let sum = 0;
  for (let i = 0; i < EXAMPLES; i++) {
    let logit = 0;
    for (let j = 0; j < p; j++) logit += (x[i * p + j] as number) * (w[j] as number);
    const margin = logit * (y[i] as number);
    sum += Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)));
  }
  return sum / EXAMPLES;
}
