import { numpy as np, tree } from "@jax-js/jax";
import { valueAt } from "../inject.ts";
import { ema, emaOfOnes, num, numOf, scalarZero } from "../scalar.ts";
import { discard, type GradientTransformation, need } from "../transformation.ts";
import { type ArrayTree, eachLeaf, innerProduct, sumOver, zerosLike } from "../tree.ts";
import { type DistanceOptions, distanceDefaults, grownDistance } from "./distance.ts";

export type ProdigyOptions = DistanceOptions & {
  /** Correct the moments' zero start, as optax always does. Default false. */
  biasCorrection?: boolean;
};

type State = {
  mu: ArrayTree;
  nu: ArrayTree;
  /** Weighted sum of gradients; the starting point. */
  sum: ArrayTree;
  start: ArrayTree;
  /** Scalars: the distance estimate, and the numerator of its growth. */
  distance: np.Array;
  numerator: np.Array;
  count: np.Array;
  /** The bias corrections, only with `biasCorrection`. */
  weights?: { mu: np.Array; nu: np.Array };
};

/**
 * Prodigy: Adam that estimates its own learning rate, from a lower bound on the distance to the solution.
 *
 * Rule: $r \leftarrow \sqrt{\beta_2}\, r + \frac{d}{d_0} d\eta \langle g, x_0 - x\rangle$; $s \leftarrow \sqrt{\beta_2}\, s + \frac{d}{d_0} d\eta\, g$;
 * $m \leftarrow \beta_1 m + (1-\beta_1) d g$; $v \leftarrow \beta_2 v + (1-\beta_2) d^2 g^2$; $d' = \max(d, r / \|s\|_1)$;
 * $x \leftarrow (1 - \eta d \lambda) x - \eta d\, m / (\sqrt v + d' \epsilon)$.
 * Defaults: konstmish/prodigy, without bias correction.
 * Use: Fine-tuning and sweeps over many tasks, where no learning rate can be tuned: leave it at 1.
 * Avoid: When a rate is already tuned: it costs twice Adam's memory. With weights at zero only, or after d has jumped on
 * a gradient spike, the estimate stays too large.
 * Memory: four numbers per parameter.
 * Cost: Two reductions over all parameters and two elementwise passes: reads g, x, x0, m, v, s, writes x, m, v, s.
 * Paper: Mishchenko, Defazio, Prodigy: an expeditiously adaptive parameter-free learner, 2023.
 */
export function prodigy(options: ProdigyOptions = {}): GradientTransformation<State> {
  const { learningRate, b1, b2, eps, d0, weightDecay, biasCorrection } = {
    ...distanceDefaults,
    biasCorrection: false,
    ...options,
  };
  return {
    init(params) {
      const [mu, distance, numerator] = [
        zerosLike(tree.ref(params)),
        scalarZero(params, d0),
        scalarZero(params),
      ];
      return {
        mu,
        nu: tree.ref(mu),
        sum: tree.ref(mu),
        start: params,
        distance,
        numerator,
        count: numerator.ref,
        ...(biasCorrection && { weights: { mu: numerator.ref, nu: numerator.ref } }),
      };
    },
    update(updates, state, given, extra) {
      discard(extra);
      const params = need(given, "prodigy");
      const { distance: d, start } = state;
      const weights = state.weights && {
        mu: emaOfOnes(state.weights.mu, b1),
        nu: emaOfOnes(state.weights.nu, b2),
      };
      const plain = valueAt(learningRate, state.count.ref).mul(d.ref);
      const rate = weights ? plain.mul(np.sqrt(weights.nu.ref)).div(weights.mu.ref) : plain;
      const weight = rate.ref.mul(d.ref).mul(num(1 / d0, d));
      const decay = np.sqrt(numOf(b2, d.dtype));

      const [progress] = eachLeaf([tree.ref(start), tree.ref(params)], (from, x) => [from.sub(x)]);
      const gain = innerProduct(tree.ref(updates), progress).mul(weight.ref);
      const numerator = state.numerator.mul(decay.ref).add(gain);
      const [sum, mu, nu] = eachLeaf([updates, state.sum, state.mu, state.nu], (g, s, m, v) => {
        const scaled = g.ref.mul(num(d, g));
        const nextS = s.mul(num(decay, g)).add(g.ref.mul(num(weight, g)));
        g.dispose();
        return [nextS, ema(m, scaled.ref, b1), ema(v, np.square(scaled), b2)];
      });
      const length = sumOver(tree.ref(sum), (s) => np.abs(s).sum());
      const distance = grownDistance(d, numerator.ref, length);
      d.dispose();

      const [step] = eachLeaf([tree.ref(mu), tree.ref(nu), params], (m, v, x) => {
        const [small, factor, shrink] = [
          num(distance, m).mul(num(eps, m)),
          num(rate, m),
          num(weightDecay, m),
        ];
        const direction = m.div(np.sqrt(v).add(small)).add(x.mul(shrink));
        return [direction.mul(factor).mul(-1)];
      });
      for (const x of [rate, weight, decay]) x.dispose();
      const next = { mu, nu, sum, start, distance, numerator, count: state.count.add(1) };
      return [step as typeof params, weights ? { ...next, weights } : next];
    },
  };
}
