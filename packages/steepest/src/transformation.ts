import { numpy as np, tree } from "@jax-js/jax";
import { type ArrayTree, eachLeaf } from "./tree.ts";

/**
 * What an update may need beyond gradients and parameters. Entries are arrays or trees of arrays, so that they can be
 * arguments of a compiled step; entries shaped like the parameters follow them through `partition` and `mask`.
 */
export interface Extra {
  /** The loss at the current parameters, a scalar. */
  readonly value?: np.Array;
  /** An estimate of the diagonal of the Hessian, shaped like the parameters (`sophia`). */
  readonly hessian?: ArrayTree;
  /** Gradients of the same loss at another point, shaped like the parameters (`mars`, `svrg`, `sarah`). */
  readonly reference?: ArrayTree;
  /** A gradient at the anchor over the whole training set, shaped like the parameters (`svrg`). */
  readonly anchor?: ArrayTree;
  /** The number of the example (or block of examples) the gradient is of, an int32 scalar (`sag`, `saga`). */
  readonly index?: np.Array;
}

/**
 * An optimizer or a part of one: two pure functions, in optax's shape. They run eagerly, under `jit`, and when traced.
 *
 * Every array that is passed in is consumed, as everywhere in jax-js: pass `tree.ref(x)` to keep `x`. Arrays given as
 * hyperparameters are only borrowed.
 */
export interface GradientTransformation<S extends ArrayTree = ArrayTree> {
  /** The state before the first step: a plain tree of arrays. Consumes the parameters. */
  init(params: ArrayTree): S;
  /**
   * One step. `updates` are the gradients (or what the previous transformation made of them); the result is to be added
   * to the parameters with `applyUpdates`.
   *
   * @throws Error when `params` or an entry of `extra` is missing and the rule needs it.
   */
  update<P extends ArrayTree>(updates: P, state: S, params?: P, extra?: Extra): [P, S];
}

/** `params + updates`, leaf by leaf. Consumes both. */
export function applyUpdates<P extends ArrayTree>(params: P, updates: P): P {
  return eachLeaf([params, updates], (p, u) => [p.add(u)])[0];
}

/** The state of a transformation that keeps nothing. */
export type EmptyState = Record<string, never>;

/** `init` of a transformation that keeps nothing. */
export function emptyState(params: ArrayTree): EmptyState {
  tree.dispose(params);
  return {};
}

/** A transformation without state from a function of updates and parameters, which consumes both. */
export function stateless(
  rule: <P extends ArrayTree>(updates: P, params: P | undefined) => P,
): GradientTransformation<EmptyState> {
  return {
    init: emptyState,
    update(updates, state, params, extra) {
      tree.dispose(extra as ArrayTree | undefined);
      return [rule(updates, params), state];
    },
  };
}

/** Drops what a rule does not need. */
export function discard(...trees: readonly (ArrayTree | Extra | undefined)[]): void {
  for (const t of trees) tree.dispose(t as ArrayTree | undefined);
}

/** Passes updates through. */
export const identity = (): GradientTransformation<EmptyState> =>
  stateless((updates, params) => {
    tree.dispose(params);
    return updates;
  });

/** Replaces updates by zeros: with `partition`, freezes parameters. */
export const setToZero = (): GradientTransformation<EmptyState> =>
  stateless((updates, params) => {
    tree.dispose(params);
    return eachLeaf([updates], (g) => [np.zerosLike(g)])[0];
  });

/**
 * Parameters that a rule cannot do without.
 *
 * @throws Error naming the transformation when they were not passed to `update`.
 */
export function need<P>(params: P | undefined, name: string, what = "params"): P {
  if (params === undefined)
    throw new Error(`${name}: update() needs ${what}; pass update(updates, state, params)`);
  return params;
}
