import { grad, numpy as np, vjp, vmap } from "@jax-js/jax";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { type ArrayFunction, compile, compileStep, initRuntime, type Tensor, tensor } from "../src/index.ts";
import { agree, ints, numbers, random } from "./support/agree.ts";

/** Rows of different lengths on the wasm executor: loops that end where a mask ends, and indices that need no check. */

beforeAll(() => initRuntime());

const [columns, width] = [23, 10] as const;

interface Rows {
  readonly starts: number[];
  readonly lengths: number[];
  readonly at: number[];
  readonly values: number[];
}

/** Rows of the given lengths end to end, and `tail` entries after the last. Columns may repeat. */
function rowsOf(lengths: readonly number[], tail: number = width): Rows {
  const starts: number[] = [];
  let total = 0;
  for (const length of lengths) {
    starts.push(total);
    total += Math.max(0, length);
  }
  const values = numbers(total + tail, 3);
  return {
    starts,
    lengths: [...lengths],
    at: values.map((v) => Math.floor(((v + 1) / 2) * columns)),
    values,
  };
}

const int32 = (x: readonly number[]) => np.array(Int32Array.from(x));

/** Takes a row's columns, values and mask, with the rows as constants of the program. */
function taker(rows: Rows, dtype: "float32" | "float64") {
  const [starts, lengths, columns] = [int32(rows.starts), int32(rows.lengths), int32(rows.at)];
  const values = np.array(
    dtype === "float32" ? new Float32Array(rows.values) : new Float64Array(rows.values),
  );
  return (index: np.Array) => {
    const k = np.arange(width);
    const own = np.less(k.ref, np.expandDims(np.take(lengths.ref, index.ref), -1));
    const entries = np.expandDims(np.take(starts.ref, index.ref), -1).add(k);
    return { at: np.take(columns.ref, entries.ref), row: np.take(values.ref, entries), own };
  };
}

const zero = (x: np.Array) => np.array(0, { dtype: x.dtype });

const dot = (x: np.Array, { at, row, own }: ReturnType<ReturnType<typeof taker>>): np.Array => {
  const products = row.mul(np.take(x, at));
  return np.where(own, products.ref, zero(products)).sum(-1);
};

type Carry = { x: np.Array; count: np.Array };

/** A step along the gradient of (row . x)^2, and counts that grow by how often a column is touched and by themselves. */
function sparseStep(rows: Rows, dtype: "float32" | "float64") {
  const take = taker(rows, dtype);
  return ({ x, count }: Carry, index: np.Array): [Carry, np.Array] => {
    const part = () => take(index);
    const gradient = grad((x: np.Array) => np.square(dot(x, part())).sum())(x.ref);
    const { at, own, row } = part();
    row.dispose();
    const [taken, transpose] = vjp((c: np.Array) => np.take(c, at), [count.ref]);
    // Old elements that another update reads make the executor compute updates before it adds them.
    const grown = taken.mul(0.5).add(1);
    const [change] = transpose(np.where(own, grown, zero(grown))) as [np.Array];
    const next = { x: x.ref.sub(gradient.mul(0.25)), count: count.add(change) };
    return [next, dot(x, part())];
  };
}

async function runOn(executor: "wasm" | "jax", step: unknown, start: unknown, inputs: readonly Tensor[]) {
  const program = await compileStep(step as never, start as never, [inputs[0]] as never, { executor });
  const outputs: number[] = [];
  for (const input of inputs)
    outputs.push(...((await program.run(...([input] as never))) as unknown as Tensor).data);
  const carry = (await program.readCarry()) as unknown as Record<string, Tensor>;
  const plan = program.explain();
  await program.dispose();
  return { values: [...outputs, ...Object.values(carry).flatMap((x) => [...x.data])], plan };
}

const startOf = (dtype: "float32" | "float64") => ({
  x: tensor(numbers(columns, 5), [columns], dtype),
  count: tensor(new Array(columns).fill(0), [columns], dtype),
});

async function compare(step: unknown, start: unknown, inputs: readonly Tensor[], tolerance: number) {
  const [ours, reference] = [
    await runOn("wasm", step, start, inputs),
    await runOn("jax", step, start, inputs),
  ];
  expect(ours.values.length).toBe(reference.values.length);
  ours.values.forEach((value, i) => {
    const wanted = reference.values[i] as number;
    expect(Math.abs(value - wanted), `element ${i}: ${value}, jax ${wanted}`).toBeLessThan(
      tolerance * Math.max(1, Math.abs(wanted)),
    );
  });
  return ours.plan;
}

const lengths = fc.array(fc.integer({ min: -1, max: width + 2 }), { minLength: 1, maxLength: 9 });

test.each(["float32", "float64"] as const)(
  "rows of any length agree with jax-js, %s",
  async (dtype) => {
    const tolerance = dtype === "float32" ? 1e-5 : 1e-12;
    await fc.assert(
      fc.asyncProperty(lengths, fc.boolean(), async (lengths, closed) => {
        // Without entries after the last row its masked ones are clamped.
        const rows = rowsOf(lengths, closed ? 1 : width + 3);
        const inputs = lengths.map((_, i) => tensor([i], [], "int32"));
        const plan = await compare(sparseStep(rows, dtype), startOf(dtype), inputs, tolerance);
        expect(plan).toContain(`sum over [up to ${width}]`);
      }),
      { seed: 20261126, numRuns: 25 },
    );
  },
  60_000,
);

test("a batch of rows ends each row by itself", async () => {
  const rows = rowsOf([3, 0, 10, 7, 1, 5]);
  const inputs = [ints([0, 2, 1]), ints([5, 5, 3]), ints([4, 1, 0])];
  const plan = await compare(sparseStep(rows, "float32"), startOf("float32"), inputs, 1e-5);
  expect(plan).toMatch(/\[3\] sum over \[up to 10\]/);
});

test("vmap over starts does what each of them does alone", async () => {
  const rows = rowsOf([3, 0, 10, 7, 1, 5]);
  const step = sparseStep(rows, "float32");
  const inputs = [0, 2, 3, 1].map((i) => tensor([i], [], "int32"));
  const many = vmap(step as unknown as ArrayFunction, [0, null] as never);
  const x = random([3, columns], 8);
  const count = tensor(new Array(3 * columns).fill(0), [3, columns]);
  const together = await runOn("wasm", many, { x, count }, inputs);
  for (const k of [0, 1, 2]) {
    const own = tensor([...x.data.subarray(k * columns, (k + 1) * columns)], [columns]);
    const alone = await runOn("wasm", step, { ...startOf("float32"), x: own }, inputs);
    const of = (all: readonly number[], n: number, offset: number) => all.slice(offset, offset + n);
    const at = (group: number) => 12 + group * 3 * columns + k * columns;
    const parts = [
      inputs.map((_, i) => together.values[3 * i + k] as number),
      of(together.values, columns, at(0)),
      of(together.values, columns, at(1)),
    ].flat();
    alone.values.forEach((value, i) => {
      expect(parts[i]).toBeCloseTo(value, 5);
    });
  }
});

test("scatters with the same indices share a loop, and what only they read ends with them", async () => {
  const rows = rowsOf([3, 0, 10, 7, 1, 5]);
  const plan = await compare(
    sparseStep(rows, "float32"),
    startOf("float32"),
    [tensor([2], [], "int32"), tensor([0], [], "int32")],
    1e-5,
  );
  const loops = plan.split("\n").filter((line) => line.includes(`up to ${width}`));
  expect(loops.filter((line) => line.includes("2 stores; scalar"))).toHaveLength(1);
  expect(plan).not.toContain(`loop [${width}]`);
});

const agreeWasm = (fn: ArrayFunction, args: readonly Tensor[]) => agree(fn, args, 2e-5, ["wasm", "jax"]);

test("what is masked without being zero is not left out", async () => {
  const x = tensor([1, 2, Infinity, 4, NaN, 6]);
  const masks: ((n: np.Array) => np.Array)[] = [
    (n) => np.less(np.arange(6), n),
    (n) => np.greater(n, np.arange(6)),
    (n) => np.less(np.flip(np.arange(6)), n),
    (n) => np.less(np.arange(6).add(1), n),
    (n) => np.lessEqual(np.arange(6), n),
  ];
  for (const mask of masks) {
    for (const n of [0, 2, 6]) {
      await agreeWasm(
        (x, n) => [
          // Zero times infinity is not zero.
          np.where(mask(n.ref), 1, 0).mul(x.ref).sum(),
          np.where(mask(n.ref), x.ref, 0).sum(),
          np.where(mask(n.ref), 0, x.ref).sum(),
          np.where(mask(n.ref), x.ref, 2).sum(),
          np.max(np.where(mask(n), x, 0)),
        ],
        [x, tensor([n], [], "int32")],
      );
    }
  }
});

/** What a function of x [n, 5] returns on the wasm executor. */
async function onWasm(fn: ArrayFunction, ...args: readonly Tensor[]): Promise<number[]> {
  const program = await compile(fn, [...args], { executor: "wasm" });
  const result = (await program.run(...args)) as unknown as Tensor;
  await program.dispose();
  return [...result.data];
}

const clamp = (i: number, size: number) => Math.min(Math.max(i, 0), size - 1);
const inRange = (i: number, size: number) => i >= 0 && i < size;

// jax-js does not say what an index out of range selects; this executor clamps it, and drops updates there.
test("constant indices out of range are treated as those that are known when running", async () => {
  const x = random([7, 5]);
  const u = random([3, 5], 2);
  const row = (a: Tensor, i: number) => [...a.data.subarray(5 * i, 5 * i + 5)];
  const adjoint = (x: np.Array, i: np.Array, u: np.Array) => {
    const [taken, transpose] = vjp((x: np.Array) => np.take(x, i, 0), [x]);
    taken.dispose();
    return (transpose(u) as np.Array[])[0] as np.Array;
  };
  for (const list of [
    [0, 6, 3],
    [0, 7, -1],
    [6, 6, 100],
  ]) {
    const taken = list.flatMap((i) => row(x, clamp(i, 7)));
    expect(await onWasm((x) => np.take(x, int32(list), 0), x)).toEqual(taken);
    expect(await onWasm((x, i) => np.take(x, i, 0), x, ints(list))).toEqual(taken);
    const sum = new Float32Array(35);
    list.forEach((i, k) => {
      if (inRange(i, 7)) row(u, k).forEach((v, j) => void (sum[5 * i + j] = (sum[5 * i + j] as number) + v));
    });
    expect(await onWasm((x, u) => adjoint(x, int32(list), u), x, u)).toEqual([...sum]);
    expect(await onWasm((x, u, i) => adjoint(x, i, u), x, u, ints(list))).toEqual([...sum]);
  }
});

test("slices at a position read from a constant, in and beyond the array", async () => {
  const x = random([12]);
  for (const starts of [
    [0, 3, 8],
    [0, 3, 9],
    [-1, 3, 8],
  ]) {
    const slice = (x: np.Array, i: np.Array) => np.take(x, np.take(int32(starts), i).add(np.arange(4)));
    for (const [i, start] of starts.entries()) {
      const wanted = [0, 1, 2, 3].map((k) => x.data[clamp(start + k, 12)]);
      const index = tensor([i], [], "int32");
      expect(await onWasm(slice, x, index)).toEqual(wanted);
      // Two readers of the same positions.
      const both = await onWasm((x, i) => slice(x.ref, i.ref).add(slice(np.flip(x), i)), x, index);
      const flipped = [0, 1, 2, 3].map((k) => x.data[11 - clamp(start + k, 12)] as number);
      expect(both).toEqual(flipped.map((v, k) => Math.fround((wanted[k] as number) + v)));
    }
  }
});
