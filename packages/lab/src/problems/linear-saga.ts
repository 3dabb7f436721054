import { nn, numpy as np, vjp } from "@jax-js/jax";
import { constantLike } from "./finite-sum.ts";
import { onRow, type RaggedRows, sumOfRow, takeRow } from "./ragged.ts";

/**
 * SAGA for linear models, f_i(x) = l(a_i . x, t_i) + ridge/2 ||x||^2: the gradient of a sample is its slope l' times a_i,
 * so that the table holds one number per sample instead of one per sample and parameter (Defazio, Bach, Lacoste-Julien,
 * SAGA, 2014, section 4). As in `saga` of steepest the table starts at zero. The ridge is not part of the table: its
 * gradient is exact in every step, as in scikit-learn.
 */
export interface LinearSagaOptions {
  /** One target per sample [n]; borrowed. */
  readonly targets: np.Array;
  readonly samples: number;
  readonly learningRate: number;
  /** Default 0. */
  readonly ridge?: number;
  /** l' at the prediction z and the target. Consumes both. Default: that of `log(1 + exp(-t z))`. */
  readonly slope?: (z: np.Array, target: np.Array) => np.Array;
}

/** State of the dense form: point x and mean gradient [p], slopes [n]. */
export type LinearSaga = { x: np.Array; mean: np.Array; slopes: np.Array };

/** Of the sparse form: `last` [p] and `step` count steps, int32. */
export type SparseSaga = LinearSaga & { last: np.Array; step: np.Array };

const logisticSlope = (z: np.Array, target: np.Array): np.Array =>
  nn.sigmoid(z.mul(target.ref).neg()).mul(target).neg();

/** In x's own precision; a bare number would be rounded to float32. */
const times = (x: np.Array, factor: number): np.Array => x.mul(constantLike(x, factor));

/** The whole array with updates added at the indices, which selects `updates` from it. Consumes all. */
function addAt(whole: np.Array, indices: np.Array, updates: np.Array): np.Array {
  const [selected, transpose] = vjp((x: np.Array) => np.take(x, indices, 0), [whole.ref]);
  selected.dispose();
  return whole.add((transpose(updates) as np.Array[])[0] as np.Array);
}

/** How the slope of a sample changed, and the slopes with the new one. Consumes the slopes and z, borrows the index. */
function changeOf(
  { targets, slope = logisticSlope }: LinearSagaOptions,
  slopes: np.Array,
  index: np.Array,
  z: np.Array,
): [np.Array, np.Array] {
  const change = slope(z, np.take(targets.ref, index.ref, 0)).sub(np.take(slopes.ref, index.ref, 0));
  return [change, addAt(slopes, index.ref, change.ref)];
}

/**
 * One step on features [n, p], for a compiled step: the index is the number of the sample, int32 []. A step costs O(p).
 *
 * @returns the next state, and by how much the slope of the sample changed.
 */
export function linearSagaStep(features: np.Array, options: LinearSagaOptions) {
  const { samples, learningRate, ridge = 0 } = options;
  return ({ x, mean, slopes }: LinearSaga, index: np.Array): [LinearSaga, np.Array] => {
    const row = np.take(features.ref, index.ref, 0);
    const [change, nextSlopes] = changeOf(options, slopes, index, np.dot(row.ref, x.ref));
    index.dispose();
    const gradient = row.ref.mul(change.ref).add(mean.ref);
    // Not (1 - learningRate ridge) x, in which float32 keeps few digits of the ridge.
    const direction = ridge === 0 ? gradient : gradient.add(times(x.ref, ridge));
    return [
      {
        x: x.sub(times(direction, learningRate)),
        mean: mean.add(row.mul(times(change.ref, 1 / samples))),
        slopes: nextSlopes,
      },
      change,
    ];
  };
}

/**
 * How far the coordinates move in `gap` steps in which only the mean gradient and the ridge move them:
 * x <- rho^gap x - learningRate (1 + rho + ... + rho^(gap-1)) mean with rho = 1 - learningRate ridge, which is a step of
 * 1 - rho^gap towards -mean / ridge. Consumes all.
 */
function lag(
  { learningRate, ridge = 0 }: LinearSagaOptions,
  x: np.Array,
  mean: np.Array,
  gap: np.Array,
): np.Array {
  const steps = gap.astype(x.dtype);
  if (ridge === 0) {
    x.dispose();
    return mean.mul(times(steps, -learningRate));
  }
  const part = oneMinusExp(times(steps, -Math.log1p(-learningRate * ridge)));
  return x
    .add(times(mean, 1 / ridge))
    .mul(part)
    .neg();
}

/** 1 - exp(-y) for y >= 0: by its series where the plain formula loses digits. Consumes y. */
function oneMinusExp(y: np.Array): np.Array {
  const coefficients = [1]; // (-1)^k / (k + 1)!
  while (coefficients.length < (y.dtype === np.float64 ? 13 : 7)) {
    coefficients.unshift(-(coefficients[0] as number) / (coefficients.length + 1));
  }
  const [last, ...rest] = coefficients as [number, ...number[]];
  const series = rest.reduce((sum, c) => sum.mul(y.ref).add(constantLike(y, c)), constantLike(y, last));
  const plain = constantLike(y, 1).sub(np.exp(y.ref.neg()));
  return np.where(np.less(y.ref, constantLike(y, 0.25)), series.mul(y), plain);
}

/**
 * One step on sparse rows: touches the coordinates of its row only, at O(entries). The others are behind, and catch up in
 * closed form when a row needs them; `sparseSagaPoint` is the point with all caught up.
 *
 * @returns as linearSagaStep. A row must not repeat a column.
 * @throws RangeError when the learning rate times the ridge is 1 or more.
 */
export function sparseSagaStep(rows: RaggedRows, options: LinearSagaOptions) {
  const { samples, learningRate, ridge = 0 } = options;
  if (!(learningRate * ridge < 1)) {
    throw new RangeError(
      `sparseSagaStep: learningRate ${learningRate} times ridge ${ridge} must be below 1, or a step overshoots`,
    );
  }
  // A row's columns are left one step behind as well: what the mean and the ridge do in this step is caught up later, by
  // then with the mean that contains this change.
  const ownShare = (-learningRate * (1 - 1 / samples)) / (1 - learningRate * ridge);
  return ({ x, mean, slopes, last, step }: SparseSaga, index: np.Array): [SparseSaga, np.Array] => {
    const row = takeRow(rows, index);
    const { columns, values, own } = row;
    const old = np.take(x.ref, columns.ref);
    const gap = step.ref.sub(np.take(last.ref, columns.ref));
    const lagged = lag(options, old.ref, np.take(mean.ref, columns.ref), gap.ref);
    const z = sumOfRow(row, values.ref.mul(old.add(lagged.ref)));
    const [change, nextSlopes] = changeOf(options, slopes, index, z);
    index.dispose();
    const moved = lagged.add(values.ref.mul(times(change.ref, ownShare)));
    const next: SparseSaga = {
      x: addAt(x, columns.ref, onRow(own, moved)),
      mean: addAt(mean, columns.ref, onRow(own, values.mul(times(change.ref, 1 / samples)))),
      slopes: nextSlopes,
      last: addAt(last, columns, onRow(own, gap)),
      step: step.add(1),
    };
    own.dispose();
    return [next, change];
  };
}

/** The point x [p] with every coordinate caught up. Consumes the state. */
export function sparseSagaPoint({ x, mean, slopes, last, step }: SparseSaga, options: LinearSagaOptions) {
  slopes.dispose();
  return x.ref.add(lag(options, x, mean, step.sub(last)));
}
