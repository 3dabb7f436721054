import { numpy as np, valueAndGrad } from "@jax-js/jax";
import { expect, test } from "vitest";
import { compile, compileStep, scalar, type Tensor, tensor } from "../src/index.ts";

type Params = { w: np.Array; b: np.Array };
const loss = (p: Params, x: np.Array, y: np.Array) => np.square(np.matmul(x, p.w).add(p.b).sub(y)).mean();

function sgdStep(p: Params, x: np.Array, y: np.Array): [Params, np.Array] {
  const [value, g] = valueAndGrad(loss)({ w: p.w.ref, b: p.b.ref }, x, y);
  return [{ w: p.w.sub(g.w.mul(0.1)), b: p.b.sub(g.b.mul(0.1)) }, value];
}

const example = { w: tensor([0, 0], [2, 1]), b: tensor([0]) };
const x = tensor([1, 2, 3, 4, 5, 6], [3, 2]);
const y = tensor([1, 2, 3], [3, 1]);

test("compile runs a function of trees and checks shapes", async () => {
  const f = await compile(loss, [example, x, y], { executor: "jax" });
  const value: Tensor = await f.run(example, x, y);
  expect(value.item()).toBeCloseTo(14 / 3, 5);
  await expect(f.run(example, x, tensor([1, 2]))).rejects.toThrow(
    /\[2\] is float32\[2\], but it was compiled for float32\[3,1\]/,
  );
  await f.dispose();
  await expect(f.run(example, x, y)).rejects.toThrow(/after dispose/);
});

test("compileStep keeps the carry and derives an evaluation", async () => {
  const step = await compileStep(sgdStep, example, [x, y], { executor: "jax" });
  const evaluate = await step.derive((p: Params, a: np.Array) => np.matmul(a, p.w).add(p.b), [x]);
  const first = await step.run(x, y);
  step.writeCarry(example);
  expect((await step.run(x, y)).item()).toBe(first.item());
  const carry = await step.readCarry();
  expect(carry.b.data[0]).toBeCloseTo(0.4, 5);
  expect((await evaluate.run(x)).shape).toEqual([3, 1]);
  expect(scalar(1).item()).toBe(1);
});
