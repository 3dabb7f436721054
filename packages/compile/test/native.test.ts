import { grad, lax, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { test } from "vitest";
import { type ArrayFunction, type Tensor, tensor } from "../src/index.ts";
import { agree, ints, random } from "./support/agree.ts";

const cases: Record<string, [ArrayFunction, Tensor[]]> = {
  "matmul and its gradients": [
    (x, w) => grad((x: np.Array, w: np.Array) => np.square(np.matmul(x, w)).sum(), { argnums: [0, 1] })(x, w),
    [random([5, 3]), random([3, 4], 2)],
  ],
  "batched matmul": [(x, w) => np.matmul(x, w), [random([2, 3, 5, 4]), random([2, 3, 4, 6], 2)]],
  "matmul with broadcast batch": [
    (x, w) => grad((x: np.Array, w: np.Array) => np.square(np.matmul(x, w)).sum(), { argnums: [0, 1] })(x, w),
    [random([2, 3, 5, 4]), random([4, 6], 2)],
  ],
  "vector dot": [(x, y) => np.dot(x, y), [random([7]), random([7], 3)]],
  "broadcasting chain": [
    (x, y) =>
      x.ref
        .mul(y.ref)
        .add(np.exp(x))
        .sub(np.sqrt(np.abs(y))),
    [random([4, 1, 3]), random([2, 1], 2)],
  ],
  "reductions over every axis": [
    (x) => [x.ref.sum(0), x.ref.mean([1, 2]), np.max(x.ref, 1), np.min(x.ref), np.prod(x, [0, 2])],
    [random([3, 4, 2])],
  ],
  "transposed reshapes": [
    (x) =>
      x.ref
        .transpose([2, 0, 1])
        .reshape([4, 6])
        .add(x.reshape([4, 6])),
    [random([2, 3, 4])],
  ],
  "softmax gradient": [
    (x, y) => grad((x: np.Array) => nn.softmax(x).mul(y).sum())(x),
    [random([4, 5]), random([4, 5], 2)],
  ],
  "cross-entropy by gather": [
    (x, y, w) =>
      valueAndGrad((x: np.Array) => {
        const logp = nn.logSoftmax(x);
        return logp.slice(np.arange(4).astype(np.int32), y).mul(w).mean().neg();
      })(x),
    [random([4, 5]), ints([1, 0, 4, 2]), random([4], 2)],
  ],
  "embedding gradient": [
    (e, i) => valueAndGrad((e: np.Array) => np.square(np.take(e, i, 0)).sum())(e),
    [random([6, 3]), ints([0, 1, 1, 5], [2, 2])],
  ],
  // Large enough for several threads, which must not lose terms of a row's sum.
  "embedding gradient with many equal tokens": [
    (e, w, i) => grad((e: np.Array) => np.take(e, i, 0).mul(w).sum())(e),
    [random([3, 384]), random([2048, 384], 2), ints(Array.from({ length: 2048 }, (_, k) => k % 3))],
  ],
  gelu: [(x) => valueAndGrad((x: np.Array) => nn.gelu(x).sum())(x), [random([3, 7])]],
  "exact gelu": [
    (x) => valueAndGrad((x: np.Array) => nn.gelu(x, { approximate: false }).sum())(x),
    [random([3, 7])],
  ],
  "layer norm": [
    (x, g, c) =>
      grad(
        (x: np.Array, g: np.Array) => {
          const d = x.ref.sub(x.mean(-1, { keepdims: true }));
          const v = np.square(d.ref).mean(-1, { keepdims: true });
          return d
            .div(np.sqrt(v.add(1e-5)))
            .mul(g)
            .mul(c)
            .sum();
        },
        { argnums: [0, 1] },
      )(x, g),
    [random([2, 3, 4]), random([4], 2), random([2, 3, 4], 3)],
  ],
  "convolution same padding": [
    (x, w, c) =>
      grad((x: np.Array, w: np.Array) => lax.convGeneralDilated(x, w, [1, 1], "SAME").mul(c).sum(), {
        argnums: [0, 1],
      })(x, w),
    [random([2, 3, 8, 7]), random([4, 3, 3, 3], 2), random([2, 4, 8, 7], 3)],
  ],
  "strided convolution": [
    (x, w, c) =>
      grad(
        (x: np.Array, w: np.Array) =>
          lax
            .convGeneralDilated(
              x,
              w,
              [2, 2],
              [
                [1, 1],
                [0, 2],
              ],
            )
            .mul(c)
            .sum(),
        { argnums: [0, 1] },
      )(x, w),
    [random([2, 3, 9, 8]), random([4, 3, 3, 3], 2), random([2, 4, 5, 4], 3)],
  ],
  "max pooling": [
    (x, c) =>
      valueAndGrad((x: np.Array) =>
        lax
          .reduceWindow(x, (y) => np.max(y), [2, 2], [2, 2])
          .mul(c)
          .sum(),
      )(x),
    [random([2, 3, 6, 4]), random([2, 3, 3, 2], 2)],
  ],
  "max pooling with ties": [
    (x, c) =>
      valueAndGrad((x: np.Array) =>
        lax
          .reduceWindow(np.floor(x.mul(2)), (y) => np.max(y), [2, 2], [2, 2])
          .mul(c)
          .sum(),
      )(x),
    [random([2, 3, 6, 4]), random([2, 3, 3, 2], 2)],
  ],
  "overlapping pooling": [
    (x, c) =>
      valueAndGrad((x: np.Array) =>
        lax
          .reduceWindow(x, (y) => np.max(y), [3, 3], [2, 2])
          .mul(c)
          .sum(),
      )(x),
    [random([2, 3, 7, 8]), random([2, 3, 3, 3], 2)],
  ],
  "average pooling": [
    (x, c) =>
      valueAndGrad((x: np.Array) =>
        lax
          .reduceWindow(x, (y) => np.mean(y), [2, 2], [2, 2])
          .mul(c)
          .sum(),
      )(x),
    [random([2, 3, 6, 4]), random([2, 3, 3, 2], 2)],
  ],
  "slices, pads, flips and joins": [
    (x) => [
      x.ref.slice([1, 3], [0, 2]),
      np.pad(x.ref, [
        [1, 0],
        [0, 2],
      ]),
      np.flip(x.ref, 1),
      np.concatenate([x.ref, x.ref], 1),
      ...np.split(x, [1], 0),
    ],
    [random([4, 3])],
  ],
  "causal attention": [
    (q, k, v) =>
      grad(
        (q: np.Array, k: np.Array, v: np.Array) => {
          const heads = (a: np.Array) => a.reshape([2, 5, 2, 3]).transpose([0, 2, 1, 3]);
          const scores = np.matmul(heads(q), heads(k).transpose([0, 1, 3, 2])).mul(0.5);
          const mask = np.tril(np.ones([5, 5])).astype(np.bool);
          const p = nn.softmax(np.where(mask, scores, -1e9));
          return np.square(np.matmul(p, heads(v)).transpose([0, 2, 1, 3]).reshape([2, 5, 6])).sum();
        },
        { argnums: [0, 1, 2] },
      )(q, k, v),
    [random([2, 5, 6]), random([2, 5, 6], 2), random([2, 5, 6], 3)],
  ],
  "float64 means and quotients": [
    (x) => [...valueAndGrad((x: np.Array) => np.square(x.div(3)).mean())(x.ref), x.mean()],
    [tensor([1, 2, 3, 4, 5, 6], [2, 3], "float64")],
  ],
  "integers and booleans": [
    (i) => [
      i.ref.add(3),
      i.ref.mul(i.ref),
      np.where(i.ref.greater(1), i.ref, -1),
      i.ref.equal(2),
      i.astype(np.float32),
    ],
    [ints([-2, 0, 1, 2, 5])],
  ],
};

for (const [name, [fn, args]] of Object.entries(cases)) {
  test(`native agrees with jax-js: ${name}`, () => agree(fn, args));
}
