import { numpy as np, random as nrandom, tree, valueAndGrad } from "@jax-js/jax";
import { expect, test } from "vitest";
import {
  type ArrayTree,
  compile,
  compileStep,
  fromArray,
  initRuntime,
  scalar,
  type Tensor,
  tensor,
} from "../src/index.ts";

const executors = ["native", "jax"] as const;

type Params = { w1: np.Array; b1: np.Array; w2: np.Array };
type State = { params: Params; m: Params; v: Params; count: np.Array };

const loss = (p: Params, x: np.Array, y: np.Array): np.Array => {
  const h = np.maximum(np.matmul(x, p.w1).add(p.b1), 0);
  return np.square(np.matmul(h, p.w2).sub(y)).mean();
};

/** Adam, written out: matrices, a vector and a scalar counter all change in place. */
function adamStep(s: State, x: np.Array, y: np.Array): [State, np.Array] {
  const [value, g] = valueAndGrad(loss)(tree.ref(s.params), x, y);
  const count = s.count.add(1);
  const correction = (b: number) =>
    np
      .exp(count.ref.mul(Math.log(b)))
      .mul(-1)
      .add(1);
  const m = tree.map((m: np.Array, d: np.Array) => m.mul(0.9).add(d.mul(0.1)), s.m, tree.ref(g));
  const v = tree.map((v: np.Array, d: np.Array) => v.mul(0.99).add(np.square(d).mul(0.01)), s.v, g);
  const params = tree.map(
    (p: np.Array, m: np.Array, v: np.Array) =>
      p.sub(
        m
          .div(correction(0.9))
          .div(np.sqrt(v.div(correction(0.99))).add(1e-8))
          .mul(0.05),
      ),
    s.params,
    tree.ref(m),
    tree.ref(v),
  );
  return [{ params, m, v, count }, value] as unknown as [State, np.Array];
}

const wave = (n: number, f: number) => Array.from({ length: n }, (_, i) => Math.sin(f * (i + 1)));
const params = () => ({
  w1: tensor(wave(21, 1.7), [3, 7]),
  b1: tensor(wave(7, 0.3)),
  w2: tensor(wave(7, 2.9), [7, 1]),
});
const zeros = () => ({
  w1: tensor(Array(21).fill(0), [3, 7]),
  b1: tensor(Array(7).fill(0)),
  w2: tensor(Array(7).fill(0), [7, 1]),
});
const initial = () => ({ params: params(), m: zeros(), v: zeros(), count: scalar(0) });
const x = tensor(wave(30, 0.7), [10, 3]);
const y = tensor(wave(10, 0.45), [10, 1]);

test("50 Adam steps: native agrees with jax-js, and twice with itself bit for bit", async () => {
  const curves: number[][] = [];
  for (const executor of [...executors, "native"] as const) {
    const step = await compileStep(adamStep, initial(), [x, y], { executor });
    const curve: number[] = [];
    for (let i = 0; i < 50; i++) curve.push((await step.run(x, y)).item());
    const carry = await step.readCarry();
    curve.push(carry.count.item(), ...carry.params.w1.data);
    curves.push(curve);
    await step.dispose();
  }
  const [native, jax, again] = curves as [number[], number[], number[]];
  expect(again).toEqual(native);
  native.forEach((value, i) => {
    expect(Math.abs(value - (jax[i] as number))).toBeLessThan(2e-4);
  });
  expect(native[49]).toBeLessThan((native[0] as number) / 3);
  expect(native[50]).toBe(50);
});

test("explain shows the update as one fused pass", async () => {
  const step = await compileStep(adamStep, initial(), [x, y], { executor: "native" });
  expect(step.plan().segments.map((s) => s.kind)).toEqual(["graph", "fused"]);
  expect(step.explain()).toMatch(/fused WebAssembly: 36 elements in one pass/);
  await step.dispose();
});

test("an update with matrix products is four segments, however long its iteration", async () => {
  const step = (c: { p: np.Array; m: np.Array }, x: np.Array): [typeof c, np.Array] => {
    const [value, g] = valueAndGrad((p: np.Array) => np.square(np.matmul(x, p)).sum())(c.p.ref);
    const m = c.m.mul(0.9).add(g);
    let u = m.ref.div(np.sqrt(np.square(m.ref).sum()).add(1e-7));
    for (let i = 0; i < 5; i++) {
      const a = np.matmul(u.ref, np.matrixTranspose(u.ref));
      u = u.ref.mul(1.5).sub(np.matmul(a, u).mul(0.5));
    }
    return [{ p: c.p.sub(u.mul(0.1)), m }, value];
  };
  const carry = { p: tensor(wave(9, 1.1), [3, 3]), m: tensor(Array(9).fill(0), [3, 3]) };
  const program = await compileStep(step, carry, [x], { executor: "native" });
  expect(program.plan().segments.map((s) => s.kind)).toEqual(["graph", "fused", "graph", "fused"]);
  await program.dispose();
});

type Any = { [key: string]: np.Array };
const shuffles: Record<string, (c: Any, x: np.Array) => [ArrayTree, ArrayTree]> = {
  "swaps two leaves": (c, x) => [{ a: c.b!, b: c.a!, s: c.s! }, x],
  "returns the old carry": (c, x) => [{ a: c.a!.ref.add(x), b: c.b!, s: c.s! }, c.a!],
  "remembers the previous value": (c, x) => [{ a: c.a!.ref.add(x), b: c.a!, s: c.s!.add(1) }, c.b!],
  "keeps a literal": (c, x) => [{ a: c.a!.mul(0).add(x), b: np.ones([3]), s: np.array(7) }, c.b!.add(c.s!)],
  "reads a leaf in two rows": (c, x) => [
    { a: c.a!.ref.add(c.b!.ref), b: c.a!.mul(x), s: c.s!.mul(2) },
    c.b!.sum(),
  ],
  "needs a matrix product of the new carry": (c, x) => {
    const a = c.a!.add(x);
    const outer = np.matmul(a.ref.reshape([3, 1]), a.ref.reshape([1, 3]));
    return [{ a, b: c.b!.ref.add(np.matmul(outer.ref, c.b!.ref)), s: c.s!.add(np.trace(outer)) }, c.b!.max()];
  },
};

for (const [name, fn] of Object.entries(shuffles)) {
  test(`a step that ${name} agrees on both executors`, async () => {
    const results: unknown[] = [];
    for (const executor of executors) {
      const carry = { a: tensor([1, 2, 3]), b: tensor([-1, 0.5, 4]), s: scalar(2) };
      const step = await compileStep(fn, carry, [tensor([0.25, -0.5, 1])], { executor, name });
      const outputs: unknown[] = [];
      for (let i = 0; i < 3; i++) outputs.push(await step.run(tensor([0.25, -0.5, 1])));
      results.push([outputs, await step.readCarry()]);
      await step.dispose();
    }
    const numbers = (r: unknown) => (tree.leaves(r as never) as Tensor[]).flatMap((t) => Array.from(t.data));
    const [native, jax] = results.map(numbers) as [number[], number[]];
    expect(native.length).toBe(jax.length);
    native.forEach((v, i) => {
      expect(v).toBeCloseTo(jax[i] as number, 3);
    });
  });
}

test("errors name the program and the leaf", async () => {
  const step = await compileStep(adamStep, initial(), [x, y], { executor: "native", name: "adam" });
  await expect(step.run(tensor([1, 2]), y)).rejects.toThrow(
    /adam: \[0\] is float32\[2\], but it was compiled for float32\[10,3\]/,
  );
  await expect(step.run(x, { ...y } as Tensor)).rejects.toThrow(
    /adam: \[1\] is an object with the keys .*; expected one array/,
  );
  await expect((step.run as (...args: Tensor[]) => unknown)(x)).rejects.toThrow(
    /adam: got an array of 1; expected an array of 2/,
  );
  await step.dispose();
  await step.dispose();
  await expect(step.run(x, y)).rejects.toThrow(/adam: used after dispose/);
  const wrong = (c: Any) => [{ a: c.a!.sum() }, np.zeros([])] as [ArrayTree, ArrayTree];
  await expect(
    compileStep(wrong, { a: tensor([1, 2]) }, [], { executor: "native", name: "wrong" }),
  ).rejects.toThrow(/wrong: carry a is float32\[2\], but the step returns float32\[\]/);
});

for (const executor of ["native", "wasm", "jax"] as const) {
  test(`${executor}: trees match by path, in whatever order their keys were written`, async () => {
    type Running = { mean: np.Array; inner: { x: np.Array; n: np.Array } };
    const swap = (
      { mean, inner: { x, n } }: Running,
      by: { a: np.Array; b: np.Array },
    ): [Running, np.Array] => {
      const next = x.ref.add(by.a);
      return [{ inner: { n: n.add(1), x: next.ref }, mean: mean.add(next.ref).sub(by.b) }, next.sum()];
    };
    const carry = { mean: tensor([0, 0]), inner: { x: tensor([1, 2]), n: scalar(0) } };
    const [a, b] = [tensor([10, 20]), tensor([0.5, 0.25])];
    const step = await compileStep(swap, carry, [{ a, b }], { executor });
    expect((await step.run({ b, a })).item()).toBe(33);
    expect((await step.run({ a, b })).item()).toBe(63);
    const read = await step.readCarry();
    expect([...read.mean.data]).toEqual([31, 63.5]);
    expect([...read.inner.x.data]).toEqual([21, 42]);
    expect(read.inner.n.item()).toBe(2);
    step.writeCarry({ inner: { n: scalar(7), x: tensor([3, 4]) }, mean: tensor([5, 6]) });
    expect([...(await step.readCarry()).mean.data]).toEqual([5, 6]);
    await step.dispose();

    const renamed = ({ mean, inner }: Running): [unknown, np.Array] => [
      { average: mean, inner },
      np.zeros([]),
    ];
    const wrong = async () => {
      const step = await compileStep(renamed as never, carry as never, [] as never, {
        executor,
        name: "wrong",
      });
      await (step.run as () => Promise<unknown>)();
    };
    await expect(wrong()).rejects.toThrow(
      /wrong: the next carry: got an object with the keys average, inner; expected an object with the keys mean, inner/,
    );
  });
}

test("an error while tracing names the line that caused it", async () => {
  const mismatch = (a: np.Array) => np.matmul(a, np.ones([5, 2]));
  const failed = compile(mismatch, [tensor([1, 2, 3], [1, 3])], { executor: "native", name: "mismatch" });
  await expect(failed).rejects.toThrow(
    /mismatch: jax-js could not trace it: .*, at .*step\.test\.ts:\d+:\d+$/,
  );
});

test("what ONNX Runtime lacks runs as loops inside the step", async () => {
  const dropout = (c: { p: np.Array; key: np.Array }, x: np.Array): [typeof c, np.Array] => {
    const [next, own] = np.split(nrandom.split(c.key, 2), 2, 0) as [np.Array, np.Array];
    const keep = nrandom.uniform(own.reshape([2]), [3, 7]).less(0.5);
    const loss = (p: np.Array) => np.square(np.matmul(x, np.where(keep, p, 0))).mean();
    const [value, g] = valueAndGrad(loss)(c.p.ref);
    return [{ p: np.sort(c.p.sub(g.mul(0.1))), key: next.reshape([2]) }, value];
  };
  await initRuntime();
  const carry = { p: tensor(wave(21, 1.1), [3, 7]), key: fromArray(nrandom.key(3)) };
  const losses: number[][] = [];
  for (const executor of ["native", "wasm"] as const) {
    const program = await compileStep(dropout, carry, [x], { executor });
    if (executor === "native") expect(program.explain()).toMatch(/WebAssembly loops: .*random_bits/);
    const curve: number[] = [];
    for (let i = 0; i < 5; i++) curve.push((await program.run(x)).item());
    losses.push(curve);
    await program.dispose();
  }
  losses[0]?.forEach((v, i) => {
    expect(v).toBeCloseTo(losses[1]?.[i] as number, 5);
  });
  expect(new Set(losses[0]).size).toBe(5);
});

test("NaN flows through as it does in jax-js", async () => {
  for (const executor of executors) {
    const f = await compile(
      (a: np.Array) => [a.ref.add(1), np.maximum(a.ref, 0), a.sum()],
      [tensor([Number.NaN, -1, 2])],
      { executor },
    );
    const [plus, relu, sum] = await f.run(tensor([Number.NaN, -1, 2]));
    expect(Array.from(plus!.data)).toEqual([Number.NaN, 0, 3]);
    expect(Array.from(relu!.data)).toEqual([Number.NaN, 0, 2]);
    expect(sum!.item()).toBeNaN();
    await f.dispose();
  }
});
