import { type Mask, mask } from "../mask.ts";
import { num, type Scalar } from "../scalar.ts";
import { type GradientTransformation, identity, need, stateless } from "../transformation.ts";
import { eachLeaf } from "../tree.ts";

/**
 * Adds `weightDecay * params` to the updates. Before an adaptive rule it is L2 regularisation (torch's `Adam`); between
 * the rule and the learning rate it is decoupled decay (AdamW), scaled by the learning rate.
 *
 * @param where the parameters that decay; all by default.
 */
export function addDecayedWeights(weightDecay: Scalar, where?: Mask): GradientTransformation {
  if (weightDecay === 0) return identity();
  const decay = stateless(
    (updates, params) =>
      eachLeaf([updates, need(params, "addDecayedWeights")], (g, p) => {
        const d = num(weightDecay, p);
        return [g.add(p.mul(d))];
      })[0],
  );
  return where === undefined ? decay : mask(decay, where);
}
