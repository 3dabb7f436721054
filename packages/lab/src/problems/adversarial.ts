import { numpy as np } from "@jax-js/jax";
import { Tensor } from "@steepest/compile";
import { constantLike, type FiniteSum } from "./finite-sum.ts";

/**
 * One dimension, to be solved on [-1, 1]: f_i(x) = C x for `rare` of n samples and f_i(x) = -x for the others, after
 * the counter-example of Reddi, Kale and Kumar (2018), theorem 3. f is linear with a positive slope, so x* = -1; a
 * method that shrinks the rare, large gradients goes to +1 instead.
 *
 * @throws RangeError when the slope of f is not positive.
 */
export function rareLargeGradients(C: number, rare: number, samples: number): FiniteSum {
  const slopes = Float64Array.from({ length: samples }, (_, i) => (i < rare ? C : -1));
  const slope = slopes.reduce((a, b) => a + b, 0) / samples;
  if (!(slope > 0)) throw new RangeError(`rareLargeGradients: the mean slope is ${slope}; raise C or rare`);
  const second = slopes.reduce((a, b) => a + b * b, 0) / samples;
  return {
    name: `${C} x with probability ${rare / samples}, else -x, on [-1, 1]`,
    dimension: 1,
    samples,
    convex: true,
    constants: {
      L: 0,
      Li: new Float64Array(samples),
      Lmax: 0,
      mu: 0,
      pl: 0,
      fStar: -slope,
      xStar: Float64Array.of(-1),
      varianceAtSolution: second,
    },
    loss(x, batch) {
      const { slopes: s } = batch as { slopes: np.Array };
      const count = constantLike(x, s.size);
      return s.mul(x).sum().div(count);
    },
    secondMoment(x, batch) {
      x.dispose();
      const { slopes: s } = batch as { slopes: np.Array };
      const count = constantLike(s, s.size);
      return np.square(s).sum().div(count);
    },
    batch: (indices, shape) => ({
      slopes: new Tensor(
        "float64",
        shape,
        Float64Array.from(indices, (i) => slopes[i] as number),
      ),
    }),
    all: () => ({ slopes: new Tensor("float64", [samples], slopes) }),
    value: (x) => slope * (x[0] as number),
    gradient: () => Float64Array.of(slope),
  };
}
