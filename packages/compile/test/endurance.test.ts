import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { numpy as np, valueAndGrad } from "@jax-js/jax";
import { expect, test } from "vitest";
import { compileStep, tensor } from "../src/index.ts";

type Carry = { w: np.Array; m: np.Array };

const step = (c: Carry, x: np.Array): [Carry, np.Array] => {
  const [value, g] = valueAndGrad((w: np.Array) => np.square(np.matmul(x, w)).mean())(c.w.ref);
  const m = c.m.mul(0.9).add(g.mul(0.1));
  return [{ w: c.w.sub(m.ref.mul(0.01)), m }, value];
};

const size = 64;
const carry = () => ({
  w: tensor(
    Float32Array.from({ length: size * size }, (_, i) => Math.sin(i)),
    [size, size],
  ),
  m: tensor(new Float32Array(size * size), [size, size]),
});
const x = tensor(
  Float32Array.from({ length: 8 * size }, (_, i) => Math.cos(i)),
  [8, size],
);

test("10,000 steps take no more memory than 2,000", async () => {
  const program = await compileStep(step, carry(), [x], { executor: "native" });
  const run = async (steps: number): Promise<number> => {
    for (let i = 0; i < steps; i++) await program.run(x);
    return process.memoryUsage().rss / 2 ** 20;
  };
  const before = await run(2000);
  const after = await run(10_000);
  // A leak of one output tensor a step, or of one gradient, would be 160 MiB.
  expect(after - before).toBeLessThan(64);
  await program.dispose();
});

test("many programs opened and disposed give their memory back", async () => {
  const open = async (count: number): Promise<number> => {
    for (let i = 0; i < count; i++) {
      const program = await compileStep(step, carry(), [x], { executor: "native" });
      await program.run(x);
      await program.dispose();
    }
    return process.memoryUsage().rss / 2 ** 20;
  };
  const before = await open(20);
  const after = await open(80);
  expect(after - before).toBeLessThan(96);
});

test("two programs in one process do not disturb each other", async () => {
  const [a, b] = await Promise.all([0, 1].map(() => compileStep(step, carry(), [x], { executor: "native" })));
  const alone: number[] = [];
  for (let i = 0; i < 5; i++) alone.push((await a!.run(x)).item());
  a!.writeCarry(carry());
  for (let i = 0; i < 5; i++) {
    const both = await Promise.all([a!.run(x), b!.run(x)]);
    expect(both.map((v) => v.item())).toEqual([alone[i], alone[i]]);
  }
  await a!.dispose();
  expect((await b!.run(x)).item()).toBeLessThan(alone[0]!);
  await b!.dispose();
});

test("programs run in worker threads", async () => {
  const url = new URL("./support/worker.ts", import.meta.url);
  // Node 20 takes no TypeScript loader for a thread from its arguments, so the thread loads it itself.
  const code = `import("tsx/esm/api").then(({ register }) => { register(); return import(${JSON.stringify(url.href)}); })`;
  const workers = [0, 1].map(() => new Worker(code, { eval: true }));
  const results = await Promise.all(workers.map(async (w) => (await once(w, "message"))[0]));
  expect(results).toEqual([54, 54]);
  await Promise.all(workers.map((w) => w.terminate()));
});
