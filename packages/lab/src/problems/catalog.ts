import { loadCaliforniaHousing } from "../data/housing.ts";
import type { LabelledRows } from "../data/libsvm.ts";
import { loadA9a, loadAgaricus, loadBreastCancer, loadDigits, loadW8a } from "../data/tables.ts";
import type { FiniteSum } from "./finite-sum.ts";
import { leastSquares, logisticRegression } from "./linear-model.ts";
import { denseRows, sparseRows, toCsr } from "./rows.ts";

/** Finite sums on real data: what ships with the package, w8a and California housing. */

/** Columns to mean 0 and variance 1 (constant columns to 0), and a last column of ones. */
export function standardize(values: ArrayLike<number>, count: number, columns: number): Float64Array {
  const out = new Float64Array(count * (columns + 1)).fill(1);
  for (let j = 0; j < columns; j++) {
    let [mean, square] = [0, 0];
    for (let i = 0; i < count; i++) mean += (values[i * columns + j] as number) / count;
    for (let i = 0; i < count; i++) square += ((values[i * columns + j] as number) - mean) ** 2 / count;
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let i = 0; i < count; i++) {
      out[i * (columns + 1) + j] = ((values[i * columns + j] as number) - mean) * scale;
    }
  }
  return out;
}

/** Benign (+1) or malignant (-1) from 30 standardized measurements and a constant: n = 569, p = 31. */
export async function breastCancer(ridge: number): Promise<FiniteSum> {
  const { features, labels } = await loadBreastCancer();
  const rows = denseRows(standardize(features.data, 569, 30), 569, 31);
  const targets = Array.from(labels.data, (y) => 2 * y - 1);
  return logisticRegression({ name: `ridge-logistic breast-cancer, ridge ${ridge}`, rows, targets, ridge });
}

/** The first `count` tumours with rows scaled to norm 1, so that every f_i has the same smoothness: L_i = 1/4 + ridge. */
export async function breastCancerUnitRows(ridge: number, count: number): Promise<FiniteSum> {
  const { features, labels } = await loadBreastCancer();
  const values = standardize(features.data, 569, 30).subarray(0, count * 31);
  for (let i = 0; i < count; i++) {
    const row = values.subarray(i * 31, (i + 1) * 31);
    const norm = Math.hypot(...row);
    for (let j = 0; j < 31; j++) row[j] = (row[j] as number) / norm;
  }
  return logisticRegression({
    name: `ridge-logistic breast-cancer (${count} unit rows), ridge ${ridge}`,
    rows: denseRows(values, count, 31),
    targets: Array.from(labels.data.subarray(0, count), (y) => 2 * y - 1),
    ridge,
  });
}

/**
 * The same from four measurements that overlap (texture, smoothness, symmetry and fractal dimension) and a constant,
 * without ridge: convex, a unique minimizer, neither strongly convex nor Polyak-Lojasiewicz on the whole space.
 */
export async function breastCancerConvex(): Promise<FiniteSum> {
  const { features, labels } = await loadBreastCancer();
  const chosen = [1, 4, 8, 9];
  const values = Float64Array.from({ length: 569 * 4 }, (_, at) => {
    return features.data[Math.floor(at / 4) * 30 + (chosen[at % 4] as number)] as number;
  });
  const rows = denseRows(standardize(values, 569, 4), 569, 5);
  return logisticRegression({
    name: "logistic breast-cancer, 4 measurements",
    rows,
    targets: Array.from(labels.data, (y) => 2 * y - 1),
  });
}

/** Even (+1) or odd (-1) digits from 64 pixels scaled to [0, 1]: n = 1797, p = 64. */
export async function digitsParity(ridge: number): Promise<FiniteSum> {
  const { features, labels } = await loadDigits();
  const rows = denseRows(
    Float64Array.from(features.data, (v) => v / 16),
    1797,
    64,
  );
  const targets = Array.from(labels.data, (y) => (y % 2 === 0 ? 1 : -1));
  return logisticRegression({
    name: `ridge-logistic digits (even or odd), ridge ${ridge}`,
    rows,
    targets,
    ridge,
  });
}

/** The digit itself by ridge regression on 64 pixels scaled to [0, 1]; three pixels are never set. */
export async function digitsLeastSquares(ridge = 0): Promise<FiniteSum> {
  const { features, labels } = await loadDigits();
  const rows = denseRows(
    Float64Array.from(features.data, (v) => v / 16),
    1797,
    64,
  );
  const targets = Float64Array.from(labels.data);
  return leastSquares({ name: `least squares digits, ridge ${ridge}`, rows, targets, ridge });
}

/** Income above 50,000 dollars from 123 binary features, sparse: the first `count` of 32,561 rows. */
export async function a9a(ridge: number, count = 32561): Promise<FiniteSum> {
  const { features, labels } = (await loadA9a()).train;
  return sparseLogistic("a9a", features, labels.data, ridge, count);
}

/**
 * Web pages in a category or not, from 300 binary features, sparse: the first `count` of 49,749 rows.
 *
 * @param folder where w8a/w8a.gz lies. Default: the cache that `steepest data get w8a` fills.
 * @throws DataError when the data is not on this machine.
 */
export async function w8a(ridge: number, count = 49749, folder?: string): Promise<FiniteSum> {
  const { features, labels } = await loadW8a(folder);
  return sparseLogistic("w8a", features, labels.data, ridge, count);
}

function sparseLogistic(
  name: string,
  features: LabelledRows["features"],
  labels: ArrayLike<number>,
  ridge: number,
  count: number,
): FiniteSum {
  const [total, columns] = features.shape as [number, number];
  if (!(Number.isInteger(count) && count > 0 && count <= total))
    throw new RangeError(`${name}: ${count} rows; expected 1 to ${total}`);
  const rows = sparseRows(toCsr(Float64Array.from(features.data.subarray(0, count * columns)), columns));
  return logisticRegression({
    name: `ridge-logistic ${name} (${count} rows), ridge ${ridge}`,
    rows,
    targets: Array.from({ length: count }, (_, i) => labels[i] as number),
    ridge,
  });
}

/**
 * The value of a house in units of 100,000 dollars by ridge regression on 8 standardized numbers of its district and a
 * constant: n = 20,640, p = 9.
 *
 * @param folder where california-housing/housing.csv.gz lies. Default: the cache that
 * `steepest data get california-housing` fills.
 * @throws DataError when the data is not on this machine.
 */
export async function californiaHousing(ridge: number, folder?: string): Promise<FiniteSum> {
  const { features, labels } = await loadCaliforniaHousing(folder);
  const [count, columns] = features.shape as [number, number];
  return leastSquares({
    name: `least squares California housing, ridge ${ridge}`,
    rows: denseRows(standardize(features.data, count, columns), count, columns + 1),
    targets: Float64Array.from(labels.data, (dollars) => dollars / 1e5),
    ridge,
  });
}

/**
 * Poisonous (+1) or edible (-1) from 126 binary features, sparse: the first `count` of 6,513 mushrooms. Separable, so
 * ridge must be positive.
 */
export async function agaricus(ridge: number, count = 6513): Promise<FiniteSum> {
  const { features, labels } = (await loadAgaricus()).train;
  const targets = Int8Array.from(labels.data, (y) => 2 * y - 1);
  return sparseLogistic("agaricus", features, targets, ridge, count);
}
