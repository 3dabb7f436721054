import { nn, numpy as np } from "@jax-js/jax";
import { attention } from "./attention.ts";
import { checkRate, type DropoutBuffers, initKey, withDropout } from "./dropout.ts";
import { constant, initStream, lecunDeviation, normal } from "./init.ts";
import type { Model, Roles } from "./model.ts";
import { layerNorm } from "./normalization.ts";

export type GptBlock = {
  attentionNorm: np.Array;
  q: np.Array;
  k: np.Array;
  v: np.Array;
  o: np.Array;
  mlpNorm: np.Array;
  up: np.Array;
  down: np.Array;
};

/** `positions` is absent with rotary positions, `head` when it is tied to the embedding. */
export type GptParams = {
  embedding: np.Array;
  positions?: np.Array;
  blocks: GptBlock[];
  norm: np.Array;
  head?: np.Array;
};

export interface GptOptions {
  /** Number of tokens in the vocabulary. */
  readonly vocabulary: number;
  /** Tokens in a sequence. */
  readonly context: number;
  /** Width d of the residual stream. */
  readonly width: number;
  readonly layers: number;
  /** Default: one for every 32 of the width. */
  readonly heads?: number;
  /** Default "learned". "rotary": Su et al. (2021), base 10,000. */
  readonly positions?: "learned" | "rotary";
  /** Use the embedding as the head. Default false. */
  readonly tied?: boolean;
  /** Rate of the dropout on the embeddings and on what every block adds to the stream. Default 0. */
  readonly dropout?: number;
}

/** Standard deviation of the head (Radford et al., 2019). */
const headDeviation = 0.02;

/**
 * A pre-norm decoder-only transformer with GELU and no biases. `apply` takes tokens int32 [batch, context] and returns
 * logits [batch * context, vocabulary]. Embeddings and hidden matrices are initialised with variance 1 / inputs, the
 * matrices that write into the residual stream with zero, so that every block starts as the identity (Zhang, Dauphin
 * and Ma, 2019).
 */
export function gpt(options: GptOptions): Model<GptParams, DropoutBuffers> {
  const {
    vocabulary,
    context,
    width,
    layers,
    tied = false,
    positions = "learned",
    dropout: rate = 0,
  } = options;
  checkRate("gpt", rate);
  const heads = options.heads ?? Math.max(1, Math.round(width / 32));
  if (width % heads !== 0 || (positions === "rotary" && (width / heads) % 2 !== 0)) {
    throw new RangeError(`gpt: width ${width} does not split into ${heads} heads of equal, even size`);
  }
  const attend = attention({ context, heads, size: width / heads, rotary: positions === "rotary" });

  type Drop = (x: np.Array) => np.Array;
  const block = (x: np.Array, p: GptBlock, drop: Drop): np.Array => {
    const a = layerNorm(x.ref, p.attentionNorm);
    const mixed = project(attend(project(a.ref, p.q), project(a.ref, p.k), project(a, p.v)), p.o);
    const y = x.add(drop(mixed));
    return y.ref.add(drop(project(nn.gelu(project(layerNorm(y, p.mlpNorm), p.up)), p.down)));
  };

  const forward = (params: GptParams, tokens: np.Array, drop: Drop): np.Array => {
    const head = params.head ?? params.embedding.ref;
    // The stream keeps the shape [batch, context, width]: jax-js's jit cannot scatter a reshaped gradient (0.1.25).
    let x = np.take(params.embedding, tokens, 0);
    if (params.positions !== undefined) x = x.add(params.positions);
    const stream = params.blocks.reduce((h, p) => block(h, p, drop), drop(x));
    return project(layerNorm(stream, params.norm), head).reshape([-1, vocabulary]);
  };

  const blockRoles: Roles<GptBlock> = {
    attentionNorm: "vector",
    q: "hidden",
    k: "hidden",
    v: "hidden",
    o: "hidden",
    mlpNorm: "vector",
    up: "hidden",
    down: "hidden",
  };
  return {
    init(seed) {
      const random = initStream(seed);
      const table = (rows: number) => normal([rows, width], lecunDeviation(width), random);
      return {
        embedding: table(vocabulary),
        ...(positions === "learned" && { positions: table(context) }),
        blocks: Array.from({ length: layers }, () => ({
          attentionNorm: constant([width], 1),
          q: table(width),
          k: table(width),
          v: table(width),
          o: constant([width, width], 0),
          mlpNorm: constant([width], 1),
          up: table(4 * width),
          down: constant([width, 4 * width], 0),
        })),
        norm: constant([width], 1),
        ...(!tied && { head: normal([vocabulary, width], headDeviation, random) }),
      };
    },
    roles: {
      embedding: "embedding",
      ...(positions === "learned" && { positions: "embedding" as const }),
      blocks: Array.from({ length: layers }, () => blockRoles),
      norm: "vector",
      ...(!tied && { head: "head" as const }),
    },
    apply(params, tokens, buffers) {
      buffers?.key.dispose();
      return forward(params, tokens, (x) => x);
    },
    ...(rate > 0 && {
      dropout: rate,
      training: {
        init: initKey,
        apply: (params, tokens, buffers) =>
          withDropout(rate, 1 + 2 * layers, buffers, (drop) => forward(params, tokens, drop)),
      },
    }),
  };
}

/** x [..., in] times a weight (out, in). */
const project = (x: np.Array, w: np.Array): np.Array => np.matmul(x, w.transpose());
