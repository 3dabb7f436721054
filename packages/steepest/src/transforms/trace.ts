import { numpy as np, tree } from "@jax-js/jax";
import { num, oneMinus, type Scalar } from "../scalar.ts";
import type { GradientTransformation } from "../transformation.ts";
import { type ArrayTree, eachLeaf, floatTypeOf, zerosLike } from "../tree.ts";

export type TraceOptions = {
  /** Factor of the past. */
  momentum: Scalar;
  /** Look ahead: use `g + momentum * trace` instead of the trace. Default false. */
  nesterov?: boolean;
  /** The gradient enters as `(1 - dampening) g`, except at the first step. Default 0. */
  dampening?: Scalar;
};

export type TraceState = {
  trace: ArrayTree;
  /** Factor of the next gradient: 1 at first, then 1 - dampening. Kept only with dampening. */
  gain?: np.Array;
};

/** Heavy-ball momentum as a sum: `trace = momentum * trace + (1 - dampening) g`, as in torch.optim.SGD. */
export function trace({
  momentum,
  nesterov = false,
  dampening = 0,
}: TraceOptions): GradientTransformation<TraceState> {
  const damped = dampening !== 0;
  return {
    init(params) {
      const dtype = floatTypeOf(params);
      const zeros = zerosLike(params);
      return damped ? { trace: zeros, gain: np.array(1, { dtype }) } : { trace: zeros };
    },
    update(updates, { trace: past, gain }, params, extra) {
      tree.dispose(params);
      tree.dispose(extra as ArrayTree | undefined);
      const [direction, next] = eachLeaf([updates, past as typeof updates], (g, t) => {
        const m = num(momentum, g);
        const scaled = gain === undefined ? g.ref : g.ref.mul(num(gain, g));
        const sum = t.mul(m.ref).add(scaled);
        if (nesterov) return [g.add(sum.ref.mul(m)), sum];
        g.dispose();
        m.dispose();
        return [sum.ref, sum];
      });
      if (gain === undefined) return [direction, { trace: next }];
      const later = oneMinus(dampening, gain);
      gain.dispose();
      return [direction, { trace: next, gain: later }];
    },
  };
}
