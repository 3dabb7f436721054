import type { numpy as np } from "@jax-js/jax";
import { num, numOf, type Scalar } from "../scalar.ts";
import { discard, type GradientTransformation, need } from "../transformation.ts";
import { type ArrayTree, eachLeaf, floatTypeOf } from "../tree.ts";

export type NagGsOptions = {
  /** Step of the discretised equation. Default 0.05. */
  alpha?: Scalar;
  /** Strong convexity the method assumes. Default 1. */
  mu?: Scalar;
  /** First value of the inverse inertia; it relaxes towards mu. Default 1.5. */
  gamma?: Scalar;
  /** Keep gamma constant (NAG4), as the authors' PyTorch code does in effect. Default false. */
  constantGamma?: boolean;
};

type State = { gamma: np.Array; v: ArrayTree };

/**
 * NAG-GS: the accelerated gradient flow, discretised semi-implicitly in the manner of Gauss and Seidel.
 *
 * Rule, from the gradient g at x: $\gamma \leftarrow (\gamma + \alpha\mu)/(1+\alpha)$; $v \leftarrow (\gamma v + \alpha\mu x - \alpha g)/(\alpha\mu + \gamma)$;
 * $x \leftarrow (x + \alpha v)/(1+\alpha)$. The paper's loop moves x first and then v with the gradient at the new x; as v starts
 * at x, this is the same sequence with the first, empty move of x left out. With constant $\gamma$ it takes the steps of Polyak's
 * heavy ball with momentum $\gamma/((1+\alpha)(\alpha\mu+\gamma))$ and step $\alpha^2/((1+\alpha)(\alpha\mu+\gamma))$ (`steepest lecture nag-gs`).
 * Defaults: the authors' notebook.
 * Use: Strongly convex problems whose mu is known: without noise as fast as the heavy ball at its best; with noise it ends higher
 * than SGD, as momentum with a large step does.
 * Avoid: Deep networks without a guess of mu and of the noise: alpha, mu and gamma have to be tuned together.
 * Memory: one number per parameter.
 * Cost: One elementwise pass: reads g, x, v, writes x, v.
 * Paper: Leplat, Merkulov, Katrutsa, Bershatsky, Tsymboi, Oseledets, NAG-GS, 2022.
 */
export function nagGs({
  alpha = 0.05,
  mu = 1,
  gamma = 1.5,
  constantGamma = false,
}: NagGsOptions = {}): GradientTransformation<State> {
  return {
    init: (params) => ({ gamma: numOf(gamma, floatTypeOf(params)), v: params }),
    update(updates, state, given, extra) {
      discard(extra);
      const params = need(given, "nagGs");
      const next = constantGamma ? state.gamma : relax(state.gamma);
      const [result, v] = eachLeaf([updates, state.v, params], (g, speed, x) => {
        const [a, inertia] = [num(alpha, g), num(next, g)];
        const pull = a.ref.mul(num(mu, g));
        const sum = speed.mul(inertia.ref).add(x.ref.mul(pull.ref)).sub(g.mul(a.ref));
        const nextV = sum.div(pull.add(inertia));
        const share = a.ref.div(a.add(1));
        return [nextV.ref.sub(x).mul(share), nextV];
      });
      return [result, { gamma: next, v }];
    },
  };

  function relax(old: np.Array): np.Array {
    const [a, m] = [num(alpha, old), num(mu, old)];
    return old.add(a.ref.mul(m)).div(a.add(1));
  }
}
