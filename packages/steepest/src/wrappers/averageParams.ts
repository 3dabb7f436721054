import { numpy as np, tree } from "@jax-js/jax";
import { ema, emaOfOnes, num, type Scalar, scalarZero } from "../scalar.ts";
import { discard, type GradientTransformation, need } from "../transformation.ts";
import { type ArrayTree, eachLeaf, zerosLike } from "../tree.ts";

// Averages of iterates. Each goes at the end of a chain, passes updates through, and keeps the average in its state.

export type AverageState = { average: ArrayTree; weight: np.Array; count: np.Array };

export type AverageParamsOptions = {
  /** Steps before the first that counts. Default 0. */
  start?: number;
  /** Every how many steps an iterate counts. Default 1. */
  every?: number;
};

/**
 * The plain mean of iterates: Polyak-Ruppert averaging; with `start`, suffix averaging; with `every`, stochastic weight
 * averaging (SWA, once an epoch). Memory: one number per parameter. Polyak, Juditsky, 1992; Izmailov et al., 2018.
 */
export function averageParams({
  start = 0,
  every = 1,
}: AverageParamsOptions = {}): GradientTransformation<AverageState> {
  return {
    init: initial,
    update(updates, state, given, extra) {
      discard(extra);
      const since = state.count.ref.sub(np.array(start, { dtype: np.int32 }));
      const isLate = np.greaterEqual(since.ref, 0);
      const due = np.where(isLate, np.equal(since.mod(every), np.array(0, { dtype: np.int32 })), false);
      const weight = state.weight.add(np.where(due.ref, num(1, state.weight), num(0, state.weight)));
      const divisor = np.maximum(weight.ref, num(1, weight));
      const [kept, average] = eachLeaf([updates, need(given, "averageParams"), state.average], (u, x, a) => {
        const moved = a.ref.add(x.add(u.ref).sub(a.ref).div(num(divisor, u)));
        return [u, np.where(due.ref, moved, a)];
      });
      due.dispose();
      divisor.dispose();
      return [kept, { average, weight, count: state.count.add(1) }];
    },
  };
}

/** The exponential moving average of iterates. Memory: one number per parameter. */
export const averageParamsExponentially = (decay: Scalar): GradientTransformation<AverageState> => ({
  init: initial,
  update(updates, state, given, extra) {
    discard(extra);
    const weight = emaOfOnes(state.weight, decay);
    const [kept, average] = eachLeaf(
      [updates, need(given, "averageParamsExponentially"), state.average],
      (u, x, a) => [u.ref, ema(a, x.add(u), decay)],
    );
    return [kept, { average, weight, count: state.count.add(1) }];
  },
});

/** The average to evaluate: of `averageParamsExponentially` with its zero start corrected. Borrows the state. */
export const averagedParams = (state: AverageState, kind: "mean" | "exponential"): ArrayTree =>
  eachLeaf([tree.ref(state.average)], (a) => {
    if (kind === "mean") return [a];
    const weight = num(state.weight, a);
    return [a.div(weight)];
  })[0];

function initial(params: ArrayTree): AverageState {
  const weight = scalarZero(params);
  return { average: zerosLike(params), weight, count: np.array(0, { dtype: np.int32 }) };
}
