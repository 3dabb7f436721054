import { type JsTree, tree } from "@jax-js/jax";
import { checkTree, type TreeSpec } from "../program.ts";
import { Tensor } from "../tensor.ts";

export interface ManyOptions {
  /** Number of steps; needed only when no input has a leading axis. */
  readonly steps?: number;
  /** Keep the outputs of every `every`-th step. Default 1. */
  readonly every?: number;
}

/** Checks the inputs of many steps: which leaves move, and how many steps there are. */
export function checkMany(
  inputs: unknown,
  spec: TreeSpec,
  options: ManyOptions,
  name: string,
): { tensors: Tensor[]; moves: boolean[]; steps: number; every: number } {
  const [leaves, structure] = tree.flatten<unknown>(inputs as JsTree<unknown>);
  const moves = leaves.map(
    (leaf, i) => leaf instanceof Tensor && leaf.shape.length === (spec.leaves[i]?.shape.length ?? 0) + 1,
  );
  let steps = options.steps;
  // A part of each moving leaf must be what one step takes.
  const parts = leaves.map((leaf, i) => {
    if (!moves[i]) return leaf;
    const { dtype, shape, data } = leaf as Tensor;
    const [count, ...rest] = shape as [number, ...number[]];
    steps ??= count;
    if (count !== steps) {
      throw new TypeError(`${name}: ${spec.leaves[i]?.path} holds ${count} steps, expected ${steps}`);
    }
    return new Tensor(dtype, rest, data.subarray(0, data.length / Math.max(count, 1)));
  });
  const checked = checkTree(tree.unflatten(structure, parts as never[]), spec, name);
  const every = options.every ?? 1;
  if (steps === undefined || !Number.isInteger(steps) || !(Number.isInteger(every) && every > 0)) {
    throw new RangeError(
      `${name}: runMany needs whole numbers of steps and of steps per record; got ${steps} and ${every}`,
    );
  }
  return { tensors: checked.map((x, i) => (moves[i] ? (leaves[i] as Tensor) : x)), moves, steps, every };
}
