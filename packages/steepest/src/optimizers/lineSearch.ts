import { numpy as np, tree } from "@jax-js/jax";
import { num, type Scalar } from "../scalar.ts";
import { type ArrayTree, eachLeaf, innerProduct } from "../tree.ts";
import { select } from "../wrappers/select.ts";
import { type LbfgsState, scaleByLbfgs } from "./lbfgs.ts";

/** A loss and its gradients at parameters, which it consumes: `valueAndGrad(loss)`. */
export type Objective<P extends ArrayTree = ArrayTree> = (params: P) => [value: np.Array, gradients: P];

export type LineSearchOptions = {
  /** Step sizes tried; all are computed, since a compiled program has no loop to leave. Default 12. */
  evaluations?: number;
  /** Share of the slope's promise that the value must keep (Armijo). Default 1e-4. */
  sufficient?: Scalar;
  /** Share of the first slope that may be left (curvature). Default 0.9. */
  curvature?: Scalar;
};

/** A point with its value and gradients. */
export type Evaluated<P extends ArrayTree = ArrayTree> = { params: P; value: np.Array; gradients: P };

/**
 * A step size that satisfies the strong Wolfe conditions, by doubling and bisection: the interval between a step that is too
 * short and one that is too long is halved. It is a plain sequence of operations, so it can be traced and compiled; after
 * the first good step the others are computed and not used. If none is good it takes the best that kept its promise, and
 * stays where it is if there is none.
 *
 * @returns a function of the point and a direction of descent, which it consumes.
 */
export function wolfeLineSearch<P extends ArrayTree>(
  objective: Objective<P>,
  { evaluations = 12, sufficient = 1e-4, curvature = 0.9 }: LineSearchOptions = {},
): (from: Evaluated<P>, direction: P) => Evaluated<P> {
  return (from, direction) => {
    const slope = innerProduct(tree.ref(from.gradients), tree.ref(direction));
    const start = from.value.astype(slope.dtype);
    const [zero, one] = [num(0, slope), num(1, slope)];
    const promised = slope.ref.mul(num(sufficient, slope));
    const left = np.abs(slope).mul(num(curvature, one));
    let [low, high, size, done] = [zero, zero.ref, one, np.array(false)];
    let best: Evaluated<P> = {
      params: tree.ref(from.params),
      value: start.ref,
      gradients: from.gradients,
    };
    for (let k = 0; k < evaluations; k++) {
      const [params] = eachLeaf([tree.ref(from.params), tree.ref(direction)], (x, d) => {
        const length = num(size, x);
        return [x.add(d.mul(length))];
      });
      const [found, gradients] = objective(tree.ref(params));
      const value = found.astype(start.dtype);
      const slopeThere = innerProduct(tree.ref(gradients), tree.ref(direction));
      // Comparisons with a NaN are false: such a step counts as too long.
      const keeps = np.lessEqual(value.ref, start.ref.add(size.ref.mul(promised.ref)));
      const steepUp = np.greater(slopeThere.ref, left.ref);
      const steepDown = np.less(slopeThere, left.ref.mul(-1));
      const short = np.where(keeps.ref, steepDown, false);
      const good = np.where(keeps.ref, np.where(steepUp, false, np.where(short.ref, false, true)), false);
      const better = np.where(keeps, np.less(value.ref, best.value.ref), false);
      // The first good step is kept for ever; until then the best one so far.
      const take = np.where(done.ref, false, np.where(good.ref, true, better));
      best = select(take, { params, value, gradients }, best);
      take.dispose();
      low = np.where(short.ref, size.ref, low);
      high = np.where(short, high, size.ref);
      const open = np.equal(high.ref, 0);
      size = np.where(open, size.mul(2), low.ref.add(high.ref).mul(0.5));
      done = np.where(done, true, good);
    }
    tree.dispose([direction, start, promised, left, low, high, size, done, from.params] as never);
    return best;
  };
}

export type MinimizeLbfgsOptions = LineSearchOptions & {
  /** Pairs of steps and gradient differences that are kept. Default 10. */
  historySize?: number;
};

/** A point, its value and gradients, and the pairs. */
export type MinimizeLbfgsState<P extends ArrayTree = ArrayTree> = Evaluated<P> & { memory: LbfgsState };

/**
 * L-BFGS with a line search, for a deterministic function: each step goes to a point that satisfies the strong Wolfe conditions.
 *
 * Rule: $x \leftarrow x - t\, H g$ with $H$ as in `lbfgs` and $t$ from `wolfeLineSearch`: $f(x_{new}) \le f(x) + c_1 t\, g^\top d$ and
 * $|g_{new}^\top d| \le c_2 |g^\top d|$ for $d = -Hg$.
 * Defaults: 10 pairs, as optax and SciPy; c1 = 1e-4 and c2 = 0.9 of Nocedal and Wright.
 * Use: Smooth full-batch problems far from their minimum as well as near it, without a learning rate: logistic regression,
 * fitting physical models.
 * Avoid: Minibatches: the conditions compare values of one function. Functions with kinks.
 * Memory: 2 historySize + 3 numbers per parameter.
 * Cost: `evaluations` values and gradients, all of them computed, and the two-loop recursion of `lbfgs`.
 * Paper: Liu, Nocedal, On the limited memory BFGS method for large scale optimization, 1989; Nocedal, Wright, Numerical
 * optimization, 2006, chapter 3.
 *
 * @param objective value and gradients at parameters; consumes them.
 * @returns `init(params)` and `step(state)`, both of which consume their argument.
 */
export function minimizeLbfgs<P extends ArrayTree>(
  objective: Objective<P>,
  { historySize = 10, ...options }: MinimizeLbfgsOptions = {},
): {
  init(params: P): MinimizeLbfgsState<P>;
  step(state: MinimizeLbfgsState<P>): MinimizeLbfgsState<P>;
} {
  const inverseHessian = scaleByLbfgs(historySize);
  const search = wolfeLineSearch(objective, options);
  return {
    init(params) {
      const memory = inverseHessian.init(tree.ref(params));
      const [value, gradients] = objective(tree.ref(params));
      return { params, value, gradients, memory };
    },
    step({ memory, ...at }) {
      const [ascent, next] = inverseHessian.update(tree.ref(at.gradients), memory, tree.ref(at.params));
      const [direction] = eachLeaf([ascent], (d) => [d.mul(-1)]);
      const { params, value, gradients } = search({ ...at, value: at.value.ref }, direction);
      const dtype = at.value.dtype;
      at.value.dispose();
      // In the order of `init`: a tree with its keys in another order would be another program.
      return { params, value: value.astype(dtype), gradients, memory: next };
    },
  };
}
