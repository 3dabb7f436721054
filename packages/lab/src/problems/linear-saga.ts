import { nn, numpy as np, vjp } from "@jax-js/jax";
import { constantLike } from "./finite-sum.ts";

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

/** Of the sparse form, with x, mean and `last` [p + 1]; last and `step` count steps and are float64. */
export type SparseSaga = LinearSaga & { last: np.Array; step: np.Array };

/** Rows of one length: int32 columns and values [n, width]. A row is filled up with zeros in column p, one too many. */
export interface PaddedRows {
  readonly columns: np.Array;
  readonly values: np.Array;
}

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
    const direction = row.ref.mul(change.ref).add(mean.ref);
    const shrunk = ridge === 0 ? x : times(x, 1 - learningRate * ridge);
    return [
      {
        x: shrunk.sub(times(direction, learningRate)),
        mean: mean.add(row.mul(times(change.ref, 1 / samples))),
        slopes: nextSlopes,
      },
      change,
    ];
  };
}

/**
 * The coordinates after `gap` steps in which only the mean gradient and the ridge moved them:
 * x <- rho^gap x - learningRate (1 + rho + ... + rho^(gap-1)) mean with rho = 1 - learningRate ridge. The sum is taken in
 * the float64 of the gap: float32 would cancel, as rho is almost 1. Consumes all.
 */
function catchUp(
  { learningRate, ridge = 0 }: LinearSagaOptions,
  x: np.Array,
  mean: np.Array,
  gap: np.Array,
): np.Array {
  const { dtype } = x;
  if (ridge === 0) return x.sub(mean.mul(times(gap, learningRate).astype(dtype)));
  const shrink = learningRate * ridge;
  const power = np.exp(times(gap, Math.log1p(-shrink)));
  const sum = times(constantLike(power, 1).sub(power.ref), 1 / ridge).astype(dtype);
  return x.mul(power.astype(dtype)).sub(mean.mul(sum));
}

/**
 * One step on sparse rows: touches the coordinates of its row only, at O(width). The others are behind, and catch up in
 * closed form when a row needs them; `sparseSagaPoint` is the point with all caught up.
 *
 * @returns as linearSagaStep. Its `columns` must not repeat within a row, apart from p.
 */
export function sparseSagaStep({ columns, values }: PaddedRows, options: LinearSagaOptions) {
  const { samples, learningRate, ridge = 0 } = options;
  return (state: SparseSaga, index: np.Array): [SparseSaga, np.Array] => {
    const { x, mean, slopes, last, step } = state;
    const at = np.take(columns.ref, index.ref, 0);
    const row = np.take(values.ref, index.ref, 0);
    const [old, slow, before] = [x, mean, last].map((all) => np.take(all.ref, at.ref, 0)) as [
      np.Array,
      np.Array,
      np.Array,
    ];
    const gap = step.ref.sub(before);
    const current = catchUp(options, old.ref, slow.ref, gap.ref);
    const [change, nextSlopes] = changeOf(options, slopes, index, np.dot(row.ref, current.ref));
    index.dispose();
    // The padding's column, which a row may repeat, stays at zero.
    const isColumn = np.less(at.ref, (x.shape[0] as number) - 1).astype(np.float64);
    const direction = row.ref.mul(change.ref).add(slow);
    const moved = times(current, 1 - learningRate * ridge).sub(times(direction, learningRate));
    return [
      {
        x: addAt(x, at.ref, moved.sub(old)),
        mean: addAt(mean, at.ref, row.mul(times(change.ref, 1 / samples))),
        slopes: nextSlopes,
        last: addAt(last, at, gap.add(1).mul(isColumn)),
        step: step.add(1),
      },
      change,
    ];
  };
}

/** The point x [p + 1] with every coordinate caught up; the last is the padding's. Consumes the state. */
export function sparseSagaPoint({ x, mean, slopes, last, step }: SparseSaga, options: LinearSagaOptions) {
  slopes.dispose();
  return catchUp(options, x, mean, step.sub(last));
}
