import { numpy as np, tree } from "@jax-js/jax";
import { chain } from "../chain.ts";
import { num, type ScalarOrSchedule, scalarZero } from "../scalar.ts";
import { discard, type GradientTransformation, need } from "../transformation.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { type ArrayTree, eachLeaf, globalNorm, innerProduct, zerosLike } from "../tree.ts";

export type LbfgsOptions = {
  /** Default 1, for full batches near a minimum. There is no line search (see minimizeLbfgs): a smaller one damps. */
  learningRate?: ScalarOrSchedule;
  /** Pairs of steps and gradient differences that are kept. Default 10. */
  historySize?: number;
};

export type LbfgsState = {
  /** Newest first. Pairs that were never filled have weight zero. */
  steps: ArrayTree[];
  differences: ArrayTree[];
  /** 1 / <s, y> of every pair. */
  weights: np.Array[];
  params: ArrayTree;
  gradients: ArrayTree;
  count: np.Array;
};

/** The direction of L-BFGS: the inverse Hessian of the kept pairs, applied to the gradient. */
export function scaleByLbfgs(historySize = 10): GradientTransformation<LbfgsState> {
  return {
    init(params) {
      const zeros = zerosLike(tree.ref(params));
      const zero = scalarZero(params);
      const repeat = <T>(make: () => T) => Array.from({ length: historySize }, make);
      return {
        steps: repeat(() => tree.ref(zeros)),
        differences: repeat(() => tree.ref(zeros)),
        weights: repeat(() => zero.ref),
        params,
        gradients: zeros,
        count: zero,
      };
    },
    update(updates, state, given, extra) {
      discard(extra);
      const params = need(given, "lbfgs");
      const [s] = eachLeaf([tree.ref(params), state.params], (now, before) => [now.sub(before)]);
      const [y] = eachLeaf([tree.ref(updates), state.gradients], (now, before) => [now.sub(before)]);
      const curvature = innerProduct(tree.ref(s), tree.ref(y));
      // Pairs of no or negative curvature (the first call has none) get weight zero, which leaves them out.
      const useful = np.greater(curvature.ref, num(1e-30, curvature));
      const one = num(1, curvature);
      const weight = np.where(
        useful.ref,
        one.ref.div(np.where(useful.ref, curvature.ref, one.ref)),
        num(0, one),
      );
      const steps = [s, ...state.steps.slice(0, -1)];
      const differences = [y, ...state.differences.slice(0, -1)];
      const weights = [weight, ...state.weights.slice(0, -1)];
      tree.dispose([state.steps.at(-1), state.differences.at(-1), state.weights.at(-1)] as ArrayTree);

      const length = innerProduct(tree.ref(y), tree.ref(y));
      const first = np.minimum(one.ref, one.ref.div(globalNorm(tree.ref(updates)).add(num(1e-30, one))));
      const initial = np.where(useful.ref, curvature.div(np.where(useful, length, one)), first);
      const direction = twoLoops(tree.ref(updates), steps, differences, weights, initial);
      return [
        direction,
        { steps, differences, weights, params, gradients: updates, count: state.count.add(1) },
      ];
    },
  };
}

/** a x + b, leaf by leaf; consumes all. */
function addScaled<P extends ArrayTree>(b: P, x: ArrayTree, a: np.Array): P {
  const [sum] = eachLeaf([b, x], (p, q) => {
    const factor = num(a, p);
    return [p.add(q.mul(factor))];
  });
  a.dispose();
  return sum;
}

/** Borrows the pairs, consumes the gradient and the initial scale. */
function twoLoops<P extends ArrayTree>(
  gradient: P,
  steps: readonly ArrayTree[],
  differences: readonly ArrayTree[],
  weights: readonly np.Array[],
  initial: np.Array,
): P {
  let q = gradient;
  const alphas = steps.map((s, i) => {
    const alpha = innerProduct(tree.ref(s), tree.ref(q)).mul((weights[i] as np.Array).ref);
    q = addScaled(q, tree.ref(differences[i] as ArrayTree), alpha.ref.mul(-1));
    return alpha;
  });
  [q] = eachLeaf([q], (x) => {
    const factor = num(initial, x);
    return [x.mul(factor)];
  });
  initial.dispose();
  for (let i = steps.length - 1; i >= 0; i--) {
    const beta = innerProduct(tree.ref(differences[i] as ArrayTree), tree.ref(q)).mul(
      (weights[i] as np.Array).ref,
    );
    q = addScaled(q, tree.ref(steps[i] as ArrayTree), (alphas[i] as np.Array).sub(beta));
  }
  return q;
}

/**
 * L-BFGS: quasi-Newton steps from the last few pairs of steps and gradient differences. For full batches.
 *
 * Rule: $x \leftarrow x - \eta H g$ with $H$ the inverse Hessian that the pairs imply, by the two-loop recursion, from
 * $\langle s, y\rangle / \langle y, y\rangle$ times the identity. Pairs without positive curvature are left out; the first step has length at most 1.
 * Defaults: 10 pairs, as optax and SciPy; learning rate 1.
 * Use: Full batches of a few thousand to a few million parameters: logistic regression, fitting physical models, the last
 * phase of training.
 * Avoid: Minibatches: differences of noisy gradients are not curvature. Without the line search, far from a minimum.
 * Memory: 2 historySize + 2 numbers per parameter.
 * Cost: 4 historySize inner products and additions of the size of x: about 8 historySize multiplications a parameter;
 * `minimizeLbfgs` adds the evaluations of its line search.
 * Paper: Liu, Nocedal, On the limited memory BFGS method for large scale optimization, 1989.
 */
export const lbfgs = ({ learningRate = 1, historySize = 10 }: LbfgsOptions = {}): GradientTransformation =>
  chain(scaleByLbfgs(historySize), scaleByLearningRate(learningRate));
