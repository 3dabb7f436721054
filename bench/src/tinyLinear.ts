import { nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { compileStep, initRuntime, type Tensor, tensor } from "@steepest/compile";
import { datasets, findData, loadA9a, loadW8a, problems } from "@steepest/lab";
import { data, EXAMPLES, noise } from "./tinyOurs.ts";

/** Our side of bench:tiny against scikit-learn alone: SGD on sparse rows, and SAGA on dense and sparse ones. */

export type Linear = "saga" | "sparse-sgd" | "sparse-saga";

/** Rows and labels -1 or 1, without intercept. */
export interface LinearData {
  /** As in the table: "p=9000", "a9a". */
  readonly label: string;
  /** As the peer knows it: a number of synthetic features, or the name of a data set. */
  readonly name: string;
  /** The file that the peer reads. */
  readonly file?: string;
  readonly rows: problems.Csr;
  readonly y: Float32Array<ArrayBuffer>;
  /** By how much the final objectives may differ, relatively. */
  readonly agreement: number;
}

/** Both sides of SAGA, which draw other examples, are at the minimum after this many epochs, or nearly. */
export const convergedEpochs = 100;

/** Nonzeros of the longest synthetic sparse row; the shortest has a third. */
const WIDTH = 30;

/** Dense features [-1, 1)^p, as for SGD. A thousand are too ill-conditioned to converge. */
export function denseData(p: number): LinearData {
  const { x, y } = data(p);
  return {
    label: `p=${p}`,
    name: String(p),
    rows: problems.toCsr(Float64Array.from(x), p),
    y,
    agreement: p > 100 ? 1e-3 : 1e-6,
  };
}

/** Rows of 10 to 30 nonzeros, the k-th in the k-th of 30 equal parts of the columns; labels by a hyperplane. */
export function sparseData(p: number): LinearData {
  const [entries, part] = [EXAMPLES * WIDTH, Math.floor(p / WIDTH)];
  const below = (k: number, n: number) => Math.floor(((noise(k) + 1) / 2) * n);
  const starts = new Uint32Array(EXAMPLES + 1);
  const indices: number[] = [];
  const values: number[] = [];
  const y = new Float32Array(EXAMPLES);
  for (let i = 0; i < EXAMPLES; i++) {
    const length = WIDTH / 3 + below(2 * entries + i, (WIDTH * 2) / 3 + 1);
    let margin = 0;
    for (let k = 0; k < length; k++) {
      const at = i * WIDTH + k;
      const column = k * part + below(entries + at, part);
      const value = Math.fround(noise(at));
      indices.push(column);
      values.push(value);
      margin += value * noise(2 * entries + EXAMPLES + column);
    }
    y[i] = margin > 0 ? 1 : -1;
    starts[i + 1] = indices.length;
  }
  const rows = { columns: p, starts, indices: Uint32Array.from(indices), values: Float64Array.from(values) };
  return { label: `p=${p}`, name: String(p), rows, y, agreement: 1e-6 };
}

/** a9a, which ships with the lab, and w8a where `steepest data get w8a` has put it. */
export async function realData(names: readonly string[]): Promise<LinearData[]> {
  const files = { a9a: findData(datasets.a9a.files.train), w8a: findData(datasets.w8a.files.train) };
  const found: LinearData[] = [];
  for (const [name, file] of Object.entries(files)) {
    if (file === undefined || !names.includes(name)) continue;
    const { features, labels } = name === "a9a" ? (await loadA9a()).train : await loadW8a();
    const columns = features.shape[1] as number;
    const rows = problems.toCsr(Float64Array.from(features.data), columns);
    found.push({ label: name, name, file, rows, y: Float32Array.from(labels.data), agreement: 1e-6 });
  }
  return found;
}

export interface LinearProgram {
  readonly examples: number;
  /** The constant step of SGD, which the peer takes as well. */
  readonly rate: number;
  /** Epochs from zero. */
  run(epochs: number): Promise<void>;
  /** The objective where the last run ended. */
  loss(): number;
  dispose(): Promise<void>;
}

/** The largest of the rows' squared norms. */
function largestNorm({ starts, values }: problems.Csr): number {
  let largest = 0;
  for (let i = 1; i < starts.length; i++) {
    const row = values.subarray(starts[i - 1], starts[i]);
    largest = Math.max(
      largest,
      row.reduce((sum, v) => sum + v * v, 0),
    );
  }
  return largest;
}

/** scikit-learn's step for SAGA: 1 / (2 L + min(2 n ridge, L)) with L that of the sample with the longest row. */
function sagaRate(norm: number, samples: number, ridge: number): number {
  const smoothness = norm / 4 + ridge;
  return 1 / (2 * smoothness + Math.min(2 * samples * ridge, smoothness));
}

interface Method {
  readonly ridge: number;
  readonly rate: number;
  readonly step: unknown;
  readonly start: unknown;
  /** The point of a state. */
  readonly point: (state: never) => np.Array;
}

/** A step for one example, and where it begins. SAGA has the ridge of scikit-learn's C = 1. */
function methodOf(kind: Linear, { rows, y }: LinearData): Method {
  const [samples, p, norm] = [y.length, rows.columns, largestNorm(rows)];
  const targets = np.array(y);
  const zeros = (size: number) => tensor(new Float32Array(size));
  const ridge = kind === "sparse-sgd" ? 0 : 1 / samples;
  const rate = kind === "sparse-sgd" ? 2 / norm : sagaRate(norm, samples, ridge);
  const options = { targets, samples, ridge, learningRate: rate };
  const state = { x: zeros(p), mean: zeros(p), slopes: zeros(samples) };
  const common = { ridge, rate, point: ({ x }: { x: np.Array }) => x };
  if (kind === "saga") {
    const features = np.array(Float32Array.from(rows.values), { shape: [samples, p] });
    return { ...common, step: problems.linearSagaStep(features, options), start: state };
  }
  const ragged = problems.raggedRows(rows);
  if (kind === "sparse-saga") {
    const clock = {
      last: tensor(new Int32Array(p), [p], "int32"),
      step: tensor(new Int32Array(1), [], "int32"),
    };
    const point = (state: problems.SparseSaga) => problems.sparseSagaPoint(state, options);
    return {
      ...common,
      step: problems.sparseSagaStep(ragged, options),
      start: { ...state, ...clock },
      point,
    };
  }
  type Plain = { x: np.Array };
  const step = ({ x }: Plain, index: np.Array): [Plain, np.Array] => {
    const row = problems.takeRow(ragged, index);
    const target = np.take(targets.ref, index, 0);
    const loss = (x: np.Array) => {
      const products = row.values.ref.mul(np.take(x, row.columns.ref));
      return nn.softplus(problems.sumOfRow(row, products).mul(target).neg());
    };
    const [value, gradient] = valueAndGrad(loss)(x.ref) as unknown as [np.Array, np.Array];
    return [{ x: x.sub(gradient.mul(rate)) }, value];
  };
  return { ...common, step, start: { x: zeros(p) } };
}

export async function prepareLinear(kind: Linear, data: LinearData): Promise<LinearProgram> {
  await initRuntime();
  const { ridge, rate, step, start, point } = methodOf(kind, data);
  const samples = data.y.length;
  const one = tensor(new Int32Array(1), [], "int32");
  const settings = { executor: "wasm", name: kind } as const;
  const program = await compileStep(step as never, start as never, [one] as never, settings);
  const current = await program.derive(point as never, [] as never);
  let order = new Int32Array(0);
  let seed = 1;
  let x: Tensor | undefined;
  return {
    examples: samples,
    rate,
    async run(epochs) {
      if (order.length !== epochs * samples)
        order = Int32Array.from({ length: epochs * samples }, (_, k) => k % samples);
      // SAGA draws with replacement, as scikit-learn's does within fit().
      for (let k = 0; kind !== "sparse-sgd" && k < order.length; k++) {
        seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
        order[k] = ((seed >>> 0) * samples) / 2 ** 32;
      }
      program.writeCarry(start as never);
      await program.runMany([tensor(order, [order.length], "int32")] as never, { every: samples });
      x = (await current.run(...([] as never))) as unknown as Tensor;
    },
    loss: () => objective((x as Tensor).data, data, ridge),
    async dispose() {
      await current.dispose();
      await program.dispose();
    },
  };
}

function objective(
  x: ArrayLike<number>,
  { rows: { starts, indices, values }, y }: LinearData,
  ridge: number,
): number {
  let sum = 0;
  for (let i = 0; i < y.length; i++) {
    let logit = 0;
    for (let at = starts[i] as number; at < (starts[i + 1] as number); at++)
      logit += (values[at] as number) * (x[indices[at] as number] as number);
    const margin = logit * (y[i] as number);
    sum += Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)));
  }
  let square = 0;
  for (let j = 0; j < x.length; j++) square += (x[j] as number) ** 2;
  return sum / y.length + (ridge / 2) * square;
}
