import { numpy as np, tree } from "@jax-js/jax";
import { num, type Scalar, type ScalarOrSchedule, type Schedule } from "../scalar.ts";
import { type GradientTransformation, stateless } from "../transformation.ts";
import { type ArrayTree, eachLeaf, floatTypeOf } from "../tree.ts";

/** Multiplies updates by a factor. */
export const scale = (factor: Scalar): GradientTransformation =>
  stateless((updates, params) => {
    tree.dispose(params);
    return eachLeaf([updates], (g) => {
      const f = num(factor, g);
      return [g.mul(f)];
    })[0];
  });

/** Multiplies updates by a schedule's value; the first step is count 0. State: the count, int32. */
export function scaleBySchedule(schedule: Schedule): GradientTransformation<{ count: np.Array }> {
  return {
    init(params) {
      tree.dispose(params);
      return { count: np.array(0, { dtype: np.int32 }) };
    },
    update(updates, { count }, params, extra) {
      tree.dispose(params);
      tree.dispose(extra as ArrayTree | undefined);
      const factor = schedule(count.ref.astype(floatTypeOf(updates)));
      const [scaled] = eachLeaf([updates], (g) => {
        const f = num(factor, g);
        return [g.mul(f)];
      });
      factor.dispose();
      return [scaled, { count: count.add(1) }];
    },
  };
}

/** Turns a direction of ascent into a step of descent: multiplies by minus the learning rate. */
export function scaleByLearningRate(learningRate: ScalarOrSchedule): GradientTransformation {
  if (typeof learningRate === "function") {
    return scaleBySchedule((count) => learningRate(count).mul(-1));
  }
  if (typeof learningRate === "number") return scale(-learningRate);
  return stateless((updates, params) => {
    tree.dispose(params);
    return eachLeaf([updates], (g) => {
      const rate = num(learningRate, g);
      return [g.mul(rate).mul(-1)];
    })[0];
  });
}
