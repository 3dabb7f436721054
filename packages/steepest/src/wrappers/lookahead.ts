import { numpy as np, tree } from "@jax-js/jax";
import { num, type Scalar } from "../scalar.ts";
import { type GradientTransformation, need } from "../transformation.ts";
import { type ArrayTree, eachLeaf } from "../tree.ts";

export type LookaheadOptions = {
  /** Fast steps between slow ones. Default 5. */
  every?: number;
  /** How far the slow weights follow. Default 0.5. */
  slowStep?: Scalar;
};

/**
 * Lookahead: k steps forward, one step back.
 *
 * Rule: the inner optimizer moves x; every k steps $\phi \leftarrow \phi + \alpha (x - \phi)$ and $x \leftarrow \phi$.
 * Defaults: the paper's k = 5 and alpha = 0.5.
 * Use: Around any optimizer whose path oscillates; it lowers the variance of the iterates and forgives a rate that is too
 * large.
 * Avoid: When memory is scarce, or the inner optimizer averages already (scheduleFree).
 * Memory: one number per parameter, besides the inner optimizer's.
 * Cost: One elementwise pass besides the inner one: reads x, the step and the slow weights, writes two of them.
 * Paper: Zhang, Lucas, Hinton, Ba, Lookahead optimizer: k steps forward, 1 step back, 2019.
 */
export function lookahead(
  inner: GradientTransformation,
  { every = 5, slowStep = 0.5 }: LookaheadOptions = {},
): GradientTransformation<{ inner: ArrayTree; slow: ArrayTree; count: np.Array }> {
  return {
    init: (params) => ({
      inner: inner.init(tree.ref(params)),
      slow: params,
      count: np.array(0, { dtype: np.int32 }),
    }),
    update(updates, state, given, extra) {
      const params = need(given, "lookahead");
      const [step, next] = inner.update(updates, state.inner, tree.ref(params), extra);
      const count = state.count.add(1);
      const due = np.equal(count.ref.mod(every), np.array(0, { dtype: np.int32 }));
      const [result, slow] = eachLeaf([step, params, state.slow], (d, x, s) => {
        const share = num(slowStep, x);
        const fast = x.ref.add(d.ref);
        const follow = s.ref.add(fast.sub(s.ref).mul(share));
        return [np.where(due.ref, follow.ref.sub(x), d), np.where(due.ref, follow, s)];
      });
      due.dispose();
      return [result, { inner: next, slow, count }];
    },
  };
}
