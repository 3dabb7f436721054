import { numpy as np, tree } from "@jax-js/jax";
import { valueAt } from "../inject.ts";
import { ema, num, numOf, oneMinus, scalarZero } from "../scalar.ts";
import { discard, type GradientTransformation, need } from "../transformation.ts";
import { type ArrayTree, eachLeaf, sumOver, zerosLike } from "../tree.ts";
import { type DistanceOptions, distanceDefaults, grownDistance } from "./distance.ts";

type State = {
  mu: ArrayTree;
  nu: ArrayTree;
  sum: ArrayTree;
  distance: np.Array;
  numerator: np.Array;
  count: np.Array;
};

/**
 * D-Adaptation for Adam: a learning rate from a growing lower bound on the distance to the solution.
 *
 * Rule: $a = d\eta \langle g, s / (\sqrt v + \epsilon)\rangle$ with the moments updated as
 * $m \leftarrow \beta_1 m + (1-\beta_1) d\eta g$, $v \leftarrow \beta_2 v + (1-\beta_2) g^2$; $s \leftarrow \sqrt{\beta_2} s + (1-\sqrt{\beta_2}) d\eta g$;
 * $r \leftarrow \sqrt{\beta_2} r + (1-\sqrt{\beta_2}) a$; $d \leftarrow \max(d, r / ((1-\sqrt{\beta_2}) \|s\|_1))$; $x \leftarrow (1 - \eta d\lambda) x - m / (\sqrt v + \epsilon)$.
 * Defaults: facebookresearch/dadaptation, DAdaptAdam with decoupled decay.
 * Use: As for prodigy, its faster successor; where its proven bound is wanted.
 * Avoid: When a rate is already tuned. It reaches the right size of step later than Prodigy.
 * Memory: three numbers per parameter.
 * Cost: Two reductions over all parameters and two elementwise passes: reads g, x, m, v, s, writes x, m, v, s.
 * Paper: Defazio, Mishchenko, Learning-rate-free learning by D-adaptation, 2023.
 */
export function dadaptAdam(options: DistanceOptions = {}): GradientTransformation<State> {
  const { learningRate, b1, b2, eps, d0, weightDecay } = { ...distanceDefaults, ...options };
  return {
    init(params) {
      const [distance, numerator] = [scalarZero(params, d0), scalarZero(params)];
      const mu = zerosLike(params);
      return { mu, nu: tree.ref(mu), sum: tree.ref(mu), distance, numerator, count: numerator.ref };
    },
    update(updates, state, given, extra) {
      discard(extra);
      const params = need(given, "dadaptAdam");
      const d = state.distance;
      const rate = valueAt(learningRate, state.count.ref).mul(d.ref);
      const decay = np.sqrt(numOf(b2, d.dtype));
      const fresh = oneMinus(decay, d);

      const [products, mu, nu, sum] = eachLeaf([updates, state.mu, state.nu, state.sum], (g, m, v, s) => {
        const scaled = g.ref.mul(num(rate, g));
        const root = np.sqrt(v.ref).add(num(eps, v));
        const product = scaled.ref.mul(s.ref).div(root).sum().astype(d.dtype);
        const nextM = ema(m, scaled.ref, b1);
        return [product, nextM, ema(v, np.square(g), b2), ema(s, scaled, decay)];
      });
      const numerator = ema(
        state.numerator,
        sumOver(products, (p) => p),
        decay,
      );
      const length = sumOver(tree.ref(sum), (s) => np.abs(s).sum()).mul(fresh);
      const distance = grownDistance(d, numerator.ref, length);
      d.dispose();

      const [step] = eachLeaf([tree.ref(mu), tree.ref(nu), params], (m, v, x) => {
        const shrink = num(weightDecay, m).mul(num(rate, m));
        const small = num(eps, m);
        return [m.div(np.sqrt(v).add(small)).add(x.mul(shrink)).mul(-1)];
      });
      rate.dispose();
      decay.dispose();
      return [step as typeof params, { mu, nu, sum, distance, numerator, count: state.count.add(1) }];
    },
  };
}
