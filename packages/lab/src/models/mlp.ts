import { nn, type numpy as np } from "@jax-js/jax";
import { type Dense, dense, initDense } from "./dense.ts";
import { checkRate, type DropoutBuffers, initKey, withDropout } from "./dropout.ts";
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
}): Model<MlpParams, DropoutBuffers> {
  checkRate("mlp", rate);
  if (sizes.length < 2)
    throw new RangeError(`mlp: sizes [${sizes.join(", ")}]; expected [inputs, hidden..., outputs]`);
  const widths = sizes.slice(0, -1);
  const outputs = sizes.at(-1) as number;
  const layers = widths.slice(1).map((out, i) => ({ inputs: widths[i] as number, out }));
  const last = widths.at(-1) as number;
  const hidden: Roles<Dense> = { w: "hidden", b: "vector" };
  const forward = (params: MlpParams, x: np.Array, drop: (h: np.Array) => np.Array): np.Array =>
    dense(
      params.hidden.reduce((h, layer) => drop(nn.relu(dense(h, layer))), x),
      params.head,
    );
  return {
    init(seed) {
      const random = initStream(seed);
      return {
        hidden: layers.map(({ inputs, out }) => initDense(out, inputs, heDeviation(inputs), random)),
        head: initDense(outputs, last, lecunDeviation(last), random),
      };
    },
    roles: { hidden: layers.map(() => hidden), head: { w: "head", b: "vector" } },
    apply(params, x, buffers) {
      buffers?.key.dispose();
      return forward(params, x, (h) => h);
    },
    ...(rate > 0 && {
      dropout: rate,
      training: {
        init: initKey,
        apply: (params, x, buffers) =>
          withDropout(rate, layers.length, buffers, (drop) => forward(params, x, drop)),
      },
    }),
  };
}
