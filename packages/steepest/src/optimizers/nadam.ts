import { numpy as np, tree } from "@jax-js/jax";
import { ema, emaOfOnes, num, oneMinus, scalarZero } from "../scalar.ts";
import { discard, type GradientTransformation } from "../transformation.ts";
import { eachLeaf, zerosLike } from "../tree.ts";
import type { AdamOptions, AdamState } from "./adam.ts";
import { descendEither } from "./descend.ts";

export type NadamOptions = AdamOptions & {
  /** "torch 1" counts the current momentum twice in the second product, as torch.optim.NAdam did before 2.0. Default "torch". */
  variant?: "torch" | "torch 1";
  /** Decay the weights directly, as AdamW does, not through the gradient. Default false. */
  decoupled?: boolean;
  /** How fast the momentum rises to b1. Default 4e-3. */
  momentumDecay?: number;
};

type State = Pick<AdamState, "mu" | "nu" | "nuWeight"> & {
  /** 0.96^(momentumDecay t), and the product of all momenta so far; scalars. */
  warmth: np.Array;
  product: np.Array;
};

/**
 * NAdam: Adam with Nesterov's look-ahead and a momentum that warms up.
 *
 * Rule: $\mu_t = \beta_1 (1 - \tfrac12 0.96^{t\psi})$; with Adam's moments,
 * $x \leftarrow x - \eta \left(\frac{(1-\mu_t)\, g}{1-\prod_{s\le t}\mu_s} + \frac{\mu_{t+1}\, m}{1-\prod_{s\le t+1}\mu_s}\right) / (\sqrt{\hat v} + \epsilon)$.
 * Defaults: torch.optim.NAdam: learning rate 2e-3. torch keeps the product in float32, hence differs by about 1e-8.
 * Use: Where Adam works and a little speed is wanted; language models and others that like Nesterov's momentum.
 * Avoid: Very noisy gradients: looking ahead amplifies the newest one.
 * Memory: two numbers per parameter.
 * Cost: One elementwise pass: reads g, x, m, v, writes x, m, v.
 * Paper: Dozat, Incorporating Nesterov momentum into Adam, 2016.
 */
export function nadam({
  learningRate = 2e-3,
  b1 = 0.9,
  b2 = 0.999,
  eps = 1e-8,
  weightDecay = 0,
  decoupled = false,
  momentumDecay = 4e-3,
  variant = "torch",
}: NadamOptions = {}): GradientTransformation {
  const cooling = 0.96 ** momentumDecay;
  /** The momentum at a warmth. Consumes it. */
  const momentum = (warmth: np.Array) => {
    const beta = num(b1, warmth);
    return num(1, warmth).sub(warmth.mul(0.5)).mul(beta);
  };
  const direction: GradientTransformation<State> = {
    init(params) {
      const nuWeight = scalarZero(params);
      const one = scalarZero(params, 1);
      return {
        mu: zerosLike(tree.ref(params)),
        nu: zerosLike(params),
        nuWeight,
        warmth: one,
        product: one.ref,
      };
    },
    update(updates, state, params, extra) {
      discard(params, extra);
      const nuWeight = emaOfOnes(state.nuWeight, b2);
      const warmth = state.warmth.mul(num(cooling, nuWeight));
      const now = momentum(warmth.ref);
      const next = momentum(warmth.ref.mul(num(cooling, warmth)));
      const product = state.product.mul(now.ref);
      const once = product.ref.mul(next.ref);
      const later = variant === "torch 1" ? once.mul(now.ref) : once;
      const ahead = oneMinus(later, product);
      later.dispose();
      const gradientFactor = oneMinus(now, product).div(oneMinus(product, product));
      const momentFactor = next.div(ahead);
      now.dispose();
      const [result, mu, nu] = eachLeaf([updates, state.mu, state.nu], (g, m, v) => {
        const nextM = ema(m, g.ref, b1);
        const nextV = ema(v, np.square(g.ref), b2);
        const root = np.sqrt(nextV.ref.div(num(nuWeight, nextV))).add(num(eps, nextV));
        const both = g.mul(num(gradientFactor, nextM)).add(nextM.ref.mul(num(momentFactor, nextM)));
        return [both.div(root), nextM, nextV];
      });
      gradientFactor.dispose();
      momentFactor.dispose();
      return [result, { mu, nu, nuWeight, warmth, product }];
    },
  };
  return descendEither(direction, learningRate, weightDecay, decoupled);
}
