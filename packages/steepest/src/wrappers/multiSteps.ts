import { numpy as np, tree } from "@jax-js/jax";
import { num } from "../scalar.ts";
import type { Extra, GradientTransformation } from "../transformation.ts";
import { type ArrayTree, eachLeaf, zerosLike } from "../tree.ts";
import { select } from "./select.ts";

export type MultiStepsState = { inner: ArrayTree; mean: ArrayTree; count: np.Array };

/**
 * Accumulates gradients over `every` calls and then takes one step of the inner optimizer on their mean: the step of a
 * batch `every` times as large. Calls between return zero updates. `extra` reaches the inner optimizer as it is at the
 * last of the calls.
 *
 * @throws RangeError unless `every` is a positive integer.
 */
export function multiSteps(
  inner: GradientTransformation,
  every: number,
): GradientTransformation<MultiStepsState> {
  if (!(Number.isInteger(every) && every > 0)) {
    throw new RangeError(`multiSteps: every must be a positive integer, got ${every}`);
  }
  return {
    init(params) {
      const mean = zerosLike(tree.ref(params));
      return { inner: inner.init(params), mean, count: np.array(0, { dtype: np.int32 }) };
    },
    update(updates, state, params, extra?: Extra) {
      const [mean] = eachLeaf([updates, state.mean as typeof updates], (g, m) => {
        const share = num(1 / every, g);
        return [m.add(g.mul(share))];
      });
      const count = state.count.add(1);
      const full = np.equal(count.ref, np.array(every, { dtype: np.int32 }));
      const [step, next] = inner.update(tree.ref(mean), tree.ref(state.inner), params, extra);
      const result = select(full, step, zerosLike(tree.ref(mean)));
      const kept = select(full, next, state.inner);
      const rest = select(full, zerosLike(tree.ref(mean)), mean);
      return [
        result,
        { inner: kept, mean: rest, count: np.where(full, np.array(0, { dtype: np.int32 }), count) },
      ];
    },
  };
}
