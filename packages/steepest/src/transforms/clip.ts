import { numpy as np, tree } from "@jax-js/jax";
import { num, numOf, type Scalar } from "../scalar.ts";
import { type GradientTransformation, stateless } from "../transformation.ts";
import { eachLeaf, globalNorm } from "../tree.ts";

/**
 * Scales all updates by one factor so that their Euclidean norm, taken over all leaves, is at most `maxNorm`.
 * Pascanu, Mikolov, Bengio, 2013.
 */
export const clipByGlobalNorm = (maxNorm: Scalar): GradientTransformation =>
  stateless((updates, params) => {
    tree.dispose(params);
    const norm = globalNorm(tree.ref(updates));
    const bound = numOf(maxNorm, norm.dtype);
    // At most one, and exactly one when nothing is to be clipped, zero gradients included.
    const factor = bound.ref.div(np.maximum(norm, bound));
    const [clipped] = eachLeaf([updates], (g) => {
      const f = num(factor, g);
      return [g.mul(f)];
    });
    factor.dispose();
    return clipped;
  });
