import { grad, numpy as np, valueAndGrad, vmap } from "@jax-js/jax";
import fc from "fast-check";
import { expect, test } from "vitest";
import { newValue } from "../src/graph.ts";
import { type ArrayFunction, compileStep, initRuntime, scalar, type Tensor, tensor } from "../src/index.ts";
import { lowerGraph } from "../src/wasm/lower.ts";
import { agree, numbers, random } from "./support/agree.ts";

const agreeWasm = (fn: ArrayFunction, args: readonly Tensor[], tolerance = 2e-5) =>
  agree(fn, args, tolerance, ["wasm", "jax"]);

/** Shapes that broadcast together, and two-argument functions over them. */
const shapes = fc
  .array(fc.constantFrom(1, 2, 3, 4, 5, 6, 9, 33), { minLength: 1, maxLength: 3 })
  .chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.tuple(...shape.map((d) => fc.constantFrom(d, 1))).map((s) => s as number[]),
      fc.nat({ max: shape.length - 1 }),
      fc.shuffledSubarray(
        shape.map((_, k) => k),
        { minLength: shape.length, maxLength: shape.length },
      ),
    ),
  );

const steps: ((x: np.Array, y: np.Array, axis: number, perm: number[]) => np.Array)[] = [
  (x, y) => x.mul(y),
  (x, y) => x.sub(y),
  (x, y) => np.maximum(x, y),
  (x, y) => np.where(x.ref.less(y.ref), x, y),
  (x, y) => np.tanh(x).add(np.exp(y)),
  (x, y, axis) => x.add(y.sum(axis, { keepdims: true })),
  (x, y, axis) => x.sub(np.max(x.ref, axis, { keepdims: true })).add(y),
  (x, y, _, perm) => np.square(x.transpose(perm)).transpose(inverse(perm)).add(y),
  (x, y, axis) => np.flip(x, axis).mul(y),
  (x, y) =>
    x.ref
      .reshape([-1])
      .reshape([...x.shape])
      .add(x)
      .mul(y),
  (x, y, axis) => np.concatenate([x.ref, x], axis).sum(axis, { keepdims: true }).mul(y),
];

const inverse = (perm: number[]) => perm.map((_, k) => perm.indexOf(k));

test("random programs and their gradients agree with jax-js", async () => {
  await initRuntime();
  await fc.assert(
    fc.asyncProperty(
      shapes,
      fc.array(fc.nat({ max: steps.length - 1 }), { minLength: 1, maxLength: 6 }),
      async ([shape, other, axis, perm], picks) => {
        const program = (x: np.Array, y: np.Array) => {
          let value = x;
          for (const pick of picks) value = steps[pick]!(value, y.ref, axis, perm);
          y.dispose();
          return value;
        };
        const loss = (x: np.Array, y: np.Array) => np.tanh(program(x, y).mul(0.1)).sum();
        await agreeWasm(
          (x, y) => [program(x.ref, y.ref), grad(loss, { argnums: [0, 1] })(x, y)],
          [random(shape, shape.length), random(other, 7)],
          1e-4,
        );
      },
    ),
    { numRuns: 60 },
  );
});

type Weights = { w: np.Array; b: np.Array; t: np.Array };

/** One step of momentum SGD on a logistic regression over chosen samples, with a decaying rate. */
function logistic(x: np.Array, y: np.Array) {
  const loss = (w: np.Array, b: np.Array, xs: np.Array, ys: np.Array) => {
    const z = np.matmul(xs, w).add(b);
    return np.log(np.exp(z.ref).add(1)).sub(z.mul(ys)).mean();
  };
  return (c: Weights & { m: np.Array }, index: np.Array): [Weights & { m: np.Array }, { loss: np.Array }] => {
    const xs = np.take(x.ref, index.ref, 0);
    const ys = np.take(y.ref, index, 0);
    const [value, [gw, gb]] = valueAndGrad(loss, { argnums: [0, 1] })(c.w.ref, c.b.ref, xs, ys);
    const m = c.m.mul(0.9).add(gw);
    const t = c.t.add(1);
    const rate = np.reciprocal(t.ref.astype(np.float32)).mul(0.5);
    return [{ w: c.w.sub(m.ref.mul(rate.ref)), b: c.b.sub(gb.mul(rate)), t, m }, { loss: value }];
  };
}

const samples = 40;
const features = 9;
const start = () => ({
  w: tensor(new Array(features).fill(0)),
  b: scalar(0),
  t: scalar(0, "int32"),
  m: tensor(new Array(features).fill(0)),
});
const batches = (count: number, size: number) =>
  tensor(
    Array.from({ length: count * size }, (_, i) => (i * 17 + 3) % samples),
    [count, size],
    "int32",
  );

async function problem() {
  await initRuntime();
  const x = np.array(Float32Array.from(numbers(samples * features)), { shape: [samples, features] });
  const y = np.array(Float32Array.from(numbers(samples, 2), (v) => Number(v > 0)));
  return logistic(x, y);
}

test("many steps in one call equal single steps, on wasm and on jax", async () => {
  const fn = await problem();
  const index = batches(10, 4);
  const part = (k: number) => tensor(index.data.slice(4 * k, 4 * k + 4), [4], "int32");
  const wasm = await compileStep(fn, start(), [part(0)], { executor: "wasm" });
  const jax = await compileStep(fn, start(), [part(0)], { executor: "jax" });
  const losses: number[] = [];
  for (let k = 0; k < 10; k++) {
    losses.push((await wasm.run(part(k))).loss.item());
    expect(losses[k]).toBeCloseTo((await jax.run(part(k))).loss.item(), 4);
  }
  const once = await wasm.readCarry();
  const other = await jax.readCarry();
  once.w.data.forEach((v, i) => {
    expect(v).toBeCloseTo(other.w.data[i] as number, 5);
  });
  expect(once.t.item()).toBe(10);

  wasm.writeCarry(start());
  const all = await wasm.runMany([index]);
  expect([...all.loss.data]).toEqual(losses);
  expect(await wasm.readCarry()).toEqual(once);

  wasm.writeCarry(start());
  const thinned = await wasm.runMany([index], { every: 3 });
  expect([...thinned.loss.data]).toEqual([losses[2], losses[5], losses[8]]);
  expect(await wasm.readCarry()).toEqual(once);

  wasm.writeCarry(start());
  const same = await wasm.runMany([part(0)], { steps: 4 });
  expect(same.loss.shape).toEqual([4]);
  await expect(wasm.runMany([part(0)])).rejects.toThrow(/whole numbers of steps/);
  await expect(wasm.runMany([batches(3, 5)])).rejects.toThrow(/float32|int32\[5\].*int32\[4\]/);
});

test("a derived program reads the carry in place, and disposal is final", async () => {
  const fn = await problem();
  const index = tensor([0, 1, 2, 3], [4], "int32");
  const step = await compileStep(fn, start(), [index], { executor: "wasm" });
  const norm = await step.derive(
    (c: Weights & { m: np.Array }, s: np.Array) => np.square(c.w).sum().mul(s),
    [scalar(2)],
  );
  expect((await norm.run(scalar(2))).item()).toBe(0);
  await step.run(index);
  const { w } = await step.readCarry();
  const squares = Array.from(w.data).reduce((s, v) => s + v * v, 0);
  expect((await norm.run(scalar(2))).item()).toBeCloseTo(2 * squares, 6);
  expect(step.explain()).toMatch(/step \(wasm\): \d+ segments.*\n {2}loop \[4\] sum over \[9\]/);
  await step.dispose();
  await expect(step.run(index)).rejects.toThrow(/after dispose/);
  await expect(norm.run(scalar(2))).rejects.toThrow(/after dispose/);
});

test("memory stays as it is over many runs, and derived programs give theirs back", async () => {
  const fn = await problem();
  const index = batches(500, 4);
  const step = await compileStep(fn, start(), [tensor([0, 1, 2, 3], [4], "int32")], { executor: "wasm" });
  const bytes = () => step.plan().arena as number;
  const derive = () =>
    step.derive((c: Weights & { m: np.Array }, s: np.Array) => np.pad(c.w.mul(s), [1000, 0]), [scalar(2)]);
  await step.runMany([index]);
  let before = 0;
  for (let k = 0; k < 50; k++) {
    await step.runMany([index], { every: 7 });
    const padded = await derive();
    // Its margins are zero although other programs have used the memory.
    expect(Math.max(...(await padded.run(scalar(1))).data.slice(0, 1000).map(Math.abs))).toBe(0);
    await padded.dispose();
    if (k === 0) before = bytes();
  }
  expect(bytes()).toBe(before);
});

test("a carry whose leaves trade places stays correct", async () => {
  type C = { a: np.Array; b: np.Array; c: np.Array };
  const step = (c: C): [C, np.Array] => [
    { a: c.b.ref, b: c.a.ref.add(c.b), c: np.flip(c.c.ref, 0).mul(2) },
    c.a.add(c.c.sum()),
  ];
  const example = { a: tensor([1, 2, 3]), b: tensor([4, 5, 6]), c: tensor([1, 2, 3, 4, 5]) };
  const wasm = await compileStep(step, example, [], { executor: "wasm" });
  const jax = await compileStep(step, example, [], { executor: "jax" });
  for (let k = 0; k < 4; k++) expect((await wasm.run()).data).toEqual((await jax.run()).data);
  expect(await wasm.readCarry()).toEqual(await jax.readCarry());
});

test("seeds run side by side under vmap", async () => {
  await initRuntime();
  const seeds = 5;
  const fn = (w: np.Array, x: np.Array, y: np.Array): [np.Array, np.Array] => {
    const loss = (w: np.Array, x: np.Array, y: np.Array) => np.square(np.matmul(x, w).sub(y)).mean();
    const [value, g] = vmap(valueAndGrad(loss), [0, null, null])(w.ref, x, y) as [np.Array, np.Array];
    return [w.sub(g.mul(0.1)), value];
  };
  const args = [random([6, 8], 2), random([6], 3)] as const;
  const wasm = await compileStep(fn, random([seeds, 8]), [...args], { executor: "wasm" });
  const jax = await compileStep(fn, random([seeds, 8]), [...args], { executor: "jax" });
  for (let k = 0; k < 20; k++) await jax.run(...args);
  await wasm.runMany([...args], { steps: 20 });
  const [a, b] = [await wasm.readCarry(), await jax.readCarry()];
  a.data.forEach((v, i) => {
    expect(v).toBeCloseTo(b.data[i] as number, 5);
  });
});

test("a logistic regression under vmap equals its seeds run one by one", async () => {
  const fn = await problem();
  const index = batches(50, 4);
  const example = tensor([0, 1, 2, 3], [4], "int32");
  const seeds = [1, 2, 3].map((seed) => ({ ...start(), w: random([features], seed) }));
  const stacked = {
    w: tensor(
      seeds.flatMap((s) => [...s.w.data]),
      [3, features],
    ),
    b: tensor([0, 0, 0]),
    t: tensor([0, 0, 0], [3], "int32"),
    m: tensor(new Array(3 * features).fill(0), [3, features]),
  };
  const side = vmap(fn as ArrayFunction, [0, null]) as unknown as typeof fn;
  const together = await compileStep(side, stacked, [example], { executor: "wasm" });
  const losses = (await together.runMany([index])).loss;
  const carry = await together.readCarry();
  const alone = await compileStep(fn, start(), [example], { executor: "wasm" });
  for (const [k, seed] of seeds.entries()) {
    alone.writeCarry(seed);
    const { loss } = await alone.runMany([index]);
    loss.data.forEach((v, i) => {
      expect(losses.data[3 * i + k]).toBeCloseTo(v, 5);
    });
    const { w, t } = await alone.readCarry();
    w.data.forEach((v, i) => {
      expect(carry.w.data[features * k + i]).toBeCloseTo(v, 5);
    });
    expect(carry.t.data[k]).toBe(t.item());
  }
  await Promise.all([together.dispose(), alone.dispose()]);
});

test("a primitive that is missing is named", () => {
  const x = newValue("float32", [3]);
  const nodes = [{ op: "teleport", inputs: [x], params: {}, outputs: [newValue("float32", [3])] }];
  const graph = { inputs: [x], constants: new Map(), nodes, outputs: nodes[0]!.outputs };
  const boundary = {
    inputs: new Map(),
    constants: new Map(),
    outputs: [],
    iota: () => ({ dtype: "uint32", size: 0 }) as const,
  };
  expect(() => lowerGraph(graph, boundary, "step")).toThrow(
    /step: the wasm executor has no teleport; use the "native" or "jax" executor/,
  );
});
