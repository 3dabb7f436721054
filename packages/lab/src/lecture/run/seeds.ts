import { grad, numpy as np, tree, vmap } from "@jax-js/jax";
import {
  type ArrayTree,
  compile,
  compileStep,
  initRuntime,
  Tensor,
  type TensorTree,
  toArray,
} from "@steepest/compile";
import { type FiniteSum, maximum } from "../../problems/finite-sum.ts";
import { squaredDistance } from "../../problems/symmetric.ts";
import { evaluator } from "./evaluate.ts";
import { initialState, type Method, plainSgd, type Rule, stepOf } from "./method.ts";
import { type Sampling, sampler } from "./sampling.ts";

export interface SeedsOptions {
  readonly problem: FiniteSum;
  /** Default: plain SGD. */
  readonly rule?: Rule;
  /** In place of a rule. */
  readonly method?: Method;
  /** Applied to x after every step: a projection, for constrained problems. Consumes x. */
  readonly project?: (x: np.Array) => np.Array;
  /** Where every seed starts, or where each does. */
  readonly start: Float64Array | ((seed: number) => Float64Array);
  /** Step size at step k = 0, 1, ... */
  readonly rate: (k: number) => number;
  /** Weight of x_k in the average. Default: none is kept. */
  readonly weight?: (k: number) => number;
  /** Samples a step. Default 1. */
  readonly batch?: number;
  /** Default "replacement". */
  readonly sampling?: Sampling;
  /** How many of the batch's samples are drawn at step k; see `SamplerOptions`. */
  readonly distinct?: (k: number) => number;
  /** Independent runs, all at once (vmapped). */
  readonly seeds: number;
  /** Separates experiments that would otherwise share their random numbers. */
  readonly purpose: string;
  /** Steps after which to measure: ascending, the last is the number of steps. */
  readonly record: readonly number[];
  /** Runs all but the steps, which are tiny programs of "wasm". Browsers have no "native". Default "native". */
  readonly executor?: "native" | "wasm" | undefined;
}

/** The points of all seeds at one time, and what most theorems speak of. More: `evaluateAt`. */
export interface Measured {
  /** Row-major [seeds, dimension]. */
  readonly x: Float64Array;
  /** f(x) - f* */
  readonly gap: Float64Array;
  /** ||x - x*||^2 */
  readonly distance2: Float64Array;
}

/** Measurements after every recorded number of steps: of x_k, and of the weighted average of x_0 ... x_{k-1}. */
export interface SeedsResult {
  readonly at: readonly number[];
  readonly last: readonly Measured[];
  readonly average: readonly Measured[];
  /** The largest ||x_j - x*||^2 of any point of any seed at which a gradient was taken, recorded or not. */
  readonly radius2: number;
}

interface Carry {
  readonly x: np.Array;
  /** The weighted sum of the points at which gradients were taken. */
  readonly sum: np.Array;
  /** The largest ||x_j - x*||^2 of any of them. */
  readonly far: np.Array;
  readonly state: ArrayTree;
  readonly memory: ArrayTree;
}

type HostCarry = { [K in keyof Carry]: Carry[K] extends np.Array ? Tensor : TensorTree };

/** No more than this many sample numbers are drawn ahead. */
const ahead = 2_000_000;

/**
 * Runs an update rule from one start point with many seeds and measures f on the way. A run that diverges yields
 * Infinity or NaN in its measurements; the others go on.
 *
 * @throws RangeError for a batch that cannot be drawn (see `sampler`), step counts that do not ascend, a start of the
 * wrong length or with a coordinate that is not finite, and, at its step, a step size that is not a number >= 0.
 */
export async function runSeeds(options: SeedsOptions): Promise<SeedsResult> {
  const { problem, rate, weight = () => 0, batch = 1, seeds, record } = options;
  const { sampling = "replacement", purpose, distinct, executor = "native" } = options;
  const draw = sampler({ samples: problem.samples, batch, sampling, seeds, purpose, distinct });
  const starts = Array.from({ length: seeds }, (_, s) =>
    typeof options.start === "function" ? options.start(s) : options.start,
  );
  check(problem, record, starts);
  await initRuntime();
  const p = problem.dimension;
  const method = options.method ?? { rule: options.rule ?? plainSgd };
  const everything = problem.batch(
    Array.from({ length: problem.samples }, (_, i) => i),
    [problem.samples],
  );
  const data = tree.map(toArray, everything as never) as ArrayTree;
  const state = initialState(method, starts[0] as Float64Array);
  const carry: HostCarry = {
    x: new Tensor("float64", [seeds, p], Float64Array.from(starts.flatMap((x) => Array.from(x)))),
    sum: zeros([seeds, p]),
    far: zeros([seeds]),
    state: tree.map((leaf: Tensor) => repeat(leaf, seeds), state as never) as TensorTree,
    memory: tree.map((leaf: Tensor) => repeat(leaf, seeds), (method.memory ?? {}) as never) as TensorTree,
  };
  const scalar = new Tensor("float64", [], new Float64Array(1));
  const program = await compileStep(
    vmap(stepProgram(options, method, data) as never, [0, 0, null, null] as never) as never,
    carry as never,
    [new Tensor("int32", [seeds, batch], new Int32Array(seeds * batch)), scalar, scalar] as never,
    { executor: "wasm", name: `${problem.name} step` },
  );
  const refresh = await refresher(method, carry, everything, executor);
  const loss = await evaluator(problem, seeds, "loss", executor);
  const { fStar, xStar } = problem.constants;
  const measure = async (x: Float64Array): Promise<Measured> => ({
    x,
    gap: (await loss.run(x)).map((value) => value - fStar),
    distance2: Float64Array.from({ length: seeds }, (_, s) =>
      squaredDistance(x.subarray(s * p, (s + 1) * p), xStar),
    ),
  });

  const last: Measured[] = [];
  const average: Measured[] = [];
  let k = 0;
  let total = 0;
  let radius2 = 0;
  try {
    for (const until of record) {
      while (k < until) {
        const pause = method.refresh ? method.refresh.every - (k % method.refresh.every) : Infinity;
        const count = Math.min(until - k, pause, Math.max(1, Math.floor(ahead / (seeds * batch))));
        const rates = ratesOf(rate, k, count);
        const weights = Float64Array.from({ length: count }, (_, i) => weight(k + i));
        await program.runMany([
          draw(k, count),
          new Tensor("float64", [count], rates),
          new Tensor("float64", [count], weights),
        ] as never);
        total += weights.reduce((a, b) => a + b, 0);
        k += count;
        if (method.refresh && k % method.refresh.every === 0) {
          const current = (await program.readCarry()) as unknown as HostCarry;
          program.writeCarry({ ...current, ...(await refresh.run(current)) } as never);
        }
      }
      const now = (await program.readCarry()) as unknown as HostCarry;
      last.push(await measure(now.x.data as Float64Array));
      radius2 = maximum(now.far.data);
      if (options.weight && total > 0) {
        average.push(await measure(Float64Array.from(now.sum.data, (v) => v / total)));
      }
    }
  } finally {
    await program.dispose();
    await loss.dispose();
    await refresh.dispose();
    tree.dispose(data);
  }
  return { at: record, last, average, radius2 };
}

/** One step of one seed: what is measured on the way, then the method's step. */
function stepProgram({ problem, project }: SeedsOptions, method: Method, data: ArrayTree) {
  const { loss, constants } = problem;
  return ({ x, sum, far, state, memory }: Carry, index: np.Array, rate: np.Array, weight: np.Array) => {
    const samples = tree.map((leaf: np.Array) => np.take(leaf.ref, index.ref, 0), data as never) as ArrayTree;
    const gradient = (at: np.Array) =>
      grad((y: np.Array) => loss(y, tree.ref(samples)))(at) as unknown as np.Array;
    const distance = np.square(x.ref.sub(np.array(constants.xStar, { dtype: x.dtype }))).sum();
    const kept = method.remember ? method.remember(memory, x.ref) : memory;
    const [next, after] = stepOf(method, state, rate, { x: x.ref, index, memory: kept, gradient });
    const carry: Carry = {
      x: project ? project(next) : next,
      sum: sum.add(x.mul(weight)),
      far: np.maximum(far, distance),
      state: after,
      memory: kept,
    };
    return [carry, {}];
  };
}

/** The compiled refresh of a method, over all seeds; nothing for a method without one. */
async function refresher(
  { refresh }: Method,
  { x, memory }: HostCarry,
  data: TensorTree,
  executor: "native" | "wasm",
) {
  if (refresh === undefined) return { run: async () => ({}), dispose: async () => {} };
  const program = await compile(
    vmap(refresh.run as never, [0, 0, null] as never) as never,
    [x, memory, data] as never,
    { executor, name: "refresh" },
  );
  return {
    async run(now: HostCarry): Promise<Pick<HostCarry, "x" | "memory">> {
      const next = (await program.run(...([now.x, now.memory, data] as never))) as unknown;
      const [x, memory] = next as [Tensor, TensorTree];
      return { x, memory };
    },
    dispose: () => program.dispose(),
  };
}

function check(problem: FiniteSum, record: readonly number[], starts: readonly Float64Array[]): void {
  if (record.length === 0 || record.some((k, i) => k < (record[i - 1] ?? 0) || !Number.isInteger(k))) {
    throw new RangeError(`record is [${record.join(", ")}]; expected ascending step counts`);
  }
  for (const start of starts) {
    if (start.length !== problem.dimension) {
      throw new RangeError(`start has ${start.length} coordinates; ${problem.name} has ${problem.dimension}`);
    }
    const bad = start.findIndex((v) => !Number.isFinite(v));
    if (bad >= 0) throw new RangeError(`start: coordinate ${bad} is ${start[bad]}; expected a finite number`);
  }
}

/** Step sizes for `count` steps from k on. */
function ratesOf(rate: (k: number) => number, k: number, count: number): Float64Array {
  const rates = Float64Array.from({ length: count }, (_, i) => rate(k + i));
  const bad = rates.findIndex((a) => !(a >= 0 && a < Infinity));
  if (bad >= 0) throw new RangeError(`rate(${k + bad}) is ${rates[bad]}; expected a number >= 0`);
  return rates;
}

const zeros = (shape: readonly number[]) =>
  new Tensor("float64", shape, new Float64Array(shape.reduce((a, b) => a * b, 1)));

/** The same tensor once for every seed. */
function repeat(x: Tensor, seeds: number): Tensor {
  const data = new (x.data.constructor as Float64ArrayConstructor)(seeds * x.data.length);
  for (let s = 0; s < seeds; s++) data.set(x.data, s * x.data.length);
  return new Tensor(x.dtype, [seeds, ...x.shape], data);
}
