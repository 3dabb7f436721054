import { grad, numpy as np, tree, vmap } from "@jax-js/jax";
import {
  type ArrayTree,
  compile,
  compileStep,
  fromArray,
  initRuntime,
  Tensor,
  type TensorTree,
  toArray,
} from "@steepest/compile";
import { applyUpdates, type GradientTransformation, sgd } from "steepest";
import type { FiniteSum } from "../../problems/index.ts";
import { permutation, type RandomStream, randomStream } from "../../random.ts";
import { evaluator, type Measured } from "./evaluate.ts";

/** An update rule whose learning rate is an input of the compiled step, so that it can change with every step. */
export type Rule = (rate: np.Array) => GradientTransformation;

export const plainSgd: Rule = (learningRate) => sgd({ learningRate });

/**
 * A method that is more than a rule on one gradient: it may keep a table of gradients or an anchor. Its functions are
 * for one seed; the runner vmaps them.
 */
export interface Method {
  /** The state before the first step. */
  readonly state: TensorTree;
  /** One step. `gradient(x)` is the batch's gradient; `index` int32 [batch]. Consumes x, state, index, borrows rate. */
  step(args: {
    x: np.Array;
    state: ArrayTree;
    index: np.Array;
    rate: np.Array;
    gradient: (x: np.Array) => np.Array;
  }): [np.Array, ArrayTree];
  /** Every `every` steps, the first time before the first step, the state becomes `run(x, state, data)`. */
  readonly refresh?: {
    readonly every: number;
    run(x: np.Array, state: ArrayTree, data: ArrayTree): ArrayTree;
  };
}

/** How a batch of B of n samples is drawn at every step. */
export type Sampling =
  /** Each sample uniformly, independently. */
  | "replacement"
  /** B different samples, uniformly; at every step anew. */
  | "subset"
  /** Through a random order of all samples, a new order every epoch. */
  | "reshuffle"
  /** Every sample at every step: gradient descent. The batch must be n. */
  | "all";

export interface SeedsOptions {
  readonly problem: FiniteSum;
  /** Default: plain SGD. */
  readonly rule?: Rule;
  /** In place of a rule. */
  readonly method?: Method;
  /** Applied to x after every step: a projection, for constrained problems. Consumes x. */
  readonly project?: (x: np.Array) => np.Array;
  readonly start: Float64Array;
  /** Step size at step k = 0, 1, ... */
  readonly rate: (k: number) => number;
  /** Weight of x_k in the average. Default: none is kept. */
  readonly weight?: (k: number) => number;
  /** Samples a step. Default 1. */
  readonly batch?: number;
  /** Default "replacement". */
  readonly sampling?: Sampling;
  /**
   * How many of the batch's samples are drawn at step k, a divisor of `batch`; the others repeat them, so that the mean
   * is that of a smaller batch. Only with replacement. Default: all.
   */
  readonly distinct?: (k: number) => number;
  /** Independent runs, all at once (vmapped). */
  readonly seeds: number;
  /** Separates experiments that would otherwise share their random numbers. */
  readonly purpose: string;
  /** Steps after which to measure: ascending, the last is the number of steps. */
  readonly record: readonly number[];
}

/** Measurements after every recorded number of steps: of x_k, and of the weighted average of x_0 ... x_{k-1}. */
export interface SeedsResult {
  readonly at: readonly number[];
  readonly last: readonly Measured[];
  readonly average: readonly Measured[];
}

type Carry = { x: np.Array; sum: np.Array; state: ArrayTree };

/** No more than this many sample numbers are drawn ahead. */
const ahead = 2_000_000;

/**
 * Runs an update rule from one start point with many seeds and measures f on the way. A run that diverges yields
 * Infinity or NaN in its measurements; the others go on.
 *
 * @throws RangeError for a batch larger than n without replacement, or step counts that do not ascend.
 */
export async function runSeeds(options: SeedsOptions): Promise<SeedsResult> {
  await initRuntime();
  const { problem, rule = plainSgd, start, rate, weight = () => 0, batch = 1, seeds, record } = options;
  check(options);
  const p = problem.dimension;
  const everything = problem.batch(
    Array.from({ length: problem.samples }, (_, i) => i),
    [problem.samples],
  );
  const data = tree.map(toArray, everything as never) as ArrayTree;
  const method = options.method ?? methodOf(rule, start);
  const project = options.project ?? ((x: np.Array) => x);

  const step = ({ x, sum, state }: Carry, index: np.Array, a: np.Array, w: np.Array): [Carry, ArrayTree] => {
    const samples = tree.map((leaf: np.Array) => np.take(leaf.ref, index.ref, 0), data as never) as ArrayTree;
    const gradient = (at: np.Array) =>
      grad((y: np.Array) => problem.loss(y, tree.ref(samples)))(at) as unknown as np.Array;
    const [next, after] = method.step({ x: x.ref, state, index, rate: a, gradient });
    return [{ x: project(next), sum: sum.add(x.mul(w)), state: after }, {}];
  };
  const state = tree.map((leaf: Tensor) => repeat(leaf, seeds), method.state as never) as TensorTree;
  const carry = { x: repeat(new Tensor("float64", [p], start), seeds), sum: zeros(seeds, p), state };
  const scalar = new Tensor("float64", [], new Float64Array(1));
  const program = await compileStep(
    vmap(step as never, [0, 0, null, null] as never) as never,
    carry as never,
    [new Tensor("int32", [seeds, batch], new Int32Array(seeds * batch)), scalar, scalar] as never,
    { executor: "wasm", name: `${problem.name} step` },
  );
  const refresh = await refresher(method, carry, everything);
  const measure = await evaluator(problem, seeds);
  const draw = sampler(options);

  const last: Measured[] = [];
  const average: Measured[] = [];
  let k = 0;
  let total = 0;
  try {
    for (const until of record) {
      while (k < until) {
        if (method.refresh && k % method.refresh.every === 0) {
          const current = (await program.readCarry()) as unknown as typeof carry;
          program.writeCarry({ ...current, state: await refresh.run(current) } as never);
        }
        const pause = method.refresh ? method.refresh.every - (k % method.refresh.every) : Infinity;
        const count = Math.min(until - k, pause, Math.max(1, Math.floor(ahead / (seeds * batch))));
        const rates = Float64Array.from({ length: count }, (_, i) => rate(k + i));
        const weights = Float64Array.from({ length: count }, (_, i) => weight(k + i));
        await program.runMany([
          draw(k, count),
          new Tensor("float64", [count], rates),
          new Tensor("float64", [count], weights),
        ] as never);
        total += weights.reduce((a, b) => a + b, 0);
        k += count;
      }
      const now = (await program.readCarry()) as unknown as { x: Tensor; sum: Tensor };
      last.push(await measure.run(now.x.data as Float64Array));
      if (options.weight && total > 0) {
        average.push(await measure.run(Float64Array.from(now.sum.data, (v) => v / total)));
      }
    }
  } finally {
    await program.dispose();
    await measure.dispose();
    await refresh.dispose();
    tree.dispose(data);
  }
  return { at: record, last, average };
}

/** An optimizer of the library as a method. */
function methodOf(rule: Rule, start: Float64Array): Method {
  const example = np.array(1, { dtype: np.float64 });
  const initial = rule(example).init(np.array(start, { dtype: np.float64 }) as ArrayTree);
  const state = tree.map(fromArray, initial as never) as TensorTree;
  tree.dispose(initial);
  example.dispose();
  return {
    state,
    step({ x, state: current, rate, gradient }) {
      const [update, next] = rule(rate).update(gradient(x.ref) as ArrayTree, current, x.ref as ArrayTree);
      return [applyUpdates(x as ArrayTree, update) as np.Array, next];
    },
  };
}

type HostCarry = { x: Tensor; sum: Tensor; state: TensorTree };

/** The compiled refresh of a method, over all seeds; nothing for a method without one. */
async function refresher({ refresh, state }: Method, carry: HostCarry, data: TensorTree) {
  if (refresh === undefined) return { run: async () => state, dispose: async () => {} };
  const { run } = refresh;
  const program = await compile(
    vmap(run as never, [0, 0, null] as never) as never,
    [carry.x, carry.state, data] as never,
    {
      executor: "native",
      name: "refresh",
    },
  );
  return {
    run: async ({ x, state: now }: HostCarry) =>
      (await program.run(...([x, now, data] as never))) as unknown as TensorTree,
    dispose: () => program.dispose(),
  };
}

function check({ problem, batch = 1, sampling = "replacement", record, seeds, start }: SeedsOptions): void {
  if (!(Number.isInteger(batch) && batch > 0))
    throw new RangeError(`batch is ${batch}; expected 1 or more samples`);
  if (sampling !== "replacement" && batch > problem.samples) {
    throw new RangeError(
      `batch is ${batch}, but ${problem.name} has ${problem.samples} samples; draw with replacement, or a smaller batch`,
    );
  }
  if (!(Number.isInteger(seeds) && seeds > 0)) throw new RangeError(`seeds is ${seeds}; expected 1 or more`);
  if (record.length === 0 || record.some((k, i) => k < (record[i - 1] ?? 0) || !Number.isInteger(k))) {
    throw new RangeError(`record is [${record.join(", ")}]; expected ascending step counts`);
  }
  if (start.length !== problem.dimension) {
    throw new RangeError(`start has ${start.length} coordinates; ${problem.name} has ${problem.dimension}`);
  }
}

const zeros = (seeds: number, p: number) => new Tensor("float64", [seeds, p], new Float64Array(seeds * p));

/** The same tensor once for every seed. */
function repeat(x: Tensor, seeds: number): Tensor {
  const data = new (x.data.constructor as Float64ArrayConstructor)(seeds * x.data.length);
  for (let s = 0; s < seeds; s++) data.set(x.data, s * x.data.length);
  return new Tensor(x.dtype, [seeds, ...x.shape], data);
}

/** Sample numbers int32 [steps, seeds, batch]; every seed has its own stream. */
function sampler({ problem, batch = 1, sampling = "replacement", seeds, purpose, distinct }: SeedsOptions) {
  const n = problem.samples;
  const streams = Array.from({ length: seeds }, (_, s) =>
    order(n, batch, sampling, randomStream(s, purpose)),
  );
  return (first: number, steps: number): Tensor => {
    const indices = new Int32Array(steps * seeds * batch);
    for (let s = 0; s < seeds; s++) {
      const next = streams[s] as (out: Int32Array) => void;
      for (let k = 0; k < steps; k++) {
        const at = (k * seeds + s) * batch;
        const drawn = distinct?.(first + k) ?? batch;
        next(indices.subarray(at, at + drawn));
        for (let b = drawn; b < batch; b++) indices[at + b] = indices[at + (b % drawn)] as number;
      }
    }
    return new Tensor("int32", [steps, seeds, batch], indices);
  };
}

/** Fills in the samples of the next batch. */
function order(
  n: number,
  batch: number,
  sampling: Sampling,
  random: RandomStream,
): (out: Int32Array) => void {
  if (sampling === "replacement") {
    return (out) => {
      for (let b = 0; b < out.length; b++) out[b] = random.below(n);
    };
  }
  if (sampling === "all") {
    return (out) => {
      for (let b = 0; b < batch; b++) out[b] = b;
    };
  }
  if (sampling === "subset") {
    const deck = Int32Array.from({ length: n }, (_, i) => i);
    return (out) => {
      for (let b = 0; b < batch; b++) {
        const j = b + random.below(n - b);
        [deck[b], deck[j]] = [deck[j] as number, deck[b] as number];
        out[b] = deck[b] as number;
      }
    };
  }
  let deck = permutation(n, random);
  let at = 0;
  return (out) => {
    // A batch never straddles two epochs: the remainder of an order is left out.
    if (at + batch > n) {
      deck = permutation(n, random);
      at = 0;
    }
    out.set(deck.subarray(at, at + batch));
    at += batch;
  };
}
