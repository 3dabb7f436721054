import { grad, nn, numpy as np, tree } from "@jax-js/jax";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compile, type Tensor } from "../src/index.ts";
import { agree, random } from "./support/agree.ts";

/**
 * Random programs: a list of instructions, each applied to earlier values wherever its shapes allow. The native executor
 * must agree with jax-js on the program and on its gradient, whatever layouts the views take on the way.
 */

type Instruction = { op: number; a: number; b: number; axis: number };

const unary: ((x: np.Array) => np.Array)[] = [
  (x) => np.exp(np.minimum(x, 2)),
  (x) => np.sin(x),
  (x) => np.sqrt(np.abs(x).add(0.5)),
  (x) => x.neg(),
  (x) => np.maximum(x, 0),
  (x) => x.mul(0.5).add(1),
  (x) => np.where(x.ref.less(0.1), x.ref.mul(2), x),
  (x) => np.tanh(x),
];
const binary: ((x: np.Array, y: np.Array) => np.Array)[] = [
  (x, y) => x.add(y),
  (x, y) => x.mul(y),
  (x, y) => x.sub(y),
  (x, y) => x.div(np.abs(y).add(1)),
  (x, y) => np.minimum(x, y),
];

/** Swaps, reversals and regroupings that a view may or may not express without moving memory. */
const moves: ((x: np.Array, axis: number) => np.Array)[] = [
  (x) => x.transpose(),
  (x, axis) => np.moveaxis(x, axis % x.ndim, -1),
  (x) => x.reshape([-1]),
  (x, axis) => x.reshape(x.size % 2 === 0 ? (axis % 2 ? [2, -1] : [-1, 2]) : [1, -1]),
  (x, axis) => np.expandDims(x, axis % (x.ndim + 1)),
  (x, axis) => np.flip(x, axis % x.ndim),
  (x, axis) => np.concatenate([x.ref, x], axis % x.ndim),
  (x, axis) => np.pad(x, { [axis % x.ndim]: [1, 0] }),
];

const reductions: ((x: np.Array, axis: number) => np.Array)[] = [
  (x, axis) => x.sum(axis, { keepdims: true }),
  (x, axis) => x.mean(axis),
  (x, axis) => np.max(x, axis, { keepdims: true }),
];

/** Functions that the native executor recognises, which meet each other and everything else here. */
const patterns: ((x: np.Array) => np.Array)[] = [
  (x) => nn.softmax(x),
  (x) => nn.logSoftmax(x),
  (x) => nn.gelu(x),
  (x) => {
    const centred = x.ref.sub(x.mean(-1, { keepdims: true }));
    const variance = np.square(centred.ref).mean(-1, { keepdims: true });
    return centred.div(np.sqrt(variance.add(0.1)));
  },
];

const kinds = unary.length + binary.length + moves.length + reductions.length + patterns.length + 1;

function broadcasts(x: readonly number[], y: readonly number[]): boolean {
  for (let i = 1; i <= Math.min(x.length, y.length); i++) {
    const [p, q] = [x.at(-i), y.at(-i)];
    if (p !== q && p !== 1 && q !== 1) return false;
  }
  return true;
}

const limit = 600;

function run(instructions: readonly Instruction[], inputs: readonly np.Array[]): np.Array {
  const values = [...inputs];
  for (const { op, a, b, axis } of instructions) {
    const x = values[a % values.length] as np.Array;
    const y = values[b % values.length] as np.Array;
    let k = op % kinds;
    const pick = <T>(list: readonly T[]): T | undefined =>
      k < list.length ? list[k] : void (k -= list.length);
    const one = pick(unary);
    if (one) {
      values.push(one(x.ref));
      continue;
    }
    const two = pick(binary);
    if (two) {
      if (broadcasts(x.shape, y.shape) && x.size * y.size <= limit) values.push(two(x.ref, y.ref));
      continue;
    }
    const move = pick(moves);
    if (move) {
      if (x.ndim > 0 && x.ndim < 5 && x.size * 2 <= limit) values.push(move(x.ref, axis));
      continue;
    }
    const reduction = pick(reductions);
    if (reduction) {
      if (x.ndim > 0) values.push(reduction(x.ref, axis % x.ndim));
      continue;
    }
    const pattern = pick(patterns);
    if (pattern) {
      if (x.ndim > 0) values.push(pattern(x.ref));
      continue;
    }
    if (x.ndim >= 2 && y.ndim >= 2 && x.shape.at(-1) === y.shape.at(-1)) {
      const batch = broadcasts(x.shape.slice(0, -2), y.shape.slice(0, -2));
      if (batch && x.size * y.size <= limit * 8) values.push(np.matmul(x.ref, np.swapaxes(y.ref, -1, -2)));
    }
  }
  // Every value takes part, so that nothing is dead code; means keep the magnitudes alike.
  const total = values.reduce<np.Array>((sum, v) => sum.add(np.sin(v.mean())), np.array(0));
  return total;
}

const program = fc.array(
  fc.record({ op: fc.nat(kinds - 1), a: fc.nat(30), b: fc.nat(30), axis: fc.nat(4) }),
  { minLength: 1, maxLength: 14 },
);
const shapes = fc.constantFrom(
  [[2, 3], [3, 4], [4]],
  [
    [2, 3, 4],
    [4, 1],
    [2, 1, 1],
  ],
  [[6], [1, 6], [2, 3]],
  [[2, 2, 2, 2], [2, 2], [1]],
);
const settings = { seed: 20261124, numRuns: 120 };

test("random programs and their gradients: native agrees with jax-js", async () => {
  await fc.assert(
    fc.asyncProperty(program, shapes, async (instructions, inputShapes) => {
      const args = inputShapes.map((shape, i) => random(shape, i + 1));
      const scalar = (...xs: np.Array[]) => run(instructions, xs);
      await agree(scalar, args, 1e-4);
      await agree(
        (...xs: np.Array[]) =>
          grad(scalar, { argnums: [0, 1, 2] })(...(xs as [np.Array, np.Array, np.Array])),
        args,
        1e-3,
      );
    }),
    settings,
  );
}, 120_000);

test("gradients of random programs are the same to the bit when results are computed again to save memory", async () => {
  let copies = 0;
  await fc.assert(
    fc.asyncProperty(program, shapes, async (instructions, inputShapes) => {
      const args = inputShapes.map((shape, i) => random(shape, i + 1));
      const gradients = (...xs: np.Array[]) =>
        grad((...xs: np.Array[]) => run(instructions, xs), { argnums: [0, 1, 2] })(
          ...(xs as [np.Array, np.Array, np.Array]),
        );
      const results: number[][] = [];
      const nodes: number[] = [];
      for (const options of [{}, { memory: "least" }] as const) {
        const program = await compile(gradients, [...args], { executor: "native", ...options });
        nodes.push(program.plan().segments.reduce((n, { peak }) => n + (peak?.nodes ?? 0), 0));
        const result = tree.leaves((await program.run(...args)) as never) as Tensor[];
        results.push(result.flatMap((x) => Array.from(x.data)));
        await program.dispose();
      }
      copies += (nodes[1] as number) - (nodes[0] as number);
      expect(results[1]).toEqual(results[0]);
    }),
    { ...settings, numRuns: 60 },
  );
  expect(copies).toBeGreaterThan(0);
}, 120_000);
