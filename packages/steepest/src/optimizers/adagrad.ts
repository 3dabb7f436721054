import { numpy as np } from "@jax-js/jax";
import { num, type Scalar, type ScalarOrSchedule, scalarZero } from "../scalar.ts";
import { discard, type GradientTransformation } from "../transformation.ts";
import { type ArrayTree, eachLeaf } from "../tree.ts";
import { descendCoupled } from "./descend.ts";

export type AdagradOptions = {
  /** Default 1e-2. */
  learningRate?: ScalarOrSchedule;
  /** Step t is divided by 1 + (t - 1) lrDecay. Default 0. */
  lrDecay?: Scalar;
  /** Added to the root. Default 1e-10 (optax: 1e-7). */
  eps?: Scalar;
  /** Put eps inside the root, as optax does; torch adds it outside. Default false. */
  epsInRoot?: boolean;
  /** Start of the sum of squares. Default 0 (optax: 0.1). */
  initialAccumulator?: Scalar;
  /** Coupled. Default 0. */
  weightDecay?: Scalar;
};

type State = { sum: ArrayTree; count: np.Array };

/**
 * Adagrad: a step per coordinate that shrinks with the squares it has seen.
 *
 * Rule: $s \leftarrow s + g^2$; $x \leftarrow x - \frac{\eta}{1+(t-1)\delta}\, g / (\sqrt{s} + \epsilon)$.
 * Defaults: torch.optim.Adagrad.
 * Use: Sparse features (text, recommendation, click data): rare coordinates keep large steps. Convex problems with
 * unknown scales.
 * Avoid: Long training of deep networks: the sum never forgets, so steps vanish.
 * Memory: one number per parameter.
 * Cost: One elementwise pass: reads g, x, s, writes x, s.
 * Paper: Duchi, Hazan, Singer, Adaptive subgradient methods, 2011.
 */
export function adagrad({
  learningRate = 1e-2,
  lrDecay = 0,
  eps = 1e-10,
  epsInRoot = false,
  initialAccumulator = 0,
  weightDecay = 0,
}: AdagradOptions = {}): GradientTransformation {
  const direction: GradientTransformation<State> = {
    init(params) {
      const count = scalarZero(params);
      const [sum] = eachLeaf([params], (p) => {
        const start = num(initialAccumulator, p);
        return [np.zerosLike(p).add(start)];
      });
      return { sum, count };
    },
    update(updates, { sum, count }, params, extra) {
      discard(params, extra);
      const slowdown = count.ref.mul(num(lrDecay, count)).add(1);
      const [result, next] = eachLeaf([updates, sum], (g, s) => {
        const total = s.add(np.square(g.ref));
        const small = num(eps, g);
        const root = epsInRoot ? np.sqrt(total.ref.add(small)) : np.sqrt(total.ref).add(small);
        return [g.div(root.mul(num(slowdown, g))), total];
      });
      slowdown.dispose();
      return [result, { sum: next, count: count.add(1) }];
    },
  };
  return descendCoupled(direction, learningRate, weightDecay);
}
