import { nn, numpy as np } from "@jax-js/jax";
import { Tensor, zeros } from "@steepest/compile";
import type { RandomStream } from "../random.ts";
import { type Dense, dense, initDense } from "./dense.ts";
import { checkRate, type DropoutBuffers, initKey, withDropout } from "./dropout.ts";
import { initStream, lecunDeviation, normal } from "./init.ts";
import type { Model, Roles } from "./model.ts";

/** A layer: for the input, forget, cell and output gate a matrix (4, width, in), one (4, width, width), and biases. */
export type LstmLayer = { input: np.Array; recurrent: np.Array; bias: np.Array };
export type LstmParams = { embedding?: np.Array; layers: LstmLayer[]; head: Dense };

export interface LstmOptions {
  /** Numbers in an input vector; or the size of a vocabulary, whose tokens are embedded at the layers' width. */
  readonly inputs: number | { readonly vocabulary: number };
  /** Vectors or tokens in a sequence. The steps are written out one after the other, so that their number is fixed. */
  readonly context: number;
  /** Numbers in the state of a layer. */
  readonly width: number;
  /** Default 1. */
  readonly layers?: number;
  readonly outputs: number;
  /** Logits after "each" element of the sequence, or after the "last" alone. */
  readonly predict: "each" | "last";
  /** Rate of the dropout on the input of every layer after the first and of the head (Zaremba et al., 2014). Default 0. */
  readonly dropout?: number;
}

/**
 * A long short-term memory (Hochreiter and Schmidhuber, 1997; with forget gates, Gers et al., 2000). Matrices have variance
 * 1 / inputs, the forget gate's biases are one (Jozefowicz et al., 2015), other biases zero.
 *
 * `apply` takes vectors [batch, context, inputs] or tokens int32 [batch, context] and returns logits
 * [batch * context, outputs] or, for the last, [batch, outputs].
 */
export function lstm(options: LstmOptions): Model<LstmParams, DropoutBuffers> {
  const { inputs, context, width, layers = 1, outputs, predict, dropout: rate = 0 } = options;
  checkRate("lstm", rate);
  const vocabulary = typeof inputs === "number" ? undefined : inputs.vocabulary;
  const sizes = Array.from({ length: layers }, (_, i) =>
    i === 0 && typeof inputs === "number" ? inputs : width,
  );

  /** x [batch, context, in] to the states [batch, context, width]; with `lastOnly` to the last state [batch, 1, width]. */
  const layer = (x: np.Array, { input, recurrent, bias }: LstmLayer, lastOnly: boolean): np.Array => {
    const [batch, , size] = x.shape as [number, number, number];
    // The inputs of all steps go through one product; what is left in a step is the recurrent one.
    const driven = np.matmul(x, input.reshape([4 * width, size]).transpose()).add(bias.reshape([4 * width]));
    const back = recurrent.reshape([4 * width, width]).transpose();
    let state: { h: np.Array; c: np.Array } | undefined;
    const states: np.Array[] = [];
    np.split(driven, context, 1).forEach((step, t) => {
      const now = step.reshape([batch, 4 * width]);
      const gates = state === undefined ? now : now.add(np.matmul(state.h, back.ref));
      const [i, f, g, o] = np.split(gates, 4, 1) as [np.Array, np.Array, np.Array, np.Array];
      const fresh = nn.sigmoid(i).mul(np.tanh(g));
      // The first state is zero: there is nothing to forget.
      const c = state === undefined ? fresh : nn.sigmoid(f).mul(state.c).add(fresh);
      if (state === undefined) f.dispose();
      const h = nn.sigmoid(o).mul(np.tanh(c.ref));
      if (!lastOnly || t === context - 1) states.push(h.ref.reshape([batch, 1, width]));
      state = { h, c };
    });
    state?.h.dispose();
    state?.c.dispose();
    back.dispose();
    return lastOnly ? (states[0] as np.Array) : np.concatenate(states, 1);
  };

  const forward = (params: LstmParams, x: np.Array, drop: (x: np.Array) => np.Array): np.Array => {
    const vectors = params.embedding === undefined ? x : np.take(params.embedding, x, 0);
    const last = layers - 1;
    const states = params.layers.reduce(
      (h, p, i) => layer(i === 0 ? h : drop(h), p, predict === "last" && i === last),
      vectors,
    );
    return dense(drop(states).reshape([-1, width]), params.head);
  };

  const layerRoles: Roles<LstmLayer> = { input: "hidden", recurrent: "hidden", bias: "vector" };
  return {
    init(seed) {
      const random = initStream(seed);
      return {
        ...(vocabulary !== undefined && {
          embedding: normal([vocabulary, width], lecunDeviation(width), random),
        }),
        layers: sizes.map((size) => initLayer(size, width, random)),
        head: initDense(outputs, width, random),
      };
    },
    roles: {
      ...(vocabulary !== undefined && { embedding: "embedding" as const }),
      layers: sizes.map(() => layerRoles),
      head: { w: "head", b: "vector" },
    },
    apply(params, x, buffers) {
      buffers?.key.dispose();
      return forward(params, x, (h) => h);
    },
    ...(rate > 0 && {
      dropout: rate,
      training: {
        init: initKey,
        apply: (params, x, buffers) => withDropout(rate, layers, buffers, (drop) => forward(params, x, drop)),
      },
    }),
  };
}

function initLayer(size: number, width: number, random: RandomStream) {
  const bias = zeros("float32", [4, width]);
  return {
    input: normal([4, width, size], lecunDeviation(size), random),
    recurrent: normal([4, width, width], lecunDeviation(width), random),
    bias: new Tensor("float32", bias.shape, (bias.data as Float32Array).fill(1, width, 2 * width)),
  };
}
