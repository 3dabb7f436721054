import { grad, numpy as np, tree } from "@jax-js/jax";
import { type ArrayTree, compile, fromArray, initRuntime, Tensor, tensor, toArray } from "@steepest/compile";
import { spectral } from "steepest";
import { beforeAll, describe, expect, test } from "vitest";
import {
  accuracy,
  applyTrained,
  cnn,
  constantInit,
  countParameters,
  crossEntropy,
  gpt,
  heInit,
  type Initializer,
  lecunInit,
  linear,
  logisticLoss,
  lstm,
  type Model,
  mlp,
  normalInit,
  normBallInit,
  orthogonalInit,
  resnet,
  signAccuracy,
  squaredError,
  trainedTree,
  xavierInit,
} from "../src/models/index.ts";
import { batchNorm, normalizeByRunning } from "../src/models/normalization.ts";
import { randomStream } from "../src/random.ts";

// The "cpu" device computes exp and log in full double precision.
beforeAll(() => initRuntime("cpu"));

interface Case {
  // biome-ignore lint/suspicious/noExplicitAny: a table over models of different parameter trees.
  model: Model<any, any>;
  input: Tensor;
  logits: [number, number];
  parameters: number;
}

const random = (shape: number[]) => {
  const stream = randomStream(7, "test");
  return tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => stream.normal()),
    shape,
  );
};
const tokens = tensor([0, 3, 1, 4, 2, 2, 4, 0], [2, 4], "int32");
const tiny = { vocabulary: 5, context: 4, width: 4, layers: 2, heads: 2 };

const cases: Record<string, Case> = {
  linear: {
    model: linear({ inputs: 3, outputs: 2 }),
    input: random([4, 3]),
    logits: [4, 2],
    parameters: 8,
  },
  mlp: { model: mlp({ sizes: [3, 5, 4, 2] }), input: random([4, 3]), logits: [4, 2], parameters: 54 },
  "mlp with dropout": {
    model: mlp({ sizes: [3, 5, 4, 2], dropout: 0.3 }),
    input: random([4, 3]),
    logits: [4, 2],
    parameters: 54,
  },
  "mlp with tanh": {
    model: mlp({ sizes: [3, 4, 2], activation: "tanh", init: xavierInit }),
    input: random([4, 3]),
    logits: [4, 2],
    parameters: 26,
  },
  "cnn with max pooling": {
    model: cnn({ image: [2, 4, 4], channels: [3, 2], classes: 3 }),
    input: random([2, 2, 4, 4]),
    logits: [2, 3],
    parameters: 3 * 2 * 9 + 3 + 2 * 3 * 9 + 2 + 2 * 3 + 3,
  },
  "cnn with average pooling": {
    model: cnn({ image: [1, 4, 4], channels: [2], kernel: 3, classes: 3, pool: "average" }),
    input: random([2, 1, 4, 4]),
    logits: [2, 3],
    parameters: 18 + 2 + 8 * 3 + 3,
  },
  gpt: { model: gpt(tiny), input: tokens, logits: [8, 5], parameters: 20 + 16 + 2 * (8 + 12 * 16) + 4 + 20 },
  "resnet with batch norm": {
    model: resnet({ image: [2, 4, 4], classes: 3, widths: [2, 3] }),
    input: random([3, 2, 4, 4]),
    logits: [3, 3],
    parameters: 36 + 4 + (36 + 4) * 2 + (54 + 6) + (81 + 6) + (6 + 6) + 12,
  },
  "resnet with layer norm": {
    model: resnet({ image: [1, 4, 4], classes: 2, widths: [2, 2], norm: "layer" }),
    input: random([2, 1, 4, 4]),
    logits: [2, 2],
    parameters: 18 + 4 + (36 + 4) * 4 + (4 + 4) + 6,
  },
  "resnet without norm or skips": {
    model: resnet({ image: [1, 4, 4], classes: 2, widths: [2, 3], blocks: 2, norm: "none", skips: false }),
    input: random([2, 1, 4, 4]),
    logits: [2, 2],
    parameters: 18 + 36 * 4 + 54 + 81 * 3 + 8,
  },
  "cnn like LeNet": {
    model: cnn({ image: [1, 4, 4], channels: [2], kernel: 5, hidden: [4, 3], classes: 2, pool: "average" }),
    input: random([2, 1, 4, 4]),
    logits: [2, 2],
    parameters: 50 + 2 + 8 * 4 + 4 + 12 + 3 + 6 + 2,
  },
  "cnn like VGG": {
    model: cnn({ image: [1, 4, 4], channels: [[2, 2], 3], classes: 2 }),
    input: random([2, 1, 4, 4]),
    logits: [2, 2],
    parameters: 18 + 2 + 36 + 2 + 54 + 3 + 6 + 2,
  },
  "lstm of tokens": {
    model: lstm({
      inputs: { vocabulary: 5 },
      context: 4,
      width: 3,
      layers: 2,
      outputs: 5,
      predict: "each",
      dropout: 0.2,
    }),
    input: tokens,
    logits: [8, 5],
    parameters: 15 + 2 * (4 * 3 * (3 + 3 + 1)) + 20,
  },
  "lstm of vectors": {
    model: lstm({ inputs: 2, context: 3, width: 4, outputs: 3, predict: "last" }),
    input: random([2, 3, 2]),
    logits: [2, 3],
    parameters: 4 * 4 * (2 + 4 + 1) + 15,
  },
  "gpt with dropout": {
    model: gpt({ ...tiny, layers: 1, dropout: 0.2 }),
    input: tokens,
    logits: [8, 5],
    parameters: 20 + 16 + (8 + 12 * 16) + 4 + 20,
  },
  "gpt with rotary positions and a tied head": {
    model: gpt({ ...tiny, layers: 1, positions: "rotary", tied: true }),
    input: tokens,
    logits: [8, 5],
    parameters: 20 + (8 + 12 * 16) + 4,
  },
};

const toFloat64 = (x: Tensor) =>
  x.dtype === "float32" ? new Tensor("float64", x.shape, Float64Array.from(x.data)) : x;
const arrays = (params: ArrayTree | Tensor) =>
  tree.map((x: Tensor) => toArray(x), params as never) as ArrayTree;

describe.each(Object.entries(cases))("%s", (_, { model, input, logits, parameters }) => {
  const x = toFloat64(input);
  const labels = tensor(
    Array.from({ length: logits[0] }, (_, i) => i % logits[1]),
    undefined,
    "int32",
  );
  const { training } = model;
  const buffers = training && (tree.map(toFloat64, training.init(2) as never) as ArrayTree);
  // The function that is differentiated in training: of batch norm that with the batch's own statistics.
  const loss = (params: ArrayTree) => {
    const outputs =
      training && buffers
        ? training.apply(params, toArray(x), arrays(buffers))[0]
        : model.apply(params, toArray(x));
    return crossEntropy(outputs, toArray(labels));
  };

  test("has the stated shapes, roles and initial values", () => {
    const params = model.init(3);
    expect(countParameters(params)).toBe(parameters);
    expect(model.init(3)).toEqual(params);
    expect(tree.structure(model.roles).equals(tree.structure(params as never))).toBe(true);
    const out = model.apply(
      arrays(params as never),
      toArray(input),
      training && arrays(training.init(0) as never),
    );
    expect(out.shape).toEqual(logits);
    out.dispose();
  });

  test("its gradient is that of finite differences", () => {
    const stream = randomStream(1, "perturbation");
    // Away from zero and from ties, where ReLU and maximum have no derivative.
    const params = tree.map((p: Tensor) => {
      const wide = toFloat64(p);
      for (let i = 0; i < wide.data.length; i++)
        wide.data[i] = (wide.data[i] as number) + 0.3 * stream.normal();
      return wide;
    }, model.init(1) as never) as never;
    const gradients = tree.leaves<np.Array>(grad(loss)(arrays(params)));
    const leaves = tree.leaves<Tensor>(params);
    expect(gradients.length).toBe(leaves.length);
    gradients.forEach((gradient, at) => {
      const exact = fromArray(gradient);
      gradient.dispose();
      const leaf = leaves[at] as Tensor;
      for (const i of new Set([0, leaf.data.length >> 1])) {
        const original = leaf.data[i] as number;
        const h = 1e-5;
        const [up, down] = [h, -h].map((step) => {
          leaf.data[i] = original + step;
          const value = loss(arrays(params));
          return value.item() as number;
        }) as [number, number];
        leaf.data[i] = original;
        expect(exact.data[i]).toBeCloseTo((up - down) / (2 * h), 7);
      }
    });
  });
});

/** Every model runs on the native executor and on jax-js's jit: the same logits. */
test.each(Object.entries(cases))("%s: executors agree", async (name, { model, input }) => {
  const params = model.init(1);
  const buffers = model.training?.init(1);
  const evaluate = (trained: ArrayTree, x: np.Array) => applyTrained(model)(trained, x);
  const outputs: ArrayLike<number>[] = [];
  for (const executor of ["native", "wasm", "jax"] as const) {
    const program = await compile(evaluate, [trainedTree(params, buffers), input] as never, {
      executor,
      name,
    });
    outputs.push(((await program.run(trainedTree(params, buffers) as never, input as never)) as Tensor).data);
    await program.dispose();
  }
  for (const other of outputs.slice(1)) {
    Array.from(other).forEach((value, i) => {
      expect(value).toBeCloseTo(outputs[0]?.[i] as number, 4);
    });
  }
});

test("an LSTM follows its equations", () => {
  const model = lstm({ inputs: 1, context: 2, width: 1, outputs: 1, predict: "each" });
  const [a, r, b] = [
    [0.5, -0.3, 0.8, 0.2],
    [0.1, 0.4, -0.6, 0.7],
    [0.05, 1, -0.1, 0.3],
  ] as [number[], number[], number[]];
  const params = {
    layers: [{ input: tensor(a, [4, 1, 1]), recurrent: tensor(r, [4, 1, 1]), bias: tensor(b, [4, 1]) }],
    head: { w: tensor([1], [1, 1]), b: tensor([0]) },
  };
  const x = [1.5, -2];
  let [h, c] = [0, 0];
  const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
  const expected = x.map((value) => {
    const [i, f, g, o] = a.map((w, k) => w * value + (r[k] as number) * h + (b[k] as number)) as [
      number,
      number,
      number,
      number,
    ];
    c = sigmoid(f) * c + sigmoid(i) * Math.tanh(g);
    h = sigmoid(o) * Math.tanh(c);
    return h;
  });
  const out = model.apply(arrays(params as never) as never, np.array(x, { shape: [1, 2, 1] }));
  (out.reshape([-1]).js() as number[]).forEach((value, t) => {
    expect(value).toBeCloseTo(expected[t] as number, 6);
  });
});

test("initial values have the deviations, bounds and norms of their names", () => {
  const draw = (init: Initializer, shape: number[]) => init(shape, randomStream(4, "init"));
  const deviation = ({ data }: Tensor) =>
    Math.sqrt(Array.from(data).reduce((sum, v) => sum + v * v, 0) / data.length);
  expect(new Set(draw(constantInit(0.5), [3, 4]).data)).toEqual(new Set([0.5]));
  expect(deviation(draw(normalInit(0.3), [50, 200]))).toBeCloseTo(0.3, 2);
  expect(deviation(draw(heInit, [50, 200]))).toBeCloseTo(Math.sqrt(2 / 200), 2);
  expect(deviation(draw(heInit, [40, 10, 5, 5]))).toBeCloseTo(Math.sqrt(2 / 250), 2);
  expect(deviation(draw(lecunInit, [50, 200]))).toBeCloseTo(Math.sqrt(1 / 200), 2);
  const xavier = draw(xavierInit, [100, 200]);
  expect(deviation(xavier)).toBeCloseTo(Math.sqrt(2 / 300), 2);
  expect(Math.max(...xavier.data.map(Math.abs))).toBeLessThanOrEqual(Math.sqrt(6 / 300));
  for (const shape of [
    [3, 7],
    [7, 3],
    [4, 2, 3, 3],
  ]) {
    const { data } = draw(orthogonalInit(2), shape);
    const [rows, columns] = [shape[0] as number, shape.slice(1).reduce((a, b) => a * b)];
    const at = (i: number, k: number) => data[rows <= columns ? i * columns + k : k * columns + i] as number;
    const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
    for (let i = 0; i < count; i++) {
      for (let j = 0; j <= i; j++) {
        let product = 0;
        for (let k = 0; k < length; k++) product += at(i, k) * at(j, k);
        expect(product).toBeCloseTo(i === j ? 4 : 0, 5);
      }
    }
  }
  const ball = draw(normBallInit(spectral(), 3), [6, 4]);
  expect(spectral().norm(toArray(ball)).item()).toBeCloseTo(3, 1);
});

test("sizes that do not fit are refused", () => {
  expect(() => cnn({ image: [1, 6, 6], channels: [2, 2], classes: 2 })).toThrow(/multiples of 4/);
  expect(() => gpt({ ...tiny, heads: 3 })).toThrow(/width 4 does not split into 3 heads/);
  expect(() => mlp({ sizes: [4] })).toThrow(/expected \[inputs, hidden..., outputs\]/);
});

test("dropout sets the stated share to zero, keeps the mean and follows the key", () => {
  const [width, rows] = [64, 200];
  const model = mlp({ sizes: [1, width, 1], dropout: 0.25 });
  expect(model.dropout).toBe(0.25);
  // Every hidden unit is one and every output weight 1 / width: the logit is the share kept over 0.75.
  const params = {
    hidden: [{ w: tensor(Array(width).fill(1), [width, 1]), b: tensor(Array(width).fill(0)) }],
    head: { w: tensor(Array(width).fill(1 / width), [1, width]), b: tensor([0]) },
  };
  const run = (key?: number) => {
    const [p, x] = [arrays(params as never) as never, np.ones([rows, 1])];
    if (key === undefined) return model.apply(p, x).reshape([-1]).js() as number[];
    const buffers = { key: toArray(tensor([0, key], [2], "uint32")) };
    const [logits, next] = (model.training as NonNullable<typeof model.training>).apply(p, x, buffers);
    expect(next.key.js()).toEqual([0, key + 1]);
    return logits.reshape([-1]).js() as number[];
  };
  const logits = run(1);
  expect(run(1)).toEqual(logits);
  expect(run(2)).not.toEqual(logits);
  const mean = logits.reduce((a, b) => a + b, 0) / rows;
  expect(mean).toBeCloseTo(1, 1);
  expect(new Set(logits.map((v) => (v * 0.75 * width).toFixed(3))).size).toBeGreaterThan(5);
  for (const v of run()) expect(v).toBeCloseTo(1, 6);
});

test("batch norm: a training step normalises by the batch and moves the running statistics a tenth of the way", () => {
  const x = [1, 3, 5, 7];
  const images = () => np.array(x, { shape: [2, 1, 1, 2] });
  const affine = () => ({ gain: np.array([2]), bias: np.array([1]) });
  const running = () => ({ mean: np.array([1]), variance: np.array([2]) });
  const [y, next] = batchNorm(images(), affine(), running());
  const deviation = Math.sqrt(5 + 1e-5);
  const close = (values: unknown, expected: number[]) =>
    (values as number[]).flat(3).forEach((v, i) => {
      expect(v).toBeCloseTo(expected[i] as number, 5);
    });
  close(
    y.js(),
    x.map((v) => (2 * (v - 4)) / deviation + 1),
  );
  // PyTorch: (1 - 0.1) running + 0.1 batch, the batch's variance with n - 1.
  close(next.mean.js(), [0.9 + 0.4]);
  close(next.variance.js(), [1.8 + (0.1 * 20) / 3]);
  close(
    normalizeByRunning(images(), affine(), running()).js(),
    x.map((v) => (2 * (v - 1)) / Math.sqrt(2 + 1e-5) + 1),
  );
});

test("weights make a mean over examples, and a weight of zero takes an example out", () => {
  const logits = () => np.array([2, 0, 0, 3, 1, 1, 5, 1], { shape: [4, 2] });
  const labels = () => np.array([0, 1, 0, 1], { dtype: np.int32 });
  const first = crossEntropy(logits().slice([0, 3]), labels().slice([0, 3])).item();
  expect(crossEntropy(logits(), labels(), np.array([1, 1, 1, 0])).item()).toBeCloseTo(first, 6);
  // Two rows an example, as the tokens of two windows.
  const window = crossEntropy(logits().slice([2, 4]), labels().slice([2, 4])).item();
  expect(crossEntropy(logits(), labels(), np.array([0, 1])).item()).toBeCloseTo(window, 6);
  expect(accuracy(logits(), labels(), np.array([1, 0, 0, 3])).item()).toBeCloseTo(0.25, 6);
  expect(squaredError(np.array([[1], [3]]), np.array([0, 5]), np.array([1, 3])).item()).toBeCloseTo(
    13 / 8,
    6,
  );
});

test("a later token does not change an earlier logit", () => {
  const model = gpt({ ...tiny, positions: "rotary" });
  const logits = (last: number) => {
    const changed = tensor([0, 3, 1, last], [1, 4], "int32");
    const out = model.apply(arrays(model.init(0) as never) as never, toArray(changed));
    const host = fromArray(out);
    out.dispose();
    return Array.from(host.data);
  };
  const [a, b] = [logits(2), logits(4)];
  expect(a.slice(0, 15)).toEqual(b.slice(0, 15));
  expect(a.slice(15)).not.toEqual(b.slice(15));
});

test("losses and metrics have their textbook values", () => {
  const rows = () => np.array([2, 0, 0, 0, 0, 3], { shape: [2, 3] });
  const labels = () => np.array([0, 1], { dtype: np.int32 });
  const nll = (Math.log(Math.exp(2) + 2) - 2 + Math.log(2 + Math.exp(3))) / 2;
  expect(crossEntropy(rows(), labels()).item()).toBeCloseTo(nll, 6);
  expect(accuracy(rows(), labels()).item()).toBe(0.5);
  const [z, y] = [() => np.array([1, -2, 400, -400]), () => np.array([1, 1, 1, -1])];
  const expected = (Math.log1p(Math.exp(-1)) + Math.log1p(Math.exp(2))) / 4;
  expect(logisticLoss(z(), y()).item()).toBeCloseTo(expected, 6);
  expect(logisticLoss(np.array([-400]), np.array([1])).item()).toBe(400);
  // A model that starts at zero must take its first step along the true slope, -1/2.
  expect(grad((x: np.Array) => logisticLoss(x, np.array([1])))(np.array([0])).js()).toEqual([-0.5]);
  expect(signAccuracy(z(), y()).item()).toBe(0.75);
});
