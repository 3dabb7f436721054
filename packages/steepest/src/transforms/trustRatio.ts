import { numpy as np } from "@jax-js/jax";
import { num } from "../scalar.ts";
import { type GradientTransformation, need, stateless } from "../transformation.ts";
import { eachLeaf } from "../tree.ts";

/** Multiplies the update of every array by ||x|| / ||update||, or by 1 where either is zero. You et al., 2017. */
export const scaleByTrustRatio = (): GradientTransformation =>
  stateless(
    (updates, params) =>
      eachLeaf([updates, need(params, "scaleByTrustRatio")], (u, x) => {
        const norm = np.sqrt(np.square(x).sum());
        const length = np.sqrt(np.square(u.ref).sum());
        const either = np.equal(norm.ref.mul(length.ref), 0);
        const one = num(1, u);
        const ratio = norm.div(np.where(either.ref, one.ref, length));
        return [u.mul(np.where(either, one, ratio))];
      })[0],
  );
