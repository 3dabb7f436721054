import { grad, random as jaxRandom, lax, numpy as np, vmap } from "@jax-js/jax";
import { expect, test } from "vitest";
import { type ArrayFunction, compile, type Tensor, tensor } from "../src/index.ts";
import { agree, random } from "./support/agree.ts";

/** Unusual convolutions and pools with every gradient, and random bits, on native and wasm against jax-js. */

type Both = (x: np.Array, w: np.Array) => np.Array;
/** The sum of squares of f(x, w), differentiated for both. */
const gradients = (f: Both): Both =>
  grad((x: np.Array, w: np.Array) => np.square(f(x, w)).sum(), { argnums: [0, 1] }) as unknown as Both;
const images = [random([2, 3, 9, 8]), random([4, 3, 3, 2], 2)];
const uneven: [number, number][] = [
  [1, 2],
  [0, 1],
];
const overlap = (reduce: (w: np.Array) => np.Array): ArrayFunction =>
  gradients((x, w) => lax.reduceWindow(x, reduce, [3, 2], [2, 1]).mul(w));

const cases: Record<string, [ArrayFunction, Tensor[]]> = {
  "strides that leave a rest": [gradients((x, w) => lax.convGeneralDilated(x, w, [3, 2], uneven)), images],
  "a dilated kernel": [
    gradients((x, w) => lax.convGeneralDilated(x, w, [1, 1], uneven, { rhsDilation: [2, 3] })),
    images,
  ],
  "a dilated kernel with strides": [
    gradients((x, w) => lax.convGeneralDilated(x, w, [2, 2], uneven, { rhsDilation: [2, 1] })),
    images,
  ],
  "a dilated image": [
    gradients((x, w) => lax.convGeneralDilated(x, w, [1, 1], uneven, { lhsDilation: [2, 3] })),
    images,
  ],
  "a batch of images and kernels under vmap": [
    gradients(
      vmap((x: np.Array, w: np.Array) => lax.convGeneralDilated(x, w, [2, 1], uneven), [0, 0]) as Both,
    ),
    [random([3, 2, 2, 6, 5]), random([3, 4, 2, 3, 2], 2)],
  ],
  "one batch under several kernels": [
    gradients(
      vmap((x: np.Array, w: np.Array) => lax.convGeneralDilated(x, w, [1, 1], "SAME"), [null, 0]) as Both,
    ),
    [random([2, 2, 6, 5]), random([3, 4, 2, 3, 3], 2)],
  ],
  "overlapping maxima": [overlap((w) => np.max(w)), [random([2, 3, 7, 6]), random([2, 3, 3, 5], 2)]],
  "overlapping means": [overlap((w) => np.mean(w)), [random([2, 3, 7, 6]), random([2, 3, 3, 5], 2)]],
};

for (const [name, [fn, args]] of Object.entries(cases)) {
  test(`native and wasm agree with jax-js: ${name}`, async () => {
    await agree(fn, args);
    await agree(fn, args, 2e-5, ["wasm", "jax"]);
  });
}

test("random bits are the same on every executor", async () => {
  const draw = (key: np.Array) => {
    const keys = jaxRandom.split(key, 3);
    return vmap((k: np.Array) => jaxRandom.bits(k, [257]))(keys);
  };
  const key = tensor([7, 2 ** 31 + 5], [2], "uint32");
  const results = [];
  for (const executor of ["native", "wasm", "jax"] as const) {
    const program = await compile(draw, [key], { executor });
    results.push((await program.run(key)) as Tensor);
    await program.dispose();
  }
  const [native, wasm, jax] = results as [Tensor, Tensor, Tensor];
  expect(native).toEqual(jax);
  expect(wasm).toEqual(jax);
  expect(new Set(jax.data).size).toBeGreaterThan(760);
});
