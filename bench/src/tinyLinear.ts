import { grad, nn, numpy as np } from "@jax-js/jax";
import { compileStep, initRuntime, type Tensor, tensor } from "@steepest/compile";
import { problems } from "@steepest/lab";
import { data, EXAMPLES, learningRate, noise, type Tiny } from "./tinyOurs.ts";

/** Our side of bench:tiny against scikit-learn alone: SGD on sparse rows, and SAGA on dense and sparse ones. */

export type Linear = "saga" | "sparse-sgd" | "sparse-saga";

/** Nonzeros of the longest sparse row; the shortest has a third. */
const WIDTH = 30;

/** scikit-learn's C = 1. */
const ridge = 1 / EXAMPLES;

interface SparseData {
  /** [EXAMPLES, WIDTH]; rows are filled up with zeros in column p. */
  readonly columns: Int32Array<ArrayBuffer>;
  readonly values: Float32Array<ArrayBuffer>;
  readonly y: Float32Array<ArrayBuffer>;
}

/** Rows of 10 to 30 nonzeros, the k-th in the k-th of 30 equal parts of the columns; labels by a hyperplane. */
function sparseData(p: number): SparseData {
  const [entries, part] = [EXAMPLES * WIDTH, Math.floor(p / WIDTH)];
  const below = (k: number, n: number) => Math.floor(((noise(k) + 1) / 2) * n);
  const columns = new Int32Array(entries).fill(p);
  const values = new Float32Array(entries);
  const y = new Float32Array(EXAMPLES);
  for (let i = 0; i < EXAMPLES; i++) {
    const length = WIDTH / 3 + below(2 * entries + i, (WIDTH * 2) / 3 + 1);
    let margin = 0;
    for (let k = 0; k < length; k++) {
      const at = i * WIDTH + k;
      const column = k * part + below(entries + at, part);
      columns[at] = column;
      values[at] = noise(at);
      margin += (values[at] as number) * noise(2 * entries + EXAMPLES + column);
    }
    y[i] = margin > 0 ? 1 : -1;
  }
  return { columns, values, y };
}

/** scikit-learn's step for SAGA: 1 / (2 L + min(2 n ridge, L)) with L that of the sample with the longest row. */
function sagaRate(values: Float32Array, width: number): number {
  let largest = 0;
  for (let at = 0; at < values.length; at += width) {
    largest = Math.max(
      largest,
      values.subarray(at, at + width).reduce((sum, v) => sum + v * v, 0),
    );
  }
  const smoothness = largest / 4 + ridge;
  return 1 / (2 * smoothness + Math.min(2 * EXAMPLES * ridge, smoothness));
}

/** Single examples, `epochs` times as many as there are: in order by SGD, drawn with replacement by SAGA. */
function orderOf(kind: Linear, epochs: number): Tensor {
  const order = Int32Array.from({ length: epochs * EXAMPLES }, (_, k) =>
    kind === "sparse-sgd" ? k % EXAMPLES : Math.floor(((noise(k) + 1) / 2) * EXAMPLES),
  );
  return tensor(order, [epochs * EXAMPLES], "int32");
}

export async function prepareLinear(kind: Linear, p: number, epochs: number): Promise<Tiny> {
  await initRuntime();
  const dense = kind === "saga";
  const { columns, values, y } = dense ? denseData(p) : sparseData(p);
  const width = dense ? p : WIDTH;
  const size = dense ? p : p + 1;
  const features = np.array(values, { shape: [EXAMPLES, width] });
  const places = np.array(columns, { shape: [EXAMPLES, width], dtype: np.int32 });
  const targets = np.array(y);
  const zeros = (...shape: number[]) => tensor(new Float32Array(shape[0] ?? 1), shape);
  const options = { targets, samples: EXAMPLES, ridge, learningRate: sagaRate(values, width) };
  const padded = { columns: places, values: features };

  type Plain = { x: np.Array };
  const rate = learningRate(WIDTH);
  const sgdStep = ({ x }: Plain, index: np.Array): [Plain, np.Array] => {
    const at = np.take(places.ref, index.ref, 0);
    const row = np.take(features.ref, index.ref, 0);
    const target = np.take(targets.ref, index, 0);
    const loss = (x: np.Array) =>
      nn.softplus(
        np
          .dot(row.ref, np.take(x, at, 0))
          .mul(target)
          .neg(),
      );
    const gradient = grad(loss)(x.ref) as unknown as np.Array;
    row.dispose();
    return [{ x: x.sub(gradient.mul(rate)) }, np.zeros([])];
  };
  const saga = { x: zeros(size), mean: zeros(size), slopes: zeros(EXAMPLES) };
  const clock = {
    last: tensor(new Float64Array(size), [size], "float64"),
    step: tensor(new Float64Array(1), [], "float64"),
  };
  const [step, start] = {
    saga: [problems.linearSagaStep(features, options), saga],
    "sparse-sgd": [sgdStep, { x: zeros(size) }],
    "sparse-saga": [problems.sparseSagaStep(padded, options), { ...saga, ...clock }],
  }[kind];
  const one = tensor(new Int32Array(1), [], "int32");
  const program = await compileStep(step as never, start as never, [one] as never, {
    executor: "wasm",
    name: kind,
  });
  const point = await program.derive(
    ((state: problems.SparseSaga) =>
      kind === "sparse-saga" ? problems.sparseSagaPoint(state, options) : state.x) as never,
    [] as never,
  );
  let x: Tensor | undefined;
  return {
    async run() {
      program.writeCarry(start as never);
      await program.runMany([orderOf(kind, epochs)] as never, { every: EXAMPLES });
      x = (await point.run(...([] as never))) as unknown as Tensor;
    },
    async loss() {
      return objective((x as Tensor).data, columns, values, y, kind === "sparse-sgd" ? 0 : ridge);
    },
    async dispose() {
      await point.dispose();
      await program.dispose();
      for (const array of [features, places, targets]) array.dispose();
    },
  };
}

function denseData(p: number): SparseData {
  const { x, y } = data(p);
  return { columns: Int32Array.from(x, (_, at) => at % p), values: x, y };
}

function objective(
  x: ArrayLike<number>,
  columns: Int32Array,
  values: Float32Array,
  y: Float32Array,
  ridge: number,
): number {
  const width = values.length / EXAMPLES;
  let sum = 0;
  for (let i = 0; i < EXAMPLES; i++) {
    let logit = 0;
    for (let at = i * width; at < (i + 1) * width; at++)
      logit += (values[at] as number) * (x[columns[at] as number] as number);
    const margin = logit * (y[i] as number);
    sum += Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)));
  }
  let square = 0;
  for (let j = 0; j < x.length; j++) square += (x[j] as number) ** 2;
  return sum / EXAMPLES + (ridge / 2) * square;
}
