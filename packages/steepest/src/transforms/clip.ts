import { numpy as np, tree } from "@jax-js/jax";
import { num, numOf, type Scalar } from "../scalar.ts";
import { discard, type GradientTransformation, need, stateless } from "../transformation.ts";
import { eachLeaf, globalNorm } from "../tree.ts";

/** min(1, bound / norm): exactly one when nothing is to be clipped, zero gradients included. Consumes both. */
const clipFactor = (norm: np.Array, bound: np.Array): np.Array => bound.ref.div(np.maximum(norm, bound));

/** Clips every entry to [-limit, limit]. */
export const clipByValue = (limit: Scalar): GradientTransformation =>
  stateless((updates, params) => {
    discard(params);
    return eachLeaf([updates], (g) => {
      const top = num(limit, g);
      return [np.minimum(np.maximum(g, top.ref.mul(-1)), top)];
    })[0];
  });

/** Scales every array on its own so that its Euclidean norm is at most `maxNorm`. */
export const clipByNorm = (maxNorm: Scalar): GradientTransformation =>
  stateless((updates, params) => {
    discard(params);
    return eachLeaf([updates], (g) => {
      const norm = np.sqrt(np.square(g.ref).sum());
      const bound = num(maxNorm, g);
      return [g.mul(clipFactor(norm, bound))];
    })[0];
  });

/**
 * Scales all updates by one factor so that their Euclidean norm, taken over all leaves, is at most `maxNorm`.
 * Pascanu, Mikolov, Bengio, 2013.
 */
export const clipByGlobalNorm = (maxNorm: Scalar): GradientTransformation =>
  stateless((updates, params) => {
    discard(params);
    const norm = globalNorm(tree.ref(updates));
    const bound = numOf(maxNorm, norm.dtype);
    const factor = clipFactor(norm, bound);
    const [clipped] = eachLeaf([updates], (g) => {
      const f = num(factor, g);
      return [g.mul(f)];
    });
    factor.dispose();
    return clipped;
  });

/**
 * Adaptive gradient clipping: the gradient of every unit (a slice along the first axis of a matrix or kernel, a whole
 * vector) is at most `clipping` times as long as the unit's weights. Brock et al., 2021, with their eps of 1e-3, the
 * least length that weights count for.
 */
export const adaptiveClip = (clipping: Scalar = 0.01, eps: Scalar = 1e-3): GradientTransformation =>
  stateless(
    (updates, params) =>
      eachLeaf([updates, need(params, "adaptiveClip")], (g, x) => {
        const axes = x.ndim > 1 ? x.shape.map((_, axis) => axis).slice(1) : null;
        const lengths = (y: np.Array) => np.sqrt(np.square(y).sum(axes, { keepdims: true }));
        const [least, share] = [num(eps, g), num(clipping, g)];
        const bound = np.maximum(lengths(x), least).mul(share);
        const factor = clipFactor(lengths(g.ref), bound);
        const shape = [...g.shape];
        return [g.mul(factor).reshape(shape)];
      })[0],
  );
