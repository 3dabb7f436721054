import { defaultDevice, numpy as np } from "@jax-js/jax";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { compileFused, type FusedOp, type FusedOpName, type FusedProgram } from "../src/fused/index.ts";
import { initRuntime } from "../src/runtime.ts";
import { arrayTypes, byteWidth, type DType, Tensor, type TypedArray, toArray } from "../src/tensor.ts";

beforeAll(async () => {
  await initRuntime();
  defaultDevice("wasm");
});

/**
 * Runs a program on rows of arrays. Every array gets its own place, at an address that is a multiple of the element
 * size only. `inPlace[k]` names the input whose memory output k takes.
 */
function runFused(
  program: FusedProgram,
  rows: readonly { n: number; inputs: readonly TypedArray[] }[],
  inPlace: Readonly<Record<number, number>> = {},
): TypedArray[][] {
  const types = [...program.inputs.map((x) => x.dtype), ...program.ops.map((x) => x.dtype)];
  const memory = new WebAssembly.Memory({ initial: 64 });
  const kernel = compileFused(program, memory);
  let top = 4 + 4 * kernel.rowLength * rows.length;
  const allocate = (dtype: DType, n: number) => {
    const width = byteWidth(dtype);
    top = Math.ceil(top / width) * width;
    const view = new arrayTypes[dtype](memory.buffer, top, n);
    top += n * width;
    return view as TypedArray;
  };
  const results: TypedArray[][] = [];
  const table: number[] = [];
  for (const { n, inputs } of rows) {
    const held = inputs.map((x, i) => {
      const view = allocate((program.inputs[i] as { dtype: DType }).dtype, x.length);
      view.set(x);
      return view;
    });
    const outputs = [...program.outputs, ...(program.reductions ?? [])].map((out, k) => {
      const source = inPlace[k];
      if (source !== undefined) return held[source] as TypedArray;
      const uniform = !("uniform" in out) || out.uniform;
      return allocate(types[out.value] as DType, uniform ? 1 : n);
    });
    results.push(outputs);
    table.push(n, ...[...held, ...outputs].map((x) => x.byteOffset));
  }
  new Uint32Array(memory.buffer, 4, table.length).set(table);
  kernel.run(4, rows.length);
  return results.map((row) => row.map((x) => x.slice() as TypedArray));
}

const unary = (op: FusedOpName, from: DType, to: DType = from): FusedProgram => ({
  inputs: [{ dtype: from, uniform: false }],
  ops: [{ op, dtype: to, args: [0] }],
  outputs: [{ value: 1, uniform: false }],
});

const lengths = [0, 1, 2, 3, 5, 8, 9, 17, 1000];

/** jax-js's own evaluation of one op; it consumes its arguments. */
function jaxOp(op: FusedOp, args: readonly np.Array[]): np.Array {
  const [a, b, c] = args as [np.Array, np.Array, np.Array];
  switch (op.op) {
    case "add":
      return a.add(b);
    case "sub":
      return a.sub(b);
    case "mul":
      return a.mul(b);
    case "min":
      return np.minimum(a, b);
    case "max":
      return np.maximum(a, b);
    case "neg":
      return a.neg();
    case "sqrt":
      return np.sqrt(a);
    case "floor":
      return np.floor(a);
    case "ceil":
      return np.ceil(a);
    case "less":
      return a.less(b);
    case "less_equal":
      return a.lessEqual(b);
    case "equal":
      return a.equal(b);
    case "not_equal":
      return a.notEqual(b);
    case "where":
      return np.where(a, b, c);
    case "and":
      return np.bitwiseAnd(a, b);
    case "or":
      return np.bitwiseOr(a, b);
    case "xor":
      return np.bitwiseXor(a, b);
    case "shl":
      return np.leftShift(a, b);
    case "shr":
      return np.rightShift(a, b);
    case "cast":
      return a.astype(op.dtype as np.DType);
    case "bitcast":
      return a.view(op.dtype as np.DType);
    default:
      throw new Error(op.op);
  }
}

interface OpChoice {
  readonly op: FusedOpName;
  readonly args: readonly DType[];
  readonly dtype: DType;
}

const numeric: DType[] = ["float32", "int32", "uint32", "float64"];
const isFloat = (d: DType) => d === "float32" || d === "float64";

function choices(allowed: readonly DType[]): OpChoice[] {
  const list: OpChoice[] = [];
  for (const d of allowed.filter((x) => numeric.includes(x))) {
    for (const op of ["add", "sub", "mul", "min", "max"] as const) list.push({ op, args: [d, d], dtype: d });
    list.push({ op: "neg", args: [d], dtype: d });
    for (const op of ["less", "less_equal", "equal", "not_equal"] as const) {
      list.push({ op, args: [d, d], dtype: "bool" });
    }
    list.push({ op: "where", args: ["bool", d, d], dtype: d });
    if (isFloat(d)) {
      for (const op of ["sqrt", "floor", "ceil"] as const) list.push({ op, args: [d], dtype: d });
    } else {
      for (const op of ["and", "or", "xor"] as const) list.push({ op, args: [d, d], dtype: d });
      for (const op of ["shl", "shr"] as const) list.push({ op, args: [d, "uint32"], dtype: d });
    }
    for (const to of allowed) if (to !== d) list.push({ op: "cast", args: [d], dtype: to });
  }
  for (const op of ["add", "mul", "and", "or", "xor"] as const) {
    list.push({ op, args: ["bool", "bool"], dtype: "bool" });
  }
  for (const to of allowed) if (to !== "bool") list.push({ op: "cast", args: ["bool"], dtype: to });
  list.push({ op: "bitcast", args: ["int32"], dtype: "float32" });
  return list.filter((x) => [...x.args, x.dtype].every((d) => allowed.includes(d)));
}

function randomProgram(allowed: readonly DType[]): fc.Arbitrary<FusedProgram> {
  const all = choices(allowed);
  const inputs = allowed.flatMap((dtype) => [
    { dtype, uniform: false },
    { dtype, uniform: true },
    { dtype, uniform: false },
  ]);
  const pick = fc.record({
    choice: fc.nat(),
    args: fc.array(fc.nat(), { minLength: 3, maxLength: 3 }),
  });
  return fc.array(pick, { minLength: 1, maxLength: 15 }).map((picks) => {
    const types: DType[] = inputs.map((x) => x.dtype);
    const ops = picks.map(({ choice, args }): FusedOp => {
      const { op, args: want, dtype } = all[choice % all.length] as OpChoice;
      const found = want.map((d, k) => {
        const having = types.flatMap((t, i) => (t === d ? [i] : []));
        // Prefer recent values, so that chains grow.
        return having[having.length - 1 - ((args[k] as number) % Math.min(having.length, 6))] as number;
      });
      types.push(dtype);
      return { op, dtype, args: found };
    });
    const outputs = ops.map((_, i) => ({ value: inputs.length + i, uniform: false }));
    return { inputs, ops, outputs };
  });
}

const special = [0, -0, 1, -1, 0.5, 2.5, -3.25, 1e-40, 1e30, -7e9, Infinity, -Infinity, NaN];
const value = fc.oneof(fc.constantFrom(...special), fc.double({ noNaN: true, min: -100, max: 100 }));

function data(dtype: DType, n: number, seed: readonly number[]): TypedArray {
  const numbers = Array.from({ length: n }, (_, i) => seed[(i * 7 + dtype.length) % seed.length] as number);
  if (dtype === "bool") return Uint8Array.from(numbers, (x) => (x > 0 ? 1 : 0));
  return arrayTypes[dtype].from(numbers);
}

/** All NaN are equal, and so are the zeros: jax-js subtracts by adding 0 - x. */
function expectSame(actual: TypedArray, wanted: TypedArray, what: string) {
  for (let i = 0; i < wanted.length; i++) {
    if (actual[i] !== wanted[i] && !(Number.isNaN(actual[i]) && Number.isNaN(wanted[i]))) {
      throw new Error(`${what}: element ${i} of ${wanted.length} is ${actual[i]}, expected ${wanted[i]}`);
    }
  }
  expect(actual.length).toBe(wanted.length);
}

for (const allowed of [
  ["float32", "int32", "uint32", "bool"],
  ["float64", "float32", "int32", "uint32", "bool"],
] as const) {
  test(`random programs over ${allowed.join(", ")} equal jax-js exactly`, () => {
    fc.assert(
      fc.property(
        randomProgram(allowed),
        fc.constantFrom(...lengths.filter((n) => n > 0 && n < 100)),
        fc.array(value, { minLength: 5, maxLength: 30 }),
        (program, n, seed) => {
          const inputs = program.inputs.map((x) => data(x.dtype, x.uniform ? 1 : n, seed));
          const [actual] = runFused(program, [{ n, inputs }]) as [TypedArray[]];
          const values = program.inputs.map(({ dtype }, i) => {
            // jax-js folds arrays of equal elements as constants, with rules (0 x = 0) that do not hold for NaN.
            // A last element that differs prevents it.
            const x = inputs[i] as TypedArray;
            const repeated = arrayTypes[dtype].from(
              Array.from(
                { length: n + 1 },
                (_, k) => (k < n ? x[k % x.length] : x[0] === 1 ? 0 : 1) as number,
              ),
            );
            return toArray(new Tensor(dtype, [n + 1], repeated));
          });
          for (const op of program.ops) {
            values.push(
              jaxOp(
                op,
                op.args.map((k) => (values[k] as np.Array).ref),
              ),
            );
          }
          program.ops.forEach((op, k) => {
            const x = values[program.inputs.length + k] as np.Array;
            const wanted = (x.ref.dataSync() as TypedArray).slice(0, n) as TypedArray;
            expectSame(actual[k] as TypedArray, wanted, `op ${k} ${JSON.stringify(op)}`);
          });
          for (const x of values) x.dispose();
        },
      ),
      { numRuns: 150 },
    );
  });
}

/** Distance in units of the last place of the true value; equal infinities and NaNs have distance 0. */
function ulps(actual: number, wanted: number): number {
  const rounded = Math.fround(wanted);
  if (Object.is(actual, rounded) || (actual === 0 && rounded === 0)) return 0;
  if (Number.isNaN(wanted) || !Number.isFinite(rounded)) return Infinity;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(wanted))), -126);
  return Math.abs(actual - wanted) / 2 ** (exponent - 23);
}

/** erf by numerical integration, as an independent check. */
function erfIntegral(x: number): number {
  const steps = 2000;
  const h = x / steps;
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    const f = (t: number) => Math.exp(-t * t);
    sum += (f(i * h) + 4 * f((i + 0.5) * h) + f((i + 1) * h)) / 6;
  }
  return (2 / Math.sqrt(Math.PI)) * h * sum;
}

const range = (lo: number, hi: number, n: number) =>
  Array.from({ length: n }, (_, i) => lo + ((hi - lo) * i) / (n - 1));

const functions: [FusedOpName, (x: number) => number, number[], number][] = [
  ["exp", Math.exp, range(-110, 95, 100001), 1.1],
  ["log", Math.log, [...range(1e-6, 4, 60001), ...range(-150, 127, 4001).map((e) => 2 ** e)], 1.1],
  ["sin", Math.sin, [...range(-10, 10, 60001), ...range(-2e6, 2e6, 20001)], 1.5],
  ["cos", Math.cos, [...range(-10, 10, 60001), ...range(-2e6, 2e6, 20001)], 1.5],
  ["asin", Math.asin, range(-1.001, 1.001, 60001), 2.5],
  ["atan", Math.atan, [...range(-5, 5, 60001), ...range(-1e4, 1e4, 10001)], 2],
  ["tanh", Math.tanh, range(-12, 12, 60001), 2],
  ["erf", erfIntegral, range(-4.5, 4.5, 2001), 2],
  ["erfc", (x) => 1 - erfIntegral(x), range(-4.5, 1.5, 2001), 6],
];

for (const [op, truth, xs, tolerance] of functions) {
  test(`${op} of float32 is within ${tolerance} ulp, also at special values`, () => {
    const x = Float32Array.from([...xs, ...special, 3e38, -3e38, 1e-45, -1e-45]);
    const [[y]] = runFused(unary(op, "float32"), [{ n: x.length, inputs: [x] }]) as [[TypedArray]];
    let worst = 0;
    let at = 0;
    x.forEach((v, i) => {
      const exact =
        op.startsWith("erf") && Math.abs(v) > 5 ? (op === "erf" ? Math.sign(v) : v > 0 ? 0 : 2) : truth(v);
      const error = ulps(y[i] as number, exact);
      if (error > worst) [worst, at] = [error, v];
    });
    expect(worst, `at x = ${at}`).toBeLessThan(tolerance);
  });
}

test("float64 functions agree with Math", () => {
  for (const op of ["exp", "log", "sin", "cos", "asin", "atan", "tanh"] as const) {
    const x = Float64Array.from([...range(-2, 2, 9), 30, NaN]);
    const [[y]] = runFused(unary(op, "float64"), [{ n: x.length, inputs: [x] }]) as [[TypedArray]];
    expect([...y]).toEqual([...x].map(Math[op]));
  }
  const x = Float64Array.from(range(-5, 5, 41));
  const [[y]] = runFused(unary("erf", "float64"), [{ n: x.length, inputs: [x] }]) as [[TypedArray]];
  x.forEach((v, i) => {
    expect(y[i]).toBeCloseTo(erfIntegral(v), 12);
  });
});

test("integer division never traps; bits are counted and reinterpreted", () => {
  const binary = (op: FusedOpName, dtype: DType): FusedProgram => ({
    inputs: [
      { dtype, uniform: false },
      { dtype, uniform: false },
    ],
    ops: [{ op, dtype, args: [0, 1] }],
    outputs: [{ value: 2, uniform: false }],
  });
  const a = Int32Array.of(7, -7, 7, -7, 5, -0x80000000, 0);
  const b = Int32Array.of(2, 2, -2, -2, 0, -1, 0);
  const run = (op: FusedOpName) => [...runFused(binary(op, "int32"), [{ n: 7, inputs: [a, b] }])[0]![0]!];
  expect(run("idiv")).toEqual([3, -3, -3, 3, 0, -0x80000000, 0]);
  expect(run("mod")).toEqual([1, -1, 1, -1, 0, 0, 0]);
  const u = Uint32Array.of(0xffffffff, 10, 9, 8, 1);
  const v = Uint32Array.of(2, 0, 2, 3, 5);
  const [[q]] = runFused(binary("idiv", "uint32"), [{ n: 5, inputs: [u, v] }]) as [[TypedArray]];
  expect([...q]).toEqual([0x7fffffff, 0, 4, 2, 0]);
  const [[ones]] = runFused(unary("bit_count", "uint32"), [{ n: 5, inputs: [u] }]) as [[TypedArray]];
  expect([...ones]).toEqual([32, 2, 2, 1, 1]);
  const x = Float32Array.of(1, -0, NaN, 3.5, -2);
  const [[bits]] = runFused(unary("bitcast", "float32", "int32"), [{ n: 5, inputs: [x] }]) as [[TypedArray]];
  expect([...bits]).toEqual([...new Int32Array(x.buffer)]);
});

/** p' = p - lr m', m' = b m + (1 - b^t) g: two vectors in place, a hoisted power, over rows of any length. */
test("rows of any length run in place and share uniform work", () => {
  const f = "float32" as const;
  const vector = { dtype: f, uniform: false };
  const program: FusedProgram = {
    inputs: [vector, vector, vector, { dtype: f, uniform: true }, { dtype: "int32", uniform: true }],
    ops: [
      { op: "log", dtype: f, args: [3] }, // 5
      { op: "cast", dtype: f, args: [4] },
      { op: "mul", dtype: f, args: [5, 6] },
      { op: "exp", dtype: f, args: [7] },
      { op: "const", dtype: f, args: [], value: 1 },
      { op: "neg", dtype: f, args: [8] }, // 10
      { op: "add", dtype: f, args: [9, 10] },
      { op: "mul", dtype: f, args: [3, 1] },
      { op: "mul", dtype: f, args: [11, 2] },
      { op: "add", dtype: f, args: [12, 13] }, // m'
      { op: "neg", dtype: f, args: [14] }, // 15
      { op: "add", dtype: f, args: [0, 15] }, // p'
      { op: "const", dtype: "int32", args: [], value: 1 },
      { op: "add", dtype: "int32", args: [4, 17] }, // t + 1
      { op: "exp", dtype: f, args: [2] }, // never used
    ],
    outputs: [
      { value: 16, uniform: false },
      { value: 14, uniform: false },
      { value: 18, uniform: true },
    ],
  };
  const rows = lengths.map((n) => ({
    n,
    inputs: [
      Float32Array.from({ length: n }, (_, i) => Math.sin(i)),
      Float32Array.from({ length: n }, (_, i) => Math.cos(i)),
      Float32Array.from({ length: n }, (_, i) => i - 3),
      Float32Array.of(0.9),
      Int32Array.of(3 + n),
    ],
  }));
  const fround = Math.fround;
  const results = runFused(program, rows, { 0: 0, 1: 1, 2: 4 });
  rows.forEach(({ n, inputs: [p, m, g] }, r) => {
    const b = fround(0.9);
    const scale = fround(1 - fround(Math.exp(fround(fround(Math.log(b)) * (3 + n)))));
    const m2 = m!.map((x, i) => fround(fround(b * x) + fround(scale * g![i]!)));
    const [p2, actualM, t] = results[r]!;
    expectSame(actualM!, m2, `m' of ${n}`);
    expectSame(
      p2!,
      p!.map((x, i) => x - m2[i]!),
      `p' of ${n}`,
    );
    expect([...t!]).toEqual([n + 4]);
  });
});

test("uniform values are computed once for rows that share their addresses", () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const i32 = "int32" as const;
  const kernel = compileFused(
    {
      inputs: [{ dtype: i32, uniform: true }],
      ops: [
        { op: "const", dtype: i32, args: [], value: 1 },
        { op: "add", dtype: i32, args: [0, 1] },
      ],
      outputs: [
        { value: 2, uniform: true },
        { value: 2, uniform: false },
      ],
    },
    memory,
  );
  const words = new Int32Array(memory.buffer);
  // A counter at byte 256, incremented in place, and two vectors that receive it.
  words.set([2, 256, 256, 512, 3, 256, 256, 768], 0);
  kernel.run(0, 2);
  expect([words[64], ...words.slice(128, 131), ...words.slice(192, 196)]).toEqual([1, 1, 1, 0, 1, 1, 1, 0]);
});

test("reductions give one value a row", () => {
  const f = "float32" as const;
  const program: FusedProgram = {
    inputs: [{ dtype: f, uniform: false }],
    ops: [{ op: "mul", dtype: f, args: [0, 0] }],
    outputs: [],
    reductions: [
      { value: 1, op: "sum" },
      { value: 0, op: "max" },
      { value: 0, op: "min" },
    ],
  };
  const rows = [...lengths, 100_003].map((n) => ({
    n,
    inputs: [Float32Array.from({ length: n }, (_, i) => Math.sin(i + n) * 3)],
  }));
  const results = runFused(program, rows);
  rows.forEach(({ n, inputs: [x] }, r) => {
    const sum = x!.reduce((s, v) => s + Math.fround(v * v), 0);
    const [s, max, min] = results[r]!;
    expect(s![0]).toBe(Math.fround(sum));
    expect([max![0], min![0]]).toEqual(
      [Math.max(...x!.slice(0, 1e4)), Math.min(...x!.slice(0, 1e4))].map((v) =>
        n > 1e4 ? expect.closeTo(v, 3) : v,
      ),
    );
  });
});

test("reductions of every dtype equal a plain loop", () => {
  const combine = {
    sum: (a: number, b: number) => a + b,
    prod: (a: number, b: number) => a * b,
    min: (a: number, b: number) => Math.min(a, b),
    max: (a: number, b: number) => Math.max(a, b),
  };
  const ops = ["sum", "prod", "min", "max"] as const;
  for (const dtype of ["float32", "float64", "int32", "uint32", "bool"] as const) {
    for (const n of lengths.filter((x) => x < 20)) {
      const x = data(dtype, n, dtype === "uint32" ? [3, 1, 4, 1, 5, 9] : [3, -1, 4, 1, -5, 9, 2, 1, 0.5]);
      const program: FusedProgram = {
        inputs: [{ dtype, uniform: false }],
        ops: [],
        outputs: [],
        reductions: ops.map((op) => ({ value: 0, op })),
      };
      const [result] = runFused(program, [{ n, inputs: [x] }]) as [TypedArray[]];
      const extremes = {
        float32: [-Infinity, Infinity],
        float64: [-Infinity, Infinity],
        int32: [-0x80000000, 0x7fffffff],
        uint32: [0, 0xffffffff],
        bool: [0, 1],
      }[dtype] as [number, number];
      const start = { sum: 0, prod: 1, min: extremes[1], max: extremes[0] };
      ops.forEach((op, k) => {
        const wanted = Array.from(x).reduce(combine[op], start[op]);
        const cell = arrayTypes[dtype].from([dtype === "bool" ? Math.sign(wanted) : wanted]);
        expect(result[k]![0], `${op} of ${n} ${dtype}`).toBeCloseTo(cell[0] as number, 3);
      });
    }
  }
});

test("float mod keeps the sign of the numerator", () => {
  const f = { dtype: "float32" as const, uniform: false };
  const program: FusedProgram = {
    inputs: [f, f],
    ops: [
      { op: "mod", dtype: "float32", args: [0, 1] },
      { op: "idiv", dtype: "float32", args: [0, 1] },
    ],
    outputs: [
      { value: 2, uniform: false },
      { value: 3, uniform: false },
    ],
  };
  const a = Float32Array.of(7.5, -7.5, 7.5, 1, 5);
  const b = Float32Array.of(2, 2, -2, 0, 0.5);
  const [[mod, quotient]] = runFused(program, [{ n: 5, inputs: [a, b] }]) as [[TypedArray, TypedArray]];
  expect([...mod]).toEqual([1.5, -1.5, 1.5, NaN, 0]);
  expect([...quotient]).toEqual([3, -3, -3, Infinity, 10]);
});

test("random bits equal jax-js's generator, on vectors and on single elements", () => {
  const u32 = "uint32" as const;
  for (const [mode, op] of [
    ["xor", "random_bits_xor"],
    [0, "random_bits_0"],
    [1, "random_bits_1"],
  ] as const) {
    const program: FusedProgram = {
      inputs: [
        { dtype: u32, uniform: true },
        { dtype: u32, uniform: true },
        { dtype: u32, uniform: false },
      ],
      ops: [{ op, dtype: u32, args: [0, 1, 2] }],
      outputs: [{ value: 3, uniform: false }],
    };
    const n = 13;
    const counter = Uint32Array.from({ length: n }, (_, i) => i);
    const inputs = [Uint32Array.of(0xdeadbeef), Uint32Array.of(42), counter];
    const [[actual]] = runFused(program, [{ n, inputs }]) as [[TypedArray]];
    expect([...actual]).toEqual(Array.from(counter, (c) => threefry(0xdeadbeef, 42, c, mode)));
  }
});

/** Threefry-2x32 as published, on BigInt-free 32-bit arithmetic. */
function threefry(k0: number, k1: number, counter: number, mode: "xor" | 0 | 1): number {
  const keys = [k0, k1, k0 ^ k1 ^ 0x1bd11bda];
  let [x, y] = [k0 | 0, (counter + k1) | 0];
  for (let round = 0; round < 20; round++) {
    const by = [13, 15, 26, 6, 17, 29, 16, 24][round % 8] as number;
    x = (x + y) | 0;
    y = ((y << by) | (y >>> (32 - by))) ^ x;
    if (round % 4 !== 3) continue;
    const block = (round + 1) / 4;
    x = (x + (keys[block % 3] as number)) | 0;
    y = (y + (keys[(block + 1) % 3] as number) + block) | 0;
  }
  return (mode === "xor" ? x ^ y : mode === 0 ? x : y) >>> 0;
}

test("memory may be shared between threads, and lie beyond 2 GiB", () => {
  const memory = new WebAssembly.Memory({ initial: 40000, maximum: 40000, shared: true });
  const far = 2 ** 31 + 4096;
  const kernel = compileFused(unary("exp", "float32"), memory);
  const x = new Float32Array(memory.buffer, far, 9);
  x.set([0, 1, 2, 3, -1, -2, 0.5, 4, 5]);
  const wanted = Float32Array.from(x, Math.exp);
  new Uint32Array(memory.buffer, 0, 3).set([9, far, far]);
  kernel.run(0, 1);
  wanted.forEach((value, i) => {
    expect(x[i]).toBeCloseTo(value, 4);
  });
});

test("a bad program is refused with its place", () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const f = { dtype: "float32" as const, uniform: false };
  const program: FusedProgram = {
    inputs: [f],
    ops: [{ op: "add", dtype: "float32", args: [0, 2] }],
    outputs: [{ value: 1, uniform: false }],
  };
  expect(() => compileFused(program, memory)).toThrow(/add uses value 2 before it is defined/);
  const vectorAsOne = { ...unary("exp", "float32"), outputs: [{ value: 1, uniform: true }] };
  expect(() => compileFused(vectorAsOne, memory)).toThrow(/value 1 differs from lane to lane/);
  const floorOfInt = unary("floor", "int32");
  expect(() => compileFused(floorOfInt, memory)).toThrow(/floor is not defined for int32/);
});
