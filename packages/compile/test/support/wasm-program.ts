import { nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { compileStep, tensor } from "../../src/index.ts";

/** A program for Node and browsers alike: 200 steps of SGD on a small network; resolves to losses and weights. */
export async function trainOnWasm(): Promise<number[]> {
  const wave = (count: number, step: number) => Array.from({ length: count }, (_, i) => Math.sin(i * step));
  const loss = (w: np.Array, v: np.Array, x: np.Array, y: np.Array) =>
    np.square(np.matmul(nn.relu(np.matmul(x, w)), v).sub(y)).mean();
  type Weights = { w: np.Array; v: np.Array };
  const fn = ({ w, v }: Weights, x: np.Array, y: np.Array): [Weights, np.Array] => {
    const [value, [gw, gv]] = valueAndGrad(loss, { argnums: [0, 1] })(w.ref, v.ref, x, y);
    return [{ w: w.sub(gw.mul(0.05)), v: v.sub(gv.mul(0.05)) }, value];
  };
  const carry = { w: tensor(wave(24, 1.3), [3, 8]), v: tensor(wave(8, 2.1), [8, 1]) };
  const inputs = [tensor(wave(33, 0.7), [11, 3]), tensor(wave(11, 0.3), [11, 1])] as const;
  const step = await compileStep(fn, carry, [...inputs], { executor: "wasm" });
  const losses = await step.runMany([...inputs], { steps: 200, every: 20 });
  const trained = await step.readCarry();
  await step.dispose();
  return [...losses.data, ...trained.w.data, ...trained.v.data];
}
