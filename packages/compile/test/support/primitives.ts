import { grad, lax, numpy as np, random, tree } from "@jax-js/jax";
import { compile, type DType, type Executor, type Tensor, tensor, toArray } from "../../src/index.ts";

/**
 * One small program for every primitive of jax-js. docs/primitives.md is the table of where they run; the test keeps it
 * true.
 */

type Program = (...xs: np.Array[]) => np.Array | np.Array[];
interface Case {
  readonly fn: Program;
  /** Shapes of the arguments, filled with small numbers of the dtype. Default: one of [3, 4]. */
  readonly shapes?: readonly (readonly number[])[];
  /** Dtypes that the primitive takes at all. Default: every one. */
  readonly dtypes?: readonly DType[];
  /** Makes the first argument symmetric and positive definite. */
  readonly definite?: boolean;
}

export const dtypes: readonly DType[] = ["float32", "float64", "int32", "uint32", "bool"];
const floats: readonly DType[] = ["float32", "float64"];
const numeric: readonly DType[] = ["float32", "float64", "int32", "uint32"];
const integers: readonly DType[] = ["int32", "uint32"];
const two = [
  [3, 4],
  [3, 4],
];
const index = () => np.array([2, 0, 1], { dtype: np.int32 });
const unary = (f: (x: np.Array) => np.Array, of: readonly DType[] = floats): Case => ({ fn: f, dtypes: of });
const shift = (x: np.Array) => np.array(1, { dtype: x.dtype });

export const primitives: Readonly<Record<string, Case>> = {
  add: { fn: (x, y) => np.add(x!, y!), shapes: two },
  mul: { fn: (x, y) => np.multiply(x!, y!), shapes: two },
  idiv: { fn: (x, y) => np.floorDivide(x!, y!.add(1).astype(x!.dtype)), shapes: two, dtypes: numeric },
  mod: { fn: (x, y) => np.remainder(x!, y!.add(1).astype(x!.dtype)), shapes: two, dtypes: numeric },
  min: { fn: (x, y) => np.minimum(x!, y!), shapes: two },
  max: { fn: (x, y) => np.maximum(x!, y!), shapes: two },
  bit_combine: { fn: (x, y) => np.bitwiseXor(x!, y!), shapes: two, dtypes: [...integers, "bool"] },
  bit_shift: { fn: (x) => np.leftShift(x!.ref, shift(x!)), dtypes: integers },
  bit_count: { fn: (x) => np.bitwiseCount(x!), dtypes: integers },
  neg: unary((x) => np.negative(x), numeric),
  reciprocal: unary((x) => np.reciprocal(x.add(1))),
  floor: unary((x) => np.floor(x)),
  ceil: unary((x) => np.ceil(x)),
  stop_gradient: { fn: (x) => lax.stopGradient(x!) },
  cast: { fn: (x) => x!.astype(np.float32) },
  bitcast: {
    fn: (x) => lax.bitcastConvertType(x!, x!.dtype === np.float32 ? np.int32 : np.float32),
    dtypes: ["float32", "int32", "uint32"],
  },
  sin: unary((x) => np.sin(x)),
  cos: unary((x) => np.cos(x)),
  asin: unary((x) => np.arcsin(x.mul(0.05))),
  atan: unary((x) => np.arctan(x)),
  exp: unary((x) => np.exp(x)),
  log: unary((x) => np.log(x.add(1))),
  erf: unary((x) => lax.erf(x)),
  erfc: unary((x) => lax.erfc(x)),
  sqrt: unary((x) => np.sqrt(x)),
  reduce: { fn: (x) => [x!.ref.sum(0), np.max(x!, 1)], dtypes: numeric },
  dot: {
    fn: (x, y) => np.matmul(x!, y!),
    shapes: [
      [3, 4],
      [4, 2],
    ],
    dtypes: numeric,
  },
  conv: {
    fn: (x, w) => lax.convGeneralDilated(x!, w!, [1, 1], "SAME"),
    shapes: [
      [1, 2, 4, 4],
      [3, 2, 3, 3],
    ],
    dtypes: numeric,
  },
  pool: { fn: (x) => lax.reduceWindow(x!, (w) => np.max(w), [2, 2], [1, 1]), dtypes: numeric },
  pool_transpose: unary((x) =>
    grad((y: np.Array) => np.square(lax.reduceWindow(y, (w) => np.mean(w), [2, 2], [1, 1])).sum())(x),
  ),
  compare: { fn: (x, y) => np.less(x!, y!), shapes: two },
  where: { fn: (x, y) => np.where(np.array([true, false, true, false]), x!, y!), shapes: two },
  concatenate: { fn: (x, y) => np.concatenate([x!, y!], 0), shapes: two },
  split: { fn: (x) => np.split(x!, 2, 1) },
  random_bits: { fn: (k) => random.bits(k!.reshape([-1]).slice([0, 2]), [5]), dtypes: ["uint32"] },
  gather: { fn: (x) => np.take(x!, index(), 1) },
  scatter: unary((x) => grad((y: np.Array) => np.square(np.take(y, index(), 1)).sum())(x)),
  transpose: { fn: (x) => x!.transpose() },
  broadcast: { fn: (x) => np.broadcastTo(x!, [2, 3, 4]) },
  reshape: { fn: (x) => x!.reshape([2, 6]) },
  flip: { fn: (x) => np.flip(x!, 1) },
  shrink: { fn: (x) => x!.slice([1, 3], [0, 2]) },
  pad: {
    fn: (x) =>
      np.pad(x!, [
        [1, 0],
        [0, 2],
      ]),
  },
  sort: { fn: (x) => np.sort(x!), dtypes: numeric },
  argsort: { fn: (x) => np.argsort(x!), dtypes: numeric },
  triangular_solve: {
    fn: (a, b) => lax.linalg.triangularSolve(a!, b!, { leftSide: true, lower: true }),
    shapes: [
      [3, 3],
      [3, 2],
    ],
    dtypes: floats,
    definite: true,
  },
  cholesky: { fn: (a) => lax.linalg.cholesky(a!), shapes: [[3, 3]], dtypes: floats, definite: true },
  lu: { fn: (a) => lax.linalg.lu(a!)[0], shapes: [[3, 3]], dtypes: floats, definite: true },
  jacobi_eigh: { fn: (a) => np.linalg.eigh(a!)[0], shapes: [[3, 3]], dtypes: floats, definite: true },
  fft: {
    fn: (x) => np.fft.fft({ real: x!.ref, imag: x!.mul(0) } as never).real,
    shapes: [[8]],
    dtypes: floats,
  },
};

/** Arguments of a case in one dtype: small, positive, and different from each other. */
export function argumentsOf(test: Case, dtype: DType): Tensor[] {
  return (test.shapes ?? [[3, 4]]).map((shape, i) => {
    const size = shape.reduce((a, b) => a * b, 1);
    if (i === 0 && test.definite) {
      const n = shape[0] as number;
      const entry = (k: number) =>
        Math.floor(k / n) === k % n ? 4 + (k % n) : 1 / (1 + Math.abs(Math.floor(k / n) - (k % n)));
      return tensor(
        Array.from({ length: size }, (_, k) => entry(k)),
        shape,
        dtype,
      );
    }
    return tensor(
      Array.from({ length: size }, (_, k) => (dtype === "bool" ? (k + i) % 2 : ((k * 7 + 3 * i) % 11) + i)),
      shape,
      dtype,
    );
  });
}

/** The same program run eagerly by jax-js. */
export function reference(test: Case, args: readonly Tensor[]): Tensor["data"][] {
  const results = test.fn(...args.map(toArray));
  return (tree.leaves(results as never) as np.Array[]).map((x) => x.dataSync() as Tensor["data"]);
}

/** How an executor runs a case: "yes", "loops" (native, outside ONNX Runtime), or the reason why not. */
export async function runCase(
  test: Case,
  args: readonly Tensor[],
  executor: Executor,
): Promise<{ how: string; data: Tensor["data"][] }> {
  const program = await compile(test.fn as never, args as never, { executor });
  const result = await (program.run as unknown as (...xs: readonly Tensor[]) => Promise<unknown>)(...args);
  const how = program.explain().includes("WebAssembly loops") ? "loops" : "yes";
  await program.dispose();
  return { how, data: (tree.leaves(result as never) as Tensor[]).map((x) => x.data) };
}
