import { numpy as np, tree } from "@jax-js/jax";
import { ema, num, type Scalar, sign } from "../scalar.ts";
import { discard, type GradientTransformation } from "../transformation.ts";
import { type ArrayTree, eachLeaf, zerosLike } from "../tree.ts";
import { type DescentOptions, descend } from "./descend.ts";

export type SophiaOptions = DescentOptions & {
  /** Decay of the momentum. Default 0.965. */
  b1?: Scalar;
  /** Decay of the Hessian estimate. Default 0.99. */
  b2?: Scalar;
  /** Clipping threshold: larger lets more coordinates move by less than the learning rate. Default 0.04. */
  rho?: Scalar;
  /** Examples in a batch: the Gauss-Newton-Bartlett estimate is batchSize g^2. Default 1. */
  batchSize?: Scalar;
  /** Without `extra.hessian`: steps between refreshes of the estimate from the step's own gradient. Default 10. */
  every?: number;
  /** Default 1e-15. */
  eps?: Scalar;
};

type State = { mu: ArrayTree; hessian: ArrayTree; count: np.Array };

/**
 * Sophia: momentum divided by a diagonal curvature estimate, clipped elementwise.
 *
 * Rule: $m \leftarrow \beta_1 m + (1-\beta_1) g$; $x \leftarrow (1-\eta\lambda) x - \eta\, \mathrm{sign}(m) \min(|m| / (\rho B h + \epsilon), 1)$; then, now and then,
 * $h \leftarrow \beta_2 h + (1-\beta_2) \hat h$ with $\hat h$ the elementwise square of a gradient on labels sampled from the
 * model. Pass $\hat h$ as `extra.hessian` on the steps that have one (leave it out on the others); if it is never
 * passed, every `every`-th gradient is squared in its place (the empirical Fisher information).
 * Defaults: Liuhong99/Sophia, SophiaG: learning rate 1e-4, weight decay 0.1.
 * Use: Language models, with a curvature estimate every ten steps or so.
 * Avoid: Without a proper estimate (gradients on sampled labels): squared gradients of the batch are a poor substitute,
 * and then AdamW is simpler.
 * Memory: two numbers per parameter.
 * Cost: One elementwise pass: reads g, x, m, h, writes x, m, h; the estimate costs another gradient whenever it is made.
 * Paper: Liu et al., Sophia: a scalable stochastic second-order optimizer, 2023.
 */
export function sophia({
  learningRate = 1e-4,
  weightDecay = 0.1,
  decayMask,
  b1 = 0.965,
  b2 = 0.99,
  rho = 0.04,
  batchSize = 1,
  every = 10,
  eps = 1e-15,
}: SophiaOptions = {}): GradientTransformation {
  const direction: GradientTransformation<State> = {
    init(params) {
      const count = np.array(0, { dtype: np.int32 });
      return { mu: zerosLike(tree.ref(params)), hessian: zerosLike(params), count };
    },
    update(updates, state, params, extra) {
      const { hessian: given, ...rest } = extra ?? {};
      discard(params, rest);
      const due = np.equal(state.count.ref.mod(every), np.array(every - 1, { dtype: np.int32 }));
      const estimate = given ?? eachLeaf([tree.ref(updates)], (g) => [np.square(g)])[0];
      const [result, mu, hessian] = eachLeaf(
        [updates, state.mu, state.hessian, estimate],
        (g, m, h, fresh) => {
          const next = ema(m, g, b1);
          const scale = num(rho, next).mul(num(batchSize, next));
          const bound = h.ref.mul(scale).add(num(eps, next));
          const ratio = np.minimum(np.abs(next.ref).div(bound), num(1, next));
          const moved = ema(h.ref, fresh, b2);
          const nextH = given === undefined ? np.where(due.ref, moved, h.ref) : moved;
          h.dispose();
          return [sign(next.ref).mul(ratio), next, nextH];
        },
      );
      due.dispose();
      return [result, { mu, hessian, count: state.count.add(1) }];
    },
  };
  return descend(direction, learningRate, weightDecay, decayMask);
}
