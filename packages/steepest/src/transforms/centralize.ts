import { numpy as np } from "@jax-js/jax";
import { discard, type GradientTransformation, stateless } from "../transformation.ts";
import { eachLeaf } from "../tree.ts";

/** Subtracts from the gradient of every output unit of a matrix or kernel its mean. Vectors pass. Yong et al., 2020. */
export const centralize = (): GradientTransformation =>
  stateless((updates, params) => {
    discard(params);
    return eachLeaf([updates], (g) => {
      if (g.ndim < 2) return [g];
      const axes = g.shape.map((_, axis) => axis).slice(1);
      const count = axes.reduce((n, axis) => n * (g.shape[axis] as number), 1);
      const sum = np.sum(g.ref, axes, { keepdims: true });
      return [g.sub(sum.div(count))];
    })[0];
  });
