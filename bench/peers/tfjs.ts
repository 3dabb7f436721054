import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import type * as Tfjs from "@tensorflow/tfjs-core";

/**
 * The TensorFlow.js side of bench:train: the same models, layout and optimizers as its users write them. Reads one request
 * a line ("MODEL OPTIMIZER STEPS") and answers with one JSON line of milliseconds a step.
 *
 * The backend is WebAssembly with SIMD, on one thread, for it starts no others in Node. It lacks the gradient of a
 * convolution's kernel (4.22), which is written here as the convolution that it is: the plain JavaScript backend has it, but
 * takes 25 to 100 seconds a step. tfjs-node downloads a binary when it is installed, and so cannot be had from a package
 * registry alone.
 */

// As CommonJS, whose bundle is what Node gets; the gradients are registered by a module that only bundlers import.
const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs-core") as typeof Tfjs;
require("@tensorflow/tfjs-core/dist/register_all_gradients.js");
require("@tensorflow/tfjs-backend-wasm");

type T = Tfjs.Tensor;
type V = Tfjs.Variable;

const weight = (shape: number[], deviation = 0.05): V => tf.variable(tf.randomNormal(shape, 0, deviation));
const ones = (n: number): V => tf.variable(tf.ones([n]));
const zeros = (n: number): V => tf.variable(tf.zeros([n]));
const classes = (shape: number[], count: number) => tf.oneHot(tf.randomUniformInt(shape, 0, count), count);
const crossEntropy = (y: T, logits: T): T => tf.losses.softmaxCrossEntropy(y, logits);

function dense(inputs: number, outputs: number): (x: T) => T {
  const [w, b] = [weight([inputs, outputs]), zeros(outputs)];
  return (x) => tf.add(tf.matMul(x, w), b);
}

/** A convolution that keeps the size, or divides it by the stride; NHWC. */
const convolve = (x: T, w: V, stride: number): T =>
  tf.customGrad((...args: unknown[]) => {
    const [x, w, save] = args as [Tfjs.Tensor4D, Tfjs.Tensor4D, (saved: T[]) => void];
    save([x, w]);
    const gradFunc = (dy: T, saved: T[]) => {
      const [x, w] = saved as [Tfjs.Tensor4D, Tfjs.Tensor4D];
      const [height, side] = [x.shape[1], w.shape[0]];
      // What the windows cover: more than the image, or (1 x 1 with a stride) less.
      const covered = (Math.ceil(height / stride) - 1) * stride + side;
      const pad = Math.max(0, covered - height);
      const around: [number, number] = [pad >> 1, pad - (pad >> 1)];
      const padded = tf.pad(x, [[0, 0], around, around, [0, 0]]);
      const image = tf.transpose(
        tf.slice(padded, 0, [x.shape[0], covered, covered, x.shape[3]]),
        [3, 1, 2, 0],
      );
      const kernel = tf.transpose(dy, [1, 2, 0, 3]) as Tfjs.Tensor4D;
      const dw = tf.conv2d(image, kernel, 1, "valid", "NHWC", stride);
      const dx = tf.conv2dTranspose(dy as Tfjs.Tensor4D, w, x.shape, stride, "same");
      return [dx, tf.transpose(dw, [1, 2, 0, 3])];
    };
    return { value: tf.conv2d(x, w, stride, "same"), gradFunc } as never;
  })(x, w);

function mlp(): () => T {
  const layers = [dense(784, 512), dense(512, 512), dense(512, 10)];
  const [x, y] = [tf.randomNormal([128, 784]) as T, classes([128], 10)];
  return () =>
    crossEntropy(
      y,
      layers.reduce((h, layer, i) => (i < 2 ? tf.relu(layer(h)) : layer(h)), x),
    );
}

function cnn(pool: "max" | "avg"): () => T {
  const kernels = [weight([3, 3, 1, 32]), weight([3, 3, 32, 64])];
  const biases = [zeros(32), zeros(64)];
  const head = dense(3136, 10);
  const [x, y] = [tf.randomNormal([64, 28, 28, 1]) as T, classes([64], 10)];
  return () => {
    const h = kernels.reduce((h, w, i) => {
      const image = tf.relu(tf.add(convolve(h, w, 1), biases[i] as V));
      return tf.pool(image as Tfjs.Tensor4D, [2, 2], pool, "valid", [1, 1], [2, 2]);
    }, x);
    return crossEntropy(y, head(tf.reshape(h, [64, 3136])));
  };
}

function resnet8(): () => T {
  /** A convolution without bias, and the batch norm behind it with its running statistics. */
  const convolution = (inputs: number, outputs: number, side: number, stride: number) => {
    const [w, gain, bias] = [weight([side, side, inputs, outputs]), ones(outputs), zeros(outputs)];
    const running = [
      tf.variable(tf.zeros([outputs]), false),
      tf.variable(tf.ones([outputs]), false),
    ] as const;
    return (x: T): T => {
      const y = convolve(x, w, stride);
      const { mean, variance } = tf.moments(y, [0, 1, 2]);
      for (const [i, now] of [mean, variance].entries()) {
        const old = running[i] as V;
        old.assign(tf.add(tf.mul(old, 0.9), tf.mul(now, 0.1)));
      }
      return tf.add(tf.mul(tf.div(tf.sub(y, mean), tf.sqrt(tf.add(variance, 1e-5))), gain), bias);
    };
  };
  const widths = [16, 32, 64];
  const stem = convolution(3, 16, 3, 1);
  const blocks = widths.map((width, i) => {
    const [inputs, stride] = [widths[i - 1] ?? width, i > 0 ? 2 : 1];
    const [first, second] = [convolution(inputs, width, 3, stride), convolution(width, width, 3, 1)];
    const skip = i > 0 ? convolution(inputs, width, 1, stride) : (x: T) => x;
    return (x: T) => tf.relu(tf.add(second(tf.relu(first(x))), skip(x)));
  });
  const head = dense(64, 10);
  const [x, y] = [tf.randomNormal([64, 32, 32, 3]) as T, classes([64], 10)];
  return () =>
    crossEntropy(
      y,
      head(
        tf.mean(
          blocks.reduce((h, block) => block(h), tf.relu(stem(x))),
          [1, 2],
        ),
      ),
    );
}

function gpt(d: number, layers: number, t: number, b: number, heads: number): () => T {
  const vocabulary = 65;
  const [wte, wpe] = [weight([vocabulary, d]), weight([t, d])];
  const norm = () => {
    const gain = ones(d);
    return (x: T): T => {
      const { mean, variance } = tf.moments(x, -1, true);
      return tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5))), gain);
    };
  };
  const gelu = (x: T): T => {
    const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715)), Math.sqrt(2 / Math.PI));
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
  };
  const project = (x: T, w: V): T => tf.reshape(tf.matMul(tf.reshape(x, [b * t, -1]), w), [b, t, -1]);
  const split = (x: T): T => tf.transpose(tf.reshape(x, [b, t, heads, d / heads]), [0, 2, 1, 3]);
  const hidden = tf.mul(tf.sub(1, tf.linalg.bandPart(tf.ones([t, t]), -1, 0)), -1e9);
  const blocks = Array.from({ length: layers }, () => {
    const [ln1, ln2] = [norm(), norm()];
    const [q, k, v, o] = [weight([d, d]), weight([d, d]), weight([d, d]), weight([d, d])];
    const [up, down] = [weight([d, 4 * d]), weight([4 * d, d])];
    return (x: T): T => {
      const a = ln1(x);
      const scores = tf.mul(
        tf.matMul(split(project(a, q)), split(project(a, k)), false, true),
        1 / Math.sqrt(d / heads),
      );
      const mixed = tf.matMul(tf.softmax(tf.add(scores, hidden)), split(project(a, v)));
      const y = tf.add(x, project(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [b, t, d]), o));
      return tf.add(y, project(gelu(project(ln2(y), up)), down));
    };
  });
  const last = norm();
  // One-hot products, for the WebAssembly backend lacks the gradient of a look-up.
  const [x, y] = [classes([b * t], vocabulary), classes([b * t], vocabulary)];
  return () => {
    const embedded = tf.add(tf.reshape(tf.matMul(tf.cast(x, "float32"), wte), [b, t, d]), wpe);
    const h = last(blocks.reduce((h, block) => block(h), embedded as T));
    return crossEntropy(y, tf.matMul(tf.reshape(h, [b * t, d]), wte, false, true));
  };
}

const models: Record<string, () => () => T> = {
  mlp,
  "cnn-max": () => cnn("max"),
  "cnn-avg": () => cnn("avg"),
  resnet8,
  "gpt-d128": () => gpt(128, 4, 128, 8, 4),
  "gpt-d384": () => gpt(384, 6, 256, 4, 6),
};
/** TensorFlow.js has Adam, but no decoupled decay; that is the same work within a few per cent. */
const optimizers: Record<string, () => Tfjs.Optimizer> = {
  adamw: () => tf.train.adam(1e-3),
  sgd: () => tf.train.momentum(1e-2, 0.9),
};

await tf.setBackend("wasm");
let current = "";
let step: () => number = () => 0;
for await (const line of createInterface({ input: process.stdin })) {
  const [name = "", optimizer = "", steps] = line.split(" ");
  if (current !== `${name} ${optimizer}`) {
    current = `${name} ${optimizer}`;
    tf.disposeVariables();
    const loss = (models[name] as () => () => T)();
    const rule = (optimizers[optimizer] as () => Tfjs.Optimizer)();
    step = () => {
      const value = rule.minimize(() => tf.tidy(loss) as Tfjs.Scalar, true) as T;
      const [number = Number.NaN] = value.dataSync();
      value.dispose();
      return number;
    };
  }
  const times: number[] = [];
  for (let i = 0; i < Number(steps); i++) {
    const start = performance.now();
    step();
    times.push(performance.now() - start);
  }
  console.log(JSON.stringify({ times, version: tf.version_core }));
}
