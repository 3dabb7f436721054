import { nn, numpy as np } from "@jax-js/jax";
import { type Dense, dense, initDense } from "./dense.ts";
import { checkRate, type DropoutBuffers, initKey, withDropout } from "./dropout.ts";
import { heInit, type Initializer, initStream } from "./init.ts";
import type { Model, Roles } from "./model.ts";

export type MlpParams = { hidden: Dense[]; head: Dense };

const activations = { relu: nn.relu, tanh: np.tanh, gelu: (x: np.Array) => nn.gelu(x) } as const;

export interface MlpOptions {
  /** [inputs, hidden..., outputs], for example [784, 512, 512, 10]. */
  readonly sizes: readonly number[];
  /** Rate of the dropout after every hidden layer. Default 0. */
  readonly dropout?: number;
  /** What follows a hidden layer. Default "relu". */
  readonly activation?: "relu" | "tanh" | "gelu";
  /** Initial hidden matrices. Default: after He et al. (2015). */
  readonly init?: Initializer;
}

/** A multilayer perceptron. The head starts with variance 1 / inputs, biases at zero. */
export function mlp({
  sizes,
  dropout: rate = 0,
  activation = "relu",
  init = heInit,
}: MlpOptions): Model<MlpParams, DropoutBuffers> {
  checkRate("mlp", rate);
  const activate = activations[activation];
  if (sizes.length < 2)
    throw new RangeError(`mlp: sizes [${sizes.join(", ")}]; expected [inputs, hidden..., outputs]`);
  const widths = sizes.slice(0, -1);
  const outputs = sizes.at(-1) as number;
  const layers = widths.slice(1).map((out, i) => ({ inputs: widths[i] as number, out }));
  const last = widths.at(-1) as number;
  const hidden: Roles<Dense> = { w: "hidden", b: "vector" };
  const forward = (params: MlpParams, x: np.Array, drop: (h: np.Array) => np.Array): np.Array =>
    dense(
      params.hidden.reduce((h, layer) => drop(activate(dense(h, layer))), x),
      params.head,
    );
  return {
    init(seed) {
      const random = initStream(seed);
      return {
        hidden: layers.map(({ inputs, out }) => initDense(out, inputs, random, init)),
        head: initDense(outputs, last, random),
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
