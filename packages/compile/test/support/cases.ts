import { grad, random as jaxRandom, lax, nn, numpy as np, valueAndGrad, vmap } from "@jax-js/jax";
import { type ArrayFunction, type Tensor, tensor } from "../../src/index.ts";
import { ints, numbers, random } from "./agree.ts";

/** Programs that every executor must run as jax-js does (agreement.test.ts), each with arguments for it. */
export type Cases = Readonly<Record<string, readonly [ArrayFunction, readonly Tensor[]]>>;

const f64 = (shape: readonly number[], seed = 1): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(numbers(size, seed), shape, "float64");
};

export const cases: Cases = {
  "matmul and its gradients": [
    (x, w) => grad((x: np.Array, w: np.Array) => np.square(np.matmul(x, w)).sum(), { argnums: [0, 1] })(x, w),
    [random([5, 37]), random([37, 21], 2)],
  ],
  "matmul of long rows": [(x, w) => np.matmul(x, w), [random([3, 130]), random([130, 67], 2)]],
  "matmul with a transposed right side": [
    (x, w) => np.matmul(x, w.transpose()),
    [random([6, 33]), random([17, 33], 2)],
  ],
  "matmul with broadcast batch": [
    (x, w) => grad((x: np.Array, w: np.Array) => np.square(np.matmul(x, w)).sum(), { argnums: [0, 1] })(x, w),
    [random([2, 3, 5, 4]), random([4, 6], 2)],
  ],
  "batched matmul": [(x, w) => np.matmul(x, w), [random([2, 3, 5, 4]), random([2, 3, 4, 6], 2)]],
  "vector dots": [(x, y) => [np.dot(x.ref, y.ref), np.outer(x, y)], [random([71]), random([71], 3)]],
  "a chain with broadcasting": [
    (x, y) =>
      x.ref
        .mul(y.ref)
        .add(np.exp(x))
        .sub(np.sqrt(np.abs(y))),
    [random([4, 1, 9]), random([2, 1], 2)],
  ],
  "reductions over every axis": [
    (x) => [
      x.ref.sum(0),
      x.ref.mean([1, 2]),
      np.max(x.ref, 1),
      np.min(x.ref),
      np.prod(x.ref, [0, 2]),
      x.sum(2),
    ],
    [random([3, 14, 9])],
  ],
  "reductions of integers and booleans": [
    (i) => [i.ref.sum(0), np.max(i.ref, 1), np.min(i.ref), i.ref.greater(1).any(0), i.greater(-3).all()],
    [
      ints(
        [...Array(30).keys()].map((k) => ((k * 7) % 11) - 3),
        [5, 6],
      ),
    ],
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
    [random([4, 11]), random([4, 11], 2)],
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
    [random([6, 10]), ints([0, 1, 1, 5], [2, 2])],
  ],
  // Large enough for several threads, which must not lose terms of a row's sum.
  "embedding gradient with many equal tokens": [
    (e, w, i) => grad((e: np.Array) => np.take(e, i, 0).mul(w).sum())(e),
    [random([3, 384]), random([2048, 384], 2), ints(Array.from({ length: 2048 }, (_, k) => k % 3))],
  ],
  "gathers of gathers, transposed": [
    (x, i, j) => np.take(np.take(x, i, 1).transpose([1, 0]), j, 0).transpose([1, 0]),
    [random([5, 9]), ints([8, 0, 3, 3, 2, 7]), ints([5, 1, 1, 0, 4])],
  ],
  gelu: [(x) => valueAndGrad((x: np.Array) => nn.gelu(x).sum())(x), [random([3, 7])]],
  "exact gelu": [
    (x) => valueAndGrad((x: np.Array) => nn.gelu(x, { approximate: false }).sum())(x),
    [random([3, 7])],
  ],
  "elementary functions": [
    (x) => [
      np.sin(x.ref),
      np.cos(x.ref),
      np.arctan(x.ref),
      np.arcsin(x.ref),
      np.log(np.abs(x.ref)),
      np.tanh(x),
    ],
    [random([3, 13])],
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
    [random([2, 3, 8]), random([8], 2), random([2, 3, 8], 3)],
  ],
  "convolution with same padding": [
    (x, w, c) =>
      grad((x: np.Array, w: np.Array) => lax.convGeneralDilated(x, w, [1, 1], "SAME").mul(c).sum(), {
        argnums: [0, 1],
      })(x, w),
    [random([2, 3, 8, 7]), random([4, 3, 3, 3], 2), random([2, 4, 8, 7], 3)],
  ],
  "strided convolution": [
    (x, w, c) => {
      const padding: [number, number][] = [
        [1, 1],
        [0, 2],
      ];
      return grad((x: np.Array, w: np.Array) => lax.convGeneralDilated(x, w, [2, 2], padding).mul(c).sum(), {
        argnums: [0, 1],
      })(x, w);
    },
    [random([2, 3, 9, 8]), random([4, 3, 3, 3], 2), random([2, 4, 5, 4], 3)],
  ],
  "vmapped convolution": [
    (x, w) => vmap((x: np.Array, w: np.Array) => lax.convGeneralDilated(x, w, [1], [[0, 1]]), [0, 0])(x, w),
    [random([3, 2, 2, 9]), random([3, 4, 2, 3], 2)],
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
      np.concatenate([x.ref, x.ref.mul(2)], 1),
      ...np.split(x.ref, [1], 0),
      ...np.split(np.exp(x), [1], 0),
    ],
    [random([4, 3])],
  ],
  "sum of a padded and flipped product": [
    (x) => np.pad(np.flip(x.ref.mul(x), [0, 1]), 2).sum(1),
    [random([5, 6])],
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
  "bits and remainders of integers": [
    (i) => [
      np.bitwiseXor(i.ref, 5),
      np.leftShift(i.ref, np.array(2, { dtype: np.int32 })),
      i.ref.mod(2),
      np.bitwiseCount(i),
    ],
    [ints([-2, 0, 1, 2, 5])],
  ],
  "dropout from a key": [
    (x, key) => {
      const mask = jaxRandom.bernoulli(key, 0.5, [4, 9]);
      return np.where(mask, x, 0);
    },
    [random([4, 9]), tensor([1, 2], [2], "uint32")],
  ],
  "normal numbers for several keys": [
    (keys) => vmap((key: np.Array) => jaxRandom.normal(key, [7]))(keys),
    [tensor([1, 2, 3, 4, 5, 6], [3, 2], "uint32")],
  ],
  "float64 regression": [
    (w, x, y) => valueAndGrad((w: np.Array) => np.square(np.matmul(x, w).sub(y)).mean())(w),
    [f64([7]), f64([9, 7], 2), f64([9], 3)],
  ],
  "float64 means and quotients": [
    (x) => [...valueAndGrad((x: np.Array) => np.square(x.div(3)).mean())(x.ref), x.mean()],
    [tensor([1, 2, 3, 4, 5, 6], [2, 3], "float64")],
  ],
  "float64 beside float32": [
    (x, y) => [
      x.ref.astype(np.float32).add(y.ref),
      np.where(x.ref.greater(0), x.ref, y.ref.astype(np.float64)).sum(),
      x.astype(np.int32).add(np.floor(y).astype(np.int32)),
    ],
    [f64([11]), random([11], 2)],
  ],
  "results that are inputs, twice, or constants": [
    (x) => [x.ref, x.ref.mul(2), x, np.ones([3]), np.arange(4)],
    [random([5])],
  ],
  "empty slices": [
    (x) => [np.concatenate([x.ref.slice([1, 1]), x.ref], 0), x.slice([0, 0]).sum(0)],
    [random([2, 3])],
  ],
};

/** Programs that jax-js's jit refuses, because of routines on computed operands: the reference is its eager evaluation. */
export const eagerCases: Cases = {
  "sorting, also of NaN and views": [
    (x, y) => [np.sort(x.ref), np.argsort(x.ref.transpose()), np.sort(x.mul(2), 0), np.argsort(y)],
    [random([4, 9]), tensor([3, NaN, -1, 3, Infinity, 0, -1])],
  ],
  "Cholesky, triangular solves and their gradients": [
    (x, b) => {
      const f = (x: np.Array) => {
        const a = np.matmul(x.ref, x.transpose()).add(np.eye(5));
        const l = lax.linalg.cholesky(a);
        return lax.linalg.triangularSolve(l, b.ref, { leftSide: true, lower: true }).sum();
      };
      const result = valueAndGrad(f)(x);
      b.dispose();
      return result;
    },
    [random([5, 7]), random([5, 3], 2)],
  ],
  "LU, determinants and inverses": [(x) => [np.linalg.det(x.ref), np.linalg.inv(x)], [random([3, 4, 4])]],
  "symmetric eigenvalues": [
    (x) => {
      const [values, vectors] = np.linalg.eigh(x.ref.add(x.transpose()));
      return [values, np.abs(vectors)];
    },
    [random([6, 6])],
  ],
  "fast Fourier transform": [
    (x) => {
      const { real, imag } = np.fft.fft({ real: x.ref, imag: x.mul(0.5) });
      const back = np.fft.ifft({ real: real.ref, imag: imag.ref });
      return [real, imag, back.real, back.imag];
    },
    [random([2, 30])],
  ],
};
