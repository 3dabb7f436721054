import { grad, numpy as np, tree, vmap } from "@jax-js/jax";
import {
  type ArrayTree,
  compileStep,
  type Executor,
  fromArray,
  initRuntime,
  Tensor,
  type TensorTree,
  type TypedArray,
  toArray,
} from "@steepest/compile";
import { applyUpdates, type GradientTransformation } from "steepest";
import type { Batch } from "../../tasks/objective.ts";
import type { HostBatch } from "../../tasks/task.ts";
import type { Rule } from "./method.ts";

export interface LanesOptions {
  readonly name: string;
  /** The initial parameters of every lane: trees of one shape and one floating type. */
  readonly starts: readonly TensorTree[];
  /** The loss of one lane on a batch. Consumes its arguments. */
  loss(params: ArrayTree, batch: Batch): np.Array;
  readonly rule: Rule;
  /** The rule's state before the first step. Default: what its `init` returns. */
  readonly state?: (initial: TensorTree, start: TensorTree) => TensorTree;
  /** Makes of the gradient at the parameters what the rule is given: SAM, for example. Default: nothing. */
  readonly wrap?: (gradient: (params: ArrayTree) => ArrayTree) => (params: ArrayTree) => ArrayTree;
  /** The batch of a lane at step k = 0, 1, ...; one for all when `shared`. */
  batch(k: number, lane: number): HostBatch;
  readonly shared?: boolean;
  /** The learning rate of a lane at step k. */
  rate(k: number, lane: number): number;
  /** What is measured of one lane. Consumes its arguments. */
  measure(params: ArrayTree, examples: Batch): ArrayTree;
  /** What it is measured on, by lane; one for all when there is one. */
  readonly examples: readonly HostBatch[];
  /** Steps after which to measure: ascending, the last is the number of steps. */
  readonly record: readonly number[];
  /** Default "native". */
  readonly executor?: Executor;
}

export interface LanesResult {
  /** For every recorded number of steps what `measure` returned, with a leading axis of lanes. */
  readonly measured: readonly TensorTree[];
  /** The final parameters of every lane. */
  readonly params: readonly TensorTree[];
}

/**
 * Trains one network many times at once, as lanes (vmapped) of one compiled program that differ in initial values, batches and
 * learning rate. A lane that diverges has NaN or Infinity in its measurements; the others go on.
 */
export async function trainLanes(options: LanesOptions): Promise<LanesResult> {
  const { name, starts, loss, rule, wrap = (g) => g, shared = false, examples, record } = options;
  await initRuntime();
  const lanes = starts.length;
  const params = stack(starts);
  const dtype = (tree.leaves<Tensor>(params)[0] as Tensor).dtype as "float32" | "float64";
  const { state: adapt = (initial) => initial } = options;
  const state = stack(starts.map((start) => adapt(initialState(rule, start, dtype), start)));
  type Carry = { params: ArrayTree; state: ArrayTree };
  const step = ({ params, state }: Carry, batch: Batch, rate: np.Array): [Carry, ArrayTree] => {
    const gradient = (p: ArrayTree) => grad((q: ArrayTree) => loss(q, tree.ref(batch)))(p) as ArrayTree;
    const direction = wrap(gradient)(tree.ref(params));
    const [updates, next] = rule(rate).update(direction, state, tree.ref(params));
    tree.dispose(batch);
    return [{ params: applyUpdates(params, updates), state: next }, {}];
  };
  const batchOf = (k: number): HostBatch =>
    shared
      ? options.batch(k, 0)
      : (stack(Array.from({ length: lanes }, (_, lane) => options.batch(k, lane))) as unknown as HostBatch);
  const ratesOf = (k: number): Tensor => {
    const rates = Array.from({ length: lanes }, (_, lane) => options.rate(k, lane));
    const data = dtype === "float64" ? Float64Array.from(rates) : Float32Array.from(rates);
    return new Tensor(dtype, [lanes], data);
  };
  const axes = [0, shared ? null : 0, 0];
  const program = await compileStep(
    vmap(step as never, axes as never) as never,
    { params, state } as never,
    [batchOf(0), ratesOf(0)] as never,
    { name, executor: options.executor ?? "native" },
  );
  const one = examples.length === 1;
  const measured: TensorTree[] = [];
  try {
    const evaluated = one ? (examples[0] as HostBatch) : stack(examples as unknown as TensorTree[]);
    const measure = ({ params, state }: Carry, batch: Batch) => {
      tree.dispose(state);
      return options.measure(params, batch);
    };
    const evaluator = await program.derive(
      vmap(measure as never, [0, one ? null : 0] as never) as never,
      [evaluated] as never,
      { name: `${name} evaluation` },
    );
    let k = 0;
    for (const until of record) {
      for (; k < until; k++) await program.run(...([batchOf(k), ratesOf(k)] as never));
      measured.push((await evaluator.run(...([evaluated] as never))) as TensorTree);
    }
    await evaluator.dispose();
    const final = (await program.readCarry()) as unknown as { params: TensorTree };
    return { measured, params: starts.map((_, lane) => part(final.params, lane)) };
  } finally {
    await program.dispose();
  }
}

function initialState(rule: (rate: np.Array) => GradientTransformation, start: TensorTree, dtype: string) {
  const rate = np.array(1, { dtype: dtype as np.DType });
  const params = tree.map(toArray, start as never) as ArrayTree;
  const state = rule(rate).init(params);
  const host = tree.map(fromArray, state as never) as TensorTree;
  tree.dispose(state);
  rate.dispose();
  return host;
}

export const toDouble = (x: Tensor): Tensor => new Tensor("float64", x.shape, Float64Array.from(x.data));

/** Trees of equal shapes as one, with a leading axis. */
export function stack(trees: readonly TensorTree[]): TensorTree {
  const leaves = trees.map((t) => tree.leaves<Tensor>(t));
  const [first] = leaves as [Tensor[]];
  const stacked = first.map((leaf, i) => {
    const size = leaf.data.length;
    const data = new (leaf.data.constructor as new (n: number) => TypedArray)(trees.length * size);
    leaves.forEach((own, lane) => {
      data.set((own[i] as Tensor).data as never, lane * size);
    });
    return new Tensor(leaf.dtype, [trees.length, ...leaf.shape], data);
  });
  return tree.unflatten(tree.structure(trees[0] as TensorTree), stacked) as TensorTree;
}

/** The tree of one lane. */
const part = (trees: TensorTree, lane: number): TensorTree =>
  tree.map((leaf: Tensor) => {
    const size = leaf.data.length / (leaf.shape[0] as number);
    return new Tensor(leaf.dtype, leaf.shape.slice(1), leaf.data.slice(lane * size, (lane + 1) * size));
  }, trees as never) as TensorTree;
