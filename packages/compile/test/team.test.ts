import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { numpy as np, valueAndGrad } from "@jax-js/jax";
import { expect, test } from "vitest";
import { compileStep, type Tensor, tensor } from "../src/index.ts";
import { takesShared } from "../src/native/session.ts";

/** Long fused passes are shared between threads. A program without a graph does so on every version of Node. */

type State = { p: np.Array[]; m: np.Array[]; t: np.Array };

/** Sizes that fill no vector, no task, and several tasks. */
const sizes = [1, 170_003, 3, 400_001, 65_536, 17];
const wave = (phase: number) =>
  sizes.map((length) => tensor(Float32Array.from({ length }, (_, i) => Math.sin(1.7 * i + phase) + 0.01)));
const state = () => ({ p: wave(0), m: wave(1), t: tensor([1], []) });

/** Two passes: the first finds norms, the second moves by what they scale. Both read a number that the step changes. */
const step = ({ p, m, t }: State, g: np.Array[]): [State, np.Array] => {
  const norm = (x: np.Array) => np.square(x).sum();
  const total = g.map((x) => norm(x.ref)).reduce((a, b) => a.add(b));
  const extent = m.map((x) => np.maximum(x.ref.max(), x.ref.min().neg())).reduce((a, b) => a.add(b));
  const next = m.map((x, i) => x.mul(0.9).add(g[i]!.div(np.sqrt(total.ref)).mul(t.ref)));
  const moved = p.map((x, i) => x.sub(np.sin(next[i]!.ref.mul(1e3)).div(extent.ref)));
  return [{ p: moved, m: next, t: t.add(1) }, total];
};

async function run(threads: number) {
  const program = await compileStep(step, state(), [wave(2)], { executor: "native", threads });
  const losses: number[] = [];
  for (let i = 0; i < 12; i++) losses.push(((await program.run(wave(i))) as Tensor).item());
  const carry = await program.readCarry();
  const segments = program.plan().segments;
  await program.dispose();
  return { losses, carry, segments };
}

test("a pass gives the same bits on one, two and three threads", async () => {
  const one = await run(1);
  expect(one.segments.filter((s) => s.kind === "fused").map((s) => s.threads)).toEqual([1, 1]);
  expect(one.carry.t.item()).toBe(13);
  for (const threads of [2, 3]) {
    const more = await run(threads);
    expect(more.segments.filter((s) => s.kind === "fused").map((s) => s.threads)).toEqual([threads, threads]);
    expect(more.losses).toEqual(one.losses);
    const bits = ({ p, m, t }: typeof one.carry) => [...p, ...m, t].map((x) => Buffer.from(x.data.buffer));
    expect(bits(more.carry).map((x, i) => x.equals(bits(one.carry)[i]!))).not.toContain(false);
  }
});

test("each thread's work is done once, whichever wakes first", async () => {
  const count = (x: np.Array): [np.Array, np.Array[]] => [x.add(1), []];
  const zeros = tensor(new Float32Array(600_000));
  const program = await compileStep(count, zeros, [], { executor: "native", threads: 2 });
  for (let i = 1; i <= 3000; i++) {
    await program.run();
    // Let the helper fall asleep at times.
    if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const { data } = await program.readCarry();
  expect([Math.min(...new Set(data)), Math.max(...new Set(data))]).toEqual([3000, 3000]);
  await program.dispose();
});

test("a program derived from a shared carry reads it", async () => {
  const move = (x: np.Array): [np.Array, np.Array[]] => [x.add(1), []];
  const zeros = tensor(new Float32Array(600_000));
  const program = await compileStep(move, zeros, [], { executor: "native", threads: 2 });
  const mean = await program.derive((x: np.Array) => x.mean(), []);
  for (const expected of [1, 2, 3]) {
    await program.run();
    expect((await mean.run()).item()).toBe(expected);
  }
  await mean.dispose();
  await program.dispose();
});

test("beside a graph a pass is shared where ONNX Runtime takes shared memory, with the same results", async () => {
  const n = 600;
  const square = (phase: number) =>
    tensor(
      Float32Array.from({ length: n * n }, (_, i) => Math.sin(1.3 * i + phase) / n),
      [n, n],
    );
  const descend = (w: np.Array, x: np.Array): [np.Array, np.Array] => {
    const [loss, g] = valueAndGrad((w: np.Array) => np.square(np.tanh(np.matmul(x, w))).sum())(w.ref);
    return [w.sub(g.mul(0.1)), loss];
  };
  const results = [];
  for (const threads of [1, 2]) {
    const program = await compileStep(descend, square(0), [square(1)], { executor: "native", threads });
    const pass = program.plan().segments.find((s) => s.kind === "fused");
    expect(pass?.threads).toBe((await takesShared()) ? threads : 1);
    let loss = 0;
    for (let i = 0; i < 20; i++) loss = (await program.run(square(1))).item();
    results.push(loss);
    await program.dispose();
  }
  expect(results[1]! / results[0]!).toBeCloseTo(1, 5);
});

const script = fileURLToPath(new URL("./support/update.ts", import.meta.url));
const expected = { threads: 2, sum: -400_001 };

test("a process ends although a program with helpers was not disposed of", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", script], {
    timeout: 60_000,
  });
  expect(JSON.parse(stdout)).toEqual(expected);
});

test("helpers work for a program inside a worker thread, and end with it", async () => {
  // Node 20 takes no TypeScript loader for a thread from its arguments, so the thread loads it itself.
  const code = `import("tsx/esm/api").then(({ register }) => { register(); return import(${JSON.stringify(script)}); })`;
  const worker = new Worker(code, { eval: true, stdout: true });
  const [message] = await once(worker, "message");
  expect(message).toEqual(expected);
  await worker.terminate();
});

const tasks = "/proc/self/task";

test.skipIf(!existsSync(tasks))("dispose ends the helpers", async () => {
  const move = (x: np.Array): [np.Array, np.Array[]] => [x.add(1), []];
  const cycle = async () => {
    const zeros = tensor(new Float32Array(600_000));
    const program = await compileStep(move, zeros, [], { executor: "native", threads: 4 });
    await program.run();
    const during = readdirSync(tasks).length;
    await program.dispose();
    return [during, readdirSync(tasks).length] as const;
  };
  const [, before] = await cycle();
  for (let i = 0; i < 5; i++) {
    const [during, after] = await cycle();
    expect(during).toBeGreaterThan(before);
    expect(after).toBeLessThanOrEqual(before);
  }
});
