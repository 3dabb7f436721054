import { numpy as np, tree } from "@jax-js/jax";
import { chain } from "../chain.ts";
import { pow } from "../elementary.ts";
import { valueAt } from "../inject.ts";
import { ema, emaOfOnes, num, oneMinus, type Scalar, type ScalarOrSchedule, scalarZero } from "../scalar.ts";
import { discard, type GradientTransformation, need } from "../transformation.ts";
import { addDecayedWeights } from "../transforms/decay.ts";
import { type ArrayTree, eachLeaf, zerosLike } from "../tree.ts";

export type ScheduleFreeOptions = {
  learningRate: ScalarOrSchedule;
  /** Where between the average x (1) and the fast sequence z (0) gradients are taken. Default 0.9. */
  beta?: Scalar;
  /** Steps of linear warmup. Default 0. */
  warmupSteps?: number;
  /** Later iterates weigh more, as the step number to this power. Default 0. */
  r?: number;
  /** Iterates weigh as the largest learning rate so far to this power. Default 2. */
  power?: number;
};

export type ScheduleFreeState = {
  inner: ArrayTree;
  /** The fast sequence. */
  z: ArrayTree;
  /** Scalars: steps, sum of the iterates' weights, largest learning rate. */
  count: np.Array;
  weightSum: np.Array;
  largest: np.Array;
};

/**
 * Makes a schedule unnecessary: averages iterates instead of shrinking steps. The parameters are y, where gradients are
 * taken; evaluate and save `scheduleFreeAverage(params, state)`.
 *
 * Rule, with d the inner direction at y: $\eta_t = \eta \min(1, t/W)$; $z \leftarrow z - \eta_t d$; $w = t^r \max_{s\le t}\eta_s^p$,
 * $c = w / \sum w$; $x \leftarrow (1-c) x + c z$; $y = \beta x + (1-\beta) z$.
 * Defaults: facebookresearch/schedule_free.
 * Use: When the number of steps is not known beforehand: the average is good at any time.
 * Avoid: With a schedule on top, or with momentum inside. Models with batch normalisation need their statistics computed
 * anew at the average.
 * Memory: one number per parameter, besides the inner direction's.
 * Cost: One elementwise pass besides the direction's: reads the direction, y, z, writes y, z.
 * Paper: Defazio et al., The road less scheduled, 2024.
 *
 * @param direction a transformation without momentum and without learning rate (`scaleByAdam({ b1: 0 })`, `identity()`).
 */
export function scheduleFree(
  direction: GradientTransformation,
  { learningRate, beta = 0.9, warmupSteps = 0, r = 0, power = 2 }: ScheduleFreeOptions,
): GradientTransformation<ScheduleFreeState> {
  return {
    init(params) {
      const count = scalarZero(params);
      const inner = direction.init(tree.ref(params));
      return { inner, z: params, count, weightSum: count.ref, largest: count.ref };
    },
    update(updates, state, given, extra) {
      const params = need(given, "scheduleFree");
      const [ascent, inner] = direction.update(updates, state.inner, tree.ref(params), extra);
      const rate = warmUp(valueAt(learningRate, state.count.ref), state.count.ref, warmupSteps);
      const count = state.count.add(1);
      const largest = np.maximum(state.largest, rate.ref);
      const weight = nonNegativePower(largest.ref, power).mul(nonNegativePower(count.ref, r));
      const weightSum = state.weightSum.add(weight.ref);
      const share = ratioOrZero(weight, weightSum.ref);
      const [step, z] = eachLeaf([params, ascent, state.z as typeof params], (y, d, fast) => {
        const [b, c, size] = [num(beta, y), num(share, y), num(rate, y)];
        const slow = oneMinus(b, y);
        // beta x, from y = beta x + (1 - beta) z.
        const old = y.ref.sub(fast.ref.mul(slow.ref));
        const next = fast.sub(d.mul(size));
        const nextY = old.mul(oneMinus(c, y)).add(next.ref.mul(b.mul(c).add(slow)));
        return [nextY.sub(y), next];
      });
      rate.dispose();
      share.dispose();
      return [step, { inner, z, count, weightSum, largest }];
    },
  };
}

/** The average x to evaluate and to keep. Consumes the parameters and borrows the state. */
export function scheduleFreeAverage<P extends ArrayTree>(
  params: P,
  state: ScheduleFreeState,
  beta: Scalar = 0.9,
): P {
  return eachLeaf([params, tree.ref(state.z)], (y, z) => {
    const [b, slow] = [num(beta, y), oneMinus(beta, y)];
    return [y.sub(z.mul(slow)).div(b)];
  })[0] as P;
}

export type ScheduleFreeAdamWOptions = Partial<ScheduleFreeOptions> & {
  /** Default 0.999. */
  b2?: Scalar;
  /** Default 1e-8. */
  eps?: Scalar;
  /** Decays y, in the direction: scaled by the learning rate. Default 0. */
  weightDecay?: Scalar;
};

/**
 * Schedule-free AdamW: `scheduleFree` around Adam's scaling without momentum, which `beta` replaces.
 *
 * Rule: `scheduleFree` with $d = g / (\sqrt{\hat v} + \epsilon) + \lambda y$.
 * Defaults: facebookresearch/schedule_free, AdamWScheduleFree: learning rate 2.5e-3, beta 0.9, b2 0.999, no decay.
 * Use: When the number of steps is not known beforehand: no schedule, and good at any time. Takes 1 to 10 times AdamW's
 * learning rate.
 * Avoid: With a schedule on top. Evaluate and save `scheduleFreeAverage`, not the parameters.
 * Memory: two numbers per parameter.
 * Cost: One elementwise pass: reads g, y, z, v, writes y, z, v.
 * Paper: Defazio et al., The road less scheduled, 2024.
 */
export const scheduleFreeAdamW = ({
  learningRate = 2.5e-3,
  b2 = 0.999,
  eps = 1e-8,
  weightDecay = 0,
  ...options
}: ScheduleFreeAdamWOptions = {}): GradientTransformation<ScheduleFreeState> =>
  scheduleFree(chain(scaleBySecondMoment(b2, eps), addDecayedWeights(weightDecay)), {
    learningRate,
    ...options,
  });

/** Adam's scaling without its momentum. */
function scaleBySecondMoment(
  b2: Scalar,
  eps: Scalar,
): GradientTransformation<{ nu: ArrayTree; nuWeight: np.Array }> {
  return {
    init(params) {
      const nuWeight = scalarZero(params);
      return { nu: zerosLike(params), nuWeight };
    },
    update(updates, state, params, extra) {
      discard(params, extra);
      const nuWeight = emaOfOnes(state.nuWeight, b2);
      const [direction, nu] = eachLeaf([updates, state.nu], (g, v) => {
        const next = ema(v, np.square(g.ref), b2);
        const root = np.sqrt(next.ref.div(num(nuWeight, g))).add(num(eps, g));
        return [g.div(root), next];
      });
      return [direction, { nu, nuWeight }];
    },
  };
}

/** Consumes both arrays. */
function warmUp(rate: np.Array, count: np.Array, steps: number): np.Array {
  if (steps === 0) {
    count.dispose();
    return rate;
  }
  const share = count.add(1).mul(num(1 / steps, rate));
  return rate.mul(np.minimum(share, num(1, rate)));
}

function nonNegativePower(x: np.Array, p: number): np.Array {
  if (p === 2) return np.square(x);
  if (p === 0) {
    const one = num(1, x);
    x.dispose();
    return one;
  }
  const zero = np.equal(x.ref, 0);
  const result = pow(np.where(zero.ref, num(1, x), x), p);
  return np.where(zero, num(0, result), result);
}

function ratioOrZero(a: np.Array, b: np.Array): np.Array {
  const zero = np.equal(b.ref, 0);
  return a.div(np.where(zero, num(1, a), b));
}
