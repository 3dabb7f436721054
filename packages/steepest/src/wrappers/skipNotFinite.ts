import { numpy as np, tree } from "@jax-js/jax";
import { num } from "../scalar.ts";
import type { GradientTransformation } from "../transformation.ts";
import { type ArrayTree, eachLeaf, sumOver, zerosLike } from "../tree.ts";
import { select } from "./select.ts";

/**
 * Leaves parameters and the inner state as they are at steps whose gradients hold a NaN or an infinity. The state counts
 * such steps.
 */
export function skipNotFinite(
  inner: GradientTransformation,
): GradientTransformation<{ inner: ArrayTree; skipped: np.Array }> {
  return {
    init: (params) => ({ inner: inner.init(params), skipped: np.array(0, { dtype: np.int32 }) }),
    update(updates, state, params, extra) {
      const bad = sumOver(tree.ref(updates), (g) => {
        const [zero, one, bound] = [num(0, g), num(1, g), num(Number.POSITIVE_INFINITY, g)];
        const finite = np.less(np.abs(g), bound);
        return np.where(finite, zero, one).sum();
      });
      const finite = np.equal(bad, 0);
      // The rule runs in either case; zeros keep its unused result from becoming NaN.
      const [safe] = eachLeaf([updates], (g) => {
        const zero = num(0, g);
        return [np.where(finite.ref, g, zero)];
      });
      const [step, next] = inner.update(safe, tree.ref(state.inner), params, extra);
      const result = select(finite, step, zerosLike(tree.ref(step)));
      const kept = select(finite, next, state.inner);
      const skipped = state.skipped.add(
        np.where(finite, np.array(0, { dtype: np.int32 }), np.array(1, { dtype: np.int32 })),
      );
      return [result, { inner: kept, skipped }];
    },
  };
}
