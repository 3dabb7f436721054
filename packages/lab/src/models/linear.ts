import { zeros } from "@steepest/compile";
import { type Dense, dense } from "./dense.ts";
import type { Model } from "./model.ts";

/**
 * A linear model from x [batch, inputs] to [batch, outputs], all parameters zero at first. Its matrix has the role
 * "hidden", so that a matrix optimizer really acts on it; on one row Muon is normalised gradient descent.
 */
export function linear({ inputs, outputs }: { inputs: number; outputs: number }): Model<Dense> {
  return {
    init: () => ({ w: zeros("float32", [outputs, inputs]), b: zeros("float32", [outputs]) }),
    roles: { w: "hidden", b: "vector" },
    apply: (params, x) => dense(x, params),
  };
}
