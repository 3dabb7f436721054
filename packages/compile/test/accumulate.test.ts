import { numpy as np, valueAndGrad } from "@jax-js/jax";
import { expect, test } from "vitest";
import { accumulateGradients, compile, tensor } from "../src/index.ts";

type Params = { w: np.Array; b: np.Array };

const loss = (p: Params, x: np.Array, y: np.Array): np.Array =>
  np.square(np.tanh(np.matmul(x, p.w).add(p.b)).sub(y)).mean();

const wave = (n: number, f: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(f * (i + 1)));
const params = { w: tensor(wave(12, 1.7), [3, 4]), b: tensor(wave(4, 0.3)) };
const x = tensor(wave(36, 0.7), [12, 3]);
const y = tensor(wave(48, 0.45), [12, 4]);

test("micro-batches have the loss and the gradients of their batch, natively and as WebAssembly", async () => {
  const whole = (p: Params, x: np.Array, y: np.Array) => valueAndGrad(loss)(p, x, y) as [np.Array, Params];
  const wanted = await compile(whole, [params, x, y] as never, { executor: "native" });
  const [value, gradients] = await wanted.run(...([params, x, y] as never as [never, never, never]));
  for (const executor of ["native", "wasm"] as const) {
    for (const parts of [1, 3, 12]) {
      const program = await compile(accumulateGradients(loss as never, parts), [params, x, y] as never, {
        executor,
      });
      const run = program.run as unknown as typeof wanted.run;
      const [mean, sum] = await run(...([params, x, y] as never as [never, never, never]));
      expect(mean.item()).toBeCloseTo(value.item(), 6);
      for (const key of ["w", "b"] as const) {
        sum[key].data.forEach((v, i) => {
          expect(v).toBeCloseTo(gradients[key].data[i] as number, 6);
        });
      }
      await program.dispose();
    }
  }
  await wanted.dispose();
});

test("a batch that does not divide is refused with its shape", async () => {
  expect(() => accumulateGradients(loss as never, 0)).toThrow(/0 micro-batches/);
  const uneven = accumulateGradients(loss as never, 5);
  await expect(compile(uneven, [params, x, y] as never, { executor: "native" })).rejects.toThrow(
    /array 0 of the batch has shape \[12, 3\], which does not divide into 5/,
  );
});
