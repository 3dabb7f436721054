import { grad, numpy as np, tree, vmap } from "@jax-js/jax";
import {
  type ArrayTree,
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
  readonly start: Float64Array;
  /** Step size at step k = 0, 1, ... */
  readonly rate: (k: number) => number;
  /** Weight of x_k in the average. Default: none is kept. */
  readonly weight?: (k: number) => number;
  /** Samples a step. Default 1. */
  readonly batch?: number;
  /** Default "replacement". */
  readonly sampling?: Sampling;
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
  const data = tree.map(
    toArray,
    problem.batch(
      Array.from({ length: problem.samples }, (_, i) => i),
      [problem.samples],
    ) as never,
  ) as ArrayTree;

  const step = ({ x, sum, state }: Carry, index: np.Array, a: np.Array, w: np.Array): [Carry, ArrayTree] => {
    const samples = tree.map((leaf: np.Array) => np.take(leaf.ref, index.ref, 0), data as never) as ArrayTree;
    const gradient = grad((y: np.Array) => problem.loss(y, samples))(x.ref);
    const [update, next] = rule(a).update(gradient as ArrayTree, state, x.ref as ArrayTree);
    return [
      { x: applyUpdates(x.ref as ArrayTree, update) as np.Array, sum: sum.add(x.mul(w)), state: next },
      {},
    ];
  };
  const example = np.array(1, { dtype: np.float64 });
  const one = rule(example).init(np.array(start, { dtype: np.float64 }) as ArrayTree);
  const state = tree.map((leaf: np.Array) => repeat(fromArray(leaf), seeds), one as never) as TensorTree;
  const carry = { x: repeat(new Tensor("float64", [p], start), seeds), sum: zeros(seeds, p), state };
  const scalar = new Tensor("float64", [], new Float64Array(1));
  const program = await compileStep(
    vmap(step as never, [0, 0, null, null] as never) as never,
    carry as never,
    [new Tensor("int32", [seeds, batch], new Int32Array(seeds * batch)), scalar, scalar] as never,
    { executor: "wasm", name: `${problem.name} step` },
  );
  const measure = await evaluator(problem, seeds);
  const draw = sampler(options);

  const last: Measured[] = [];
  const average: Measured[] = [];
  let k = 0;
  let total = 0;
  try {
    for (const until of record) {
      while (k < until) {
        const count = Math.min(until - k, Math.max(1, Math.floor(ahead / (seeds * batch))));
        const rates = Float64Array.from({ length: count }, (_, i) => rate(k + i));
        const weights = Float64Array.from({ length: count }, (_, i) => weight(k + i));
        await program.runMany([
          draw(count),
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
    tree.dispose(data);
  }
  return { at: record, last, average };
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
function sampler({ problem, batch = 1, sampling = "replacement", seeds, purpose }: SeedsOptions) {
  const n = problem.samples;
  const streams = Array.from({ length: seeds }, (_, s) =>
    order(n, batch, sampling, randomStream(s, purpose)),
  );
  return (steps: number): Tensor => {
    const indices = new Int32Array(steps * seeds * batch);
    for (let s = 0; s < seeds; s++) {
      const next = streams[s] as (out: Int32Array) => void;
      for (let k = 0; k < steps; k++) {
        const at = (k * seeds + s) * batch;
        next(indices.subarray(at, at + batch));
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
      for (let b = 0; b < batch; b++) out[b] = random.below(n);
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
