import { numpy as np } from "@jax-js/jax";
import { expect, test } from "vitest";
import { compileStep, tensor } from "../src/index.ts";
import { numbers } from "./support/agree.ts";

type Adam = { p: np.Array; m: np.Array; v: np.Array };
const [b1, b2, rate, eps] = [0.9, 0.999, 1e-3, 1e-8].map(Math.fround) as [number, number, number, number];
const [c1, c2] = [1 - b1, 1 - b2];

/** The spacing of float32 numbers of this size. */
const ulp = (x: number): number => 2 ** Math.max(-149, Math.floor(Math.log2(Math.abs(x))) - 23);

test("the fused AdamW update is within a few units in the last place of float64, for gradients of all sizes", async () => {
  const size = 5000;
  const step = (c: Adam, g: np.Array): [Adam, np.Array] => {
    const m = c.m.mul(b1).add(g.ref.mul(c1));
    const v = c.v.mul(b2).add(np.square(g).mul(c2));
    const root = np.sqrt(v.ref).add(eps);
    return [{ p: c.p.mul(1 - rate * 0.01).sub(m.ref.div(root).mul(rate)), m, v }, np.zeros([])];
  };
  const zero = tensor(new Array(size).fill(0));
  const p = tensor(numbers(size, 2));
  const gradient = (k: number) => {
    const exponents = numbers(size, 10 + k);
    // From 1e-12 to 1e+2, with both signs: below, at and above eps.
    return tensor(numbers(size, 20 + k).map((s, i) => s * 10 ** (7 * (exponents[i] as number) - 5)));
  };
  const fused = await compileStep(step, { p, m: zero, v: zero }, [gradient(0)], { executor: "native" });
  expect(fused.explain()).toMatch(/fused WebAssembly: 5000 elements in one pass/);
  for (let k = 0; k < 5; k++) {
    const before = await fused.readCarry();
    const g = gradient(k);
    await fused.run(g);
    const after = await fused.readCarry();
    for (let i = 0; i < size; i++) {
      const at = (x: { data: ArrayLike<number> }) => x.data[i] as number;
      const [own, moved] = [b1 * at(before.m), c1 * at(g)];
      const m = own + moved;
      const v = b2 * at(before.v) + c2 * at(g) ** 2;
      const next = at(before.p) * (1 - rate * 0.01) - (rate * m) / (Math.sqrt(v) + eps);
      // The terms of m may cancel: its rounding is that of the larger one.
      const mError = 2 * Math.max(ulp(own), ulp(moved), ulp(m));
      expect(Math.abs(at(after.m) - m)).toBeLessThanOrEqual(mError);
      expect(Math.abs(at(after.v) - v)).toBeLessThanOrEqual(3 * ulp(v));
      const direction = (rate * mError) / (Math.sqrt(v) + eps);
      const error = 2 * ulp(at(before.p)) + 6 * ulp((rate * m) / (Math.sqrt(v) + eps)) + direction;
      expect(Math.abs(at(after.p) - next)).toBeLessThanOrEqual(error);
    }
  }
  await fused.dispose();
});
