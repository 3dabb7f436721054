import { numpy as np } from "@jax-js/jax";
import { expect, test } from "vitest";
import { compile, compileStep, tensor } from "../src/index.ts";

const x = tensor(
  Float32Array.from({ length: 256 * 256 }, (_, i) => Math.sin(i)),
  [256, 256],
);

test("equal numbers of threads give equal bits", async () => {
  const product = (a: np.Array) => np.matmul(a.ref, a);
  const run = async (threads: number) => {
    const program = await compile(product, [x], { executor: "native", threads });
    const out = await program.run(x);
    await program.dispose();
    return out;
  };
  const [a, b, two] = [await run(1), await run(1), await run(2)];
  expect(a).toEqual(b);
  a.data.forEach((value, i) => {
    expect(two.data[i]).toBeCloseTo(value, 3);
  });
});

test("a number of threads that is none is refused", async () => {
  const step = (carry: np.Array, a: np.Array): [np.Array, np.Array] => [carry.add(a.ref), a];
  for (const threads of [0, 1.5, Number.NaN]) {
    await expect(compileStep(step, x, [x], { threads })).rejects.toThrow(
      /threads is .*; expected a whole number of at least 1/,
    );
  }
});
