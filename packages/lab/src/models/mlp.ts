import { nn, type numpy as np, random } from "@jax-js/jax";
import { type Dense, dense, initDense } from "./dense.ts";
import { dropout } from "./dropout.ts";
import { heDeviation, initStream, lecunDeviation } from "./init.ts";
import type { Model, Roles } from "./model.ts";

export type MlpParams = { hidden: Dense[]; head: Dense };

/**
 * A multilayer perceptron with ReLU: `sizes` = [inputs, hidden..., outputs], for example [784, 512, 512, 10].
 * Hidden matrices are initialised after He et al. (2015), the head with variance 1 / inputs, biases with zero.
 * `dropout` is the rate after every hidden layer; default: none.
 */
export function mlp({
  sizes,
  dropout: rate = 0,
}: {
  sizes: readonly number[];
  dropout?: number;
}): Model<MlpParams> {
  if (!(rate >= 0 && rate < 1)) throw new RangeError(`mlp: dropout ${rate}; expected a rate in [0, 1)`);
  if (sizes.length < 2)
    throw new RangeError(`mlp: sizes [${sizes.join(", ")}]; expected [inputs, hidden..., outputs]`);
  const widths = sizes.slice(0, -1);
  const outputs = sizes.at(-1) as number;
  const layers = widths.slice(1).map((out, i) => ({ inputs: widths[i] as number, out }));
  const last = widths.at(-1) as number;
  const hidden: Roles<Dense> = { w: "hidden", b: "vector" };
  return {
    init(seed) {
      const random = initStream(seed);
      return {
        hidden: layers.map(({ inputs, out }) => initDense(out, inputs, heDeviation(inputs), random)),
        head: initDense(outputs, last, lecunDeviation(last), random),
      };
    },
    roles: { hidden: layers.map(() => hidden), head: { w: "head", b: "vector" } },
    ...(rate > 0 && { dropout: rate }),
    apply(params, x, key) {
      const keys = key && rate > 0 ? random.split(key, layers.length) : undefined;
      const layer = (h: np.Array, p: Dense, i: number): np.Array => {
        const out = nn.relu(dense(h, p));
        return keys ? dropout(out, rate, keys.ref.slice(i)) : out;
      };
      const hidden = params.hidden.reduce(layer, x);
      keys?.dispose();
      return dense(hidden, params.head);
    },
  };
}
