import { nn, numpy as np } from "@jax-js/jax";

export interface AttentionOptions {
  /** Tokens in a sequence. */
  readonly context: number;
  readonly heads: number;
  /** Width of one head; even when rotary. */
  readonly size: number;
  /** Rotate queries and keys by their position (Su et al., 2021). */
  readonly rotary: boolean;
}

/** A score that softmax turns into exactly zero. */
const hidden = -1e9;

/**
 * Causal scaled dot-product attention (Vaswani et al., 2017). The function takes queries, keys and values
 * [batch, context, heads * size] and returns the same shape.
 */
export function attention({ context, heads, size, rotary }: AttentionOptions) {
  const split = (x: np.Array) => x.reshape([-1, context, heads, size]).transpose([0, 2, 1, 3]);
  const place = rotary ? rotation(context, size) : (x: np.Array) => x;
  return (q: np.Array, k: np.Array, v: np.Array): np.Array => {
    const scores = np
      .matmul(place(split(q)), place(split(k)).transpose([0, 1, 3, 2]))
      .mul(1 / Math.sqrt(size));
    const causal = np.tril(np.ones([context, context])).astype(np.bool);
    const weights = nn.softmax(np.where(causal, scores, hidden));
    return np
      .matmul(weights, split(v))
      .transpose([0, 2, 1, 3])
      .reshape([-1, context, heads * size]);
  };
}

/** Rotates the two halves of every vector of x [batch, heads, context, size] by angles position * 10000^(-2i/size). */
function rotation(context: number, size: number): (x: np.Array) => np.Array {
  const half = size / 2;
  const angles = Array.from({ length: context * half }, (_, i) => {
    const position = Math.floor(i / half);
    return position * 10_000 ** (-(i % half) / half);
  });
  const table = (f: (angle: number) => number) =>
    np.array(Float32Array.from(angles, f), { shape: [context, half] });
  return (x) => {
    const [a, b] = np.split(x, 2, -1) as [np.Array, np.Array];
    const [cos, sin] = [table(Math.cos), table(Math.sin)];
    return np.concatenate([a.ref.mul(cos.ref).sub(b.ref.mul(sin.ref)), a.mul(sin).add(b.mul(cos))], -1);
  };
}
