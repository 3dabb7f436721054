import { numpy as np, tree } from "@jax-js/jax";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type ArrayTree,
  compileStep,
  type Executor,
  type PlanSegment,
  scalar,
  type Tensor,
} from "../src/index.ts";
import { random } from "./support/agree.ts";

/** Updates of matrices that need numbers of their rows and columns, which fused passes find and use row by row. */

type State = { p: np.Array; r: np.Array; c: np.Array; d: np.Array };
type Update = (s: State, g: np.Array) => State;

/** `r` has a number for each of the leading axes, with ones for the others; `c` a number for each of the last axis. */
const state = (shape: readonly number[]) => ({
  p: random(shape, 1),
  r: random([...shape.slice(0, -1), 1], 2),
  c: random(shape.slice(-1), 3),
  d: scalar(0.5),
});

async function run(update: Update, shape: readonly number[], executor: Executor, threads = 1) {
  const step = (s: State, g: np.Array): [ArrayTree, ArrayTree] => [update(s, g) as never, []];
  const options = { executor, ...(executor === "native" && { threads }) };
  const program = await compileStep(step, state(shape) as never, [random(shape, 4)] as never, options);
  for (let i = 0; i < 3; i++) await (program.run as (g: Tensor) => Promise<unknown>)(random(shape, 5 + i));
  const carry = tree.leaves((await program.readCarry()) as never) as Tensor[];
  const segments = program.plan().segments;
  await program.dispose();
  return { carry, segments };
}

function expectClose(a: readonly Tensor[], b: readonly Tensor[], where: string, tolerance = 2e-5): void {
  a.forEach((x, i) => {
    const y = b[i] as Tensor;
    const scale = Math.max(1, ...Array.from(y.data.subarray(0, 1e4), Math.abs));
    let worst = 0;
    for (let k = 0; k < x.data.length; k++) {
      worst = Math.max(worst, Math.abs((x.data[k] as number) - (y.data[k] as number)));
    }
    expect(worst, `${where}, result ${i}`).toBeLessThan(tolerance * scale);
  });
}

const rowMean = (x: np.Array) => x.mean(-1, { keepdims: true });
const columnMean = (x: np.Array) => x.mean([...Array(x.ndim - 1).keys()]);
const ema = (old: np.Array, value: np.Array) => old.mul(0.9).add(value.mul(0.1));

/** Adafactor's direction. */
const factored: Update = ({ p, r, c, d }, g) => {
  const squares = np.square(g.ref).add(1e-3);
  const rows = ema(np.abs(r), rowMean(squares.ref));
  const columns = ema(np.abs(c), columnMean(squares));
  const u = g.div(np.sqrt(rows.ref.div(rows.ref.mean()))).div(np.sqrt(columns.ref));
  return { p: p.sub(u.mul(0.1)), r: rows, c: columns, d };
};

/** Its length is known after a pass of its own. */
const clipped: Update = (s, g) => {
  const next = factored({ ...s, p: np.zerosLike(s.p.ref) }, g);
  const length = np.sqrt(np.square(next.p.ref).sum());
  return { ...next, p: s.p.add(next.p.div(length)) };
};

const passes = (segments: readonly PlanSegment[], size: number) =>
  segments.filter((s) => s.kind === "fused" && (s.elements as number) >= size).length;

// Rows in one task, in several, and longer than a task; stacks of matrices have rows too.
for (const shape of [
  [5, 64],
  [64, 64],
  [3, 2, 100],
  [300, 1300],
  [2, 70_001],
]) {
  test(`numbers of the rows and columns of ${shape.join(" x ")} take a pass, and no graph`, async () => {
    const size = shape.reduce((a, b) => a * b, 1);
    for (const [update, count] of [
      [factored, 2],
      [clipped, 3],
    ] as const) {
      const [native, jax] = [await run(update, shape, "native"), await run(update, shape, "jax")];
      expectClose(native.carry, jax.carry, update.name);
      expect(native.segments.map((s) => s.kind)).not.toContain("graph");
      expect(passes(native.segments, size)).toBe(count);
      const two = await run(update, shape, "native", 2);
      expect(two.carry).toEqual(native.carry);
    }
  });
}

const hazards: Record<string, Update> = {
  "reads the old numbers of rows and columns in the pass that finds the new": ({ p, r, c, d }, g) => ({
    p: p.sub(g.ref.mul(r)).sub(np.tanh(c)),
    r: rowMean(g.ref),
    c: columnMean(g),
    d,
  }),
  "replaces numbers of rows and columns before the same pass reads them": ({ p, r, c, d }, g) => {
    const next = { r: r.ref.mul(0.5).add(d.ref), c: c.ref.mul(2).sub(d.ref) };
    return { ...next, p: p.sub(g.mul(r).mul(c)), d: d.add(1) };
  },
  "has largest and smallest entries and products": ({ p, r, c, d }, g) => ({
    p: p.mul(0.9).add(g.ref.div(g.ref.max(-1, { keepdims: true }).add(2))),
    r: r.add(g.ref.min(-1, { keepdims: true })),
    c: c.add(g.ref.max([...Array(g.ndim - 1).keys()])).add(
      g.ref
        .mul(0.01)
        .add(1)
        .prod([...Array(g.ndim - 1).keys()]),
    ),
    d: d.add(g.max()),
  }),
  "lays the same numbers along rows and columns": ({ p, r, c, d }, g) => ({
    p: p.sub(g.mul(c.ref)).add(c.ref.reshape([-1, 1])),
    r,
    c: c.mul(1.1),
    d,
  }),
  "sees the same numbers as matrices of two forms": ({ p, r, c, d }, g) => {
    const other = g.ref.reshape([32, -1]);
    const scaled = other.ref.mul(other.mean(-1, { keepdims: true })).reshape([...g.shape]);
    return { p: p.sub(scaled).sub(rowMean(g)), r, c, d };
  },
};

for (const [name, update] of Object.entries(hazards)) {
  test(`an update that ${name}`, async () => {
    const [native, jax] = [await run(update, [64, 64], "native"), await run(update, [64, 64], "jax")];
    expectClose(native.carry, jax.carry, name);
  });
}

type Instruction = { op: number; a: number; b: number; axes: number };

const unary: ((x: np.Array) => np.Array)[] = [
  (x) => np.tanh(x),
  (x) => np.sqrt(np.abs(x).add(0.5)),
  (x) => x.mul(0.5).add(0.1),
  (x) => np.where(x.ref.less(0.1), x.ref.mul(2), x),
];
const binary: ((x: np.Array, y: np.Array) => np.Array)[] = [
  (x, y) => x.add(y),
  (x, y) => x.mul(y),
  (x, y) => x.div(np.abs(y).add(1)),
  (x, y) => np.minimum(x, y),
];
const reductions: ((x: np.Array, axes: number[]) => np.Array)[] = [
  (x, axes) => x.mean(axes, { keepdims: true }),
  (x, axes) => np.square(x).sum(axes, { keepdims: true }).mul(0.01),
  (x, axes) => x.max(axes, { keepdims: true }),
];

/** Applies the instructions to a pool of values, and makes the next state of the last ones that fit. */
const program =
  (instructions: readonly Instruction[]): Update =>
  (s, g) => {
    const shape = g.shape;
    const pool = [s.p, s.r, s.c, s.d, g];
    for (const { op, a, b, axes } of instructions) {
      const [x, y] = [pool[a % pool.length] as np.Array, pool[b % pool.length] as np.Array];
      const kind = op % 11;
      const chosen = [...x.shape.keys()].filter((axis) => (axes >> axis) & 1);
      if (kind < 4) pool.push((unary[kind] as (x: np.Array) => np.Array)(x.ref));
      else if (kind < 8)
        pool.push((binary[kind - 4] as (x: np.Array, y: np.Array) => np.Array)(x.ref, y.ref));
      else if (chosen.length > 0) pool.push((reductions[kind - 8] as (typeof reductions)[0])(x.ref, chosen));
    }
    const like = (old: np.Array) => {
      const found = pool.findLast(
        (x) => x.ndim <= old.ndim && String(np.add(x.ref, old.ref).shape) === String(old.shape),
      );
      return old.ref.mul(0.5).add(np.tanh((found as np.Array).ref));
    };
    const next = { p: like(s.p), r: like(s.r), c: like(s.c), d: like(s.d) };
    expect(next.p.shape).toEqual(shape);
    return next;
  };

test("random updates of matrices: native agrees with jax-js", async () => {
  const instruction = fc.record({
    op: fc.nat(10),
    a: fc.nat(99),
    b: fc.nat(99),
    axes: fc.integer({ min: 1, max: 7 }),
  });
  let fused = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom([5, 64], [64, 64], [3, 2, 65], [1, 70], [70, 1]),
      fc.array(instruction, { minLength: 3, maxLength: 12 }),
      async (shape, instructions) => {
        const update = program(instructions);
        const [native, jax] = [await run(update, shape, "native"), await run(update, shape, "jax")];
        expectClose(native.carry, jax.carry, shape.join(" x "));
        if (native.segments.every((s) => s.kind !== "graph")) fused++;
      },
    ),
    { numRuns: 60, seed: 3 },
  );
  expect(fused).toBeGreaterThan(20);
});
