import { grad, numpy as np } from "@jax-js/jax";
import { Tensor } from "@steepest/compile";
import { type Constants, constantLike, type FiniteSum, maximum } from "./finite-sum.ts";
import { minimize } from "./newton.ts";
import type { Rows } from "./rows.ts";
import { eigen, rankTolerance, squaredDistance } from "./symmetric.ts";

type Features = { features: np.Array } | { columns: np.Array; values: np.Array };
type Batch = Features & { targets: np.Array };

/** The loss of one sample as a function of the prediction z = a_i . x and the target. */
interface SampleLoss {
  readonly convexity: "quadratic" | "convex";
  /** sup of the second derivative, attained at z = 0 for every sample at once, so that L is exact. */
  readonly curvature: number;
  /** inf of the second derivative over all z. */
  readonly leastCurvature: number;
  /** Elementwise, in jax-js. */
  loss(z: np.Array, target: np.Array): np.Array;
  value(z: number, target: number): number;
  slope(z: number, target: number): number;
  second(z: number, target: number): number;
}

const square: SampleLoss = {
  convexity: "quadratic",
  curvature: 1,
  leastCurvature: 1,
  loss: (z, target) => np.square(z.sub(target)).mul(0.5),
  value: (z, t) => 0.5 * (z - t) ** 2,
  slope: (z, t) => z - t,
  second: () => 1,
};

const sigmoid = (m: number): number => (m >= 0 ? 1 / (1 + Math.exp(-m)) : Math.exp(m) / (1 + Math.exp(m)));

const logistic: SampleLoss = {
  convexity: "convex",
  curvature: 0.25,
  leastCurvature: 0,
  // max(m, 0) + log(1 + exp(-|m|)) with m = -t z: no overflow however far a run diverges.
  loss(z, target) {
    const m = z.mul(target).neg();
    return np.maximum(m.ref, 0).add(np.log1p(np.exp(np.abs(m).neg())));
  },
  value(z, t) {
    const m = -t * z;
    return Math.max(m, 0) + Math.log1p(Math.exp(-Math.abs(m)));
  },
  slope: (z, t) => -t * sigmoid(-t * z),
  second: (z) => sigmoid(z) * sigmoid(-z),
};

export interface LinearModelOptions {
  readonly name: string;
  readonly rows: Rows;
  /** One target per row. */
  readonly targets: ArrayLike<number>;
  /** lambda of lambda/2 ||x||^2. Default 0. */
  readonly ridge?: number;
}

/** f_i(x) = 1/2 (a_i . x - b_i)^2 + ridge/2 ||x||^2: least squares, and ridge regression when ridge > 0. */
export const leastSquares = (options: LinearModelOptions): FiniteSum => linearModel(options, square);

/**
 * f_i(x) = log(1 + exp(-y_i a_i . x)) + ridge/2 ||x||^2 with y_i = -1 or +1.
 *
 * @throws RangeError for other labels, and when ridge = 0 and the data can be separated: then f has no minimizer.
 */
export function logisticRegression(options: LinearModelOptions): FiniteSum {
  for (let i = 0; i < options.targets.length; i++) {
    const y = options.targets[i] as number;
    if (Math.abs(y) !== 1)
      throw new RangeError(`${options.name}: label ${i} is ${y}; labels must be -1 or +1`);
  }
  return linearModel(options, logistic);
}

function linearModel({ name, rows, targets, ridge = 0 }: LinearModelOptions, sample: SampleLoss): FiniteSum {
  if (targets.length !== rows.count) {
    throw new RangeError(`${name}: ${targets.length} targets for ${rows.count} rows of features`);
  }
  if (!(ridge >= 0)) throw new RangeError(`${name}: ridge is ${ridge}; it must be 0 or more`);
  const target = Float64Array.from(targets);
  const bad = target.findIndex((t) => !Number.isFinite(t));
  if (bad >= 0) throw new RangeError(`${name}: target ${bad} is ${target[bad]}; every target must be finite`);
  const n = rows.count;

  const value = (x: Float64Array) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += sample.value(rows.dot(i, x), target[i] as number);
    return sum / n + (ridge / 2) * squaredDistance(x);
  };
  const gradient = (x: Float64Array) => {
    const g = x.map((xj) => ridge * xj);
    for (let i = 0; i < n; i++) rows.add(i, sample.slope(rows.dot(i, x), target[i] as number) / n, g);
    return g;
  };
  const hessian = (x: Float64Array) =>
    weightedGram(rows, ridge, (i) => sample.second(rows.dot(i, x), target[i] as number) / n);

  const constants = (): Constants => {
    const spectrum = eigen(
      weightedGram(rows, 0, () => 1 / n),
      rows.columns,
    ).values;
    const top = spectrum.at(-1) as number;
    const positive = spectrum.find((v) => v > rankTolerance * top) ?? 0;
    const smallest = (spectrum[0] as number) > rankTolerance * top ? (spectrum[0] as number) : 0;
    const Li = Float64Array.from({ length: n }, (_, i) => sample.curvature * rows.squaredNorm(i) + ridge);
    const { x: xStar, value: fStar } = minimize(
      { name, value, gradient, hessian },
      new Float64Array(rows.columns),
    );
    let varianceAtSolution = 0;
    for (let i = 0; i < n; i++) {
      const z = rows.dot(i, xStar);
      const s = sample.slope(z, target[i] as number);
      varianceAtSolution +=
        (s * s * rows.squaredNorm(i) + 2 * ridge * s * z + ridge ** 2 * squaredDistance(xStar)) / n;
    }
    return {
      L: sample.curvature * top + ridge,
      Li,
      Lmax: maximum(Li),
      mu: sample.leastCurvature * smallest + ridge,
      // A square loss that is flat in some directions is Polyak-Lojasiewicz with the smallest positive curvature.
      pl: ridge > 0 ? sample.leastCurvature * smallest + ridge : sample.leastCurvature * positive,
      fStar,
      xStar,
      varianceAtSolution,
    };
  };
  let known: Constants | undefined;

  return {
    name,
    dimension: rows.columns,
    samples: n,
    convex: true,
    get constants() {
      return (known ??= constants());
    },
    loss(x, batch) {
      const { targets: t, ...features } = batch as Batch;
      const losses = sample.loss(predict(ridge > 0 ? x.ref : x, features), t);
      const count = constantLike(losses, losses.size);
      const mean = losses.sum().div(count);
      if (ridge === 0) return mean;
      const half = constantLike(x, ridge / 2);
      return mean.add(np.square(x).sum().mul(half));
    },
    secondMoment(x, batch) {
      const { targets: t, ...features } = batch as Batch;
      const entries = "features" in features ? features.features : features.values;
      const norms = np.square(entries.ref).sum(-1);
      const [twice, squared] = [constantLike(x, 2 * ridge), constantLike(x, ridge ** 2)];
      const z = predict(x.ref, features);
      const count = constantLike(z, z.size);
      const slopes = grad((p: np.Array) => sample.loss(p, t).sum())(z.ref);
      const own = np.square(slopes.ref).mul(norms).sum().div(count.ref);
      const cross = slopes.mul(z).sum().div(count).mul(twice);
      return own.add(cross).add(np.square(x).sum().mul(squared));
    },
    batch(indices, shape) {
      const t = Float64Array.from(indices, (i) => target[i] as number);
      return { ...(rows.batch(indices, shape) as object), targets: new Tensor("float64", shape, t) } as never;
    },
    all: () => ({
      features: new Tensor("float64", [n, rows.columns], rows.dense()),
      targets: new Tensor("float64", [n], target),
    }),
    value,
    gradient,
  };
}

/** a_i . x for every sample of the batch; consumes both. */
function predict(x: np.Array, batch: Features): np.Array {
  if ("features" in batch) return np.matmul(batch.features, x);
  return np.take(x, batch.columns, 0).mul(batch.values).sum(-1);
}

/** sum weight(i) a_i a_i^T + ridge I. */
function weightedGram(rows: Rows, ridge: number, weight: (i: number) => number): Float64Array {
  const p = rows.columns;
  const gram = new Float64Array(p * p);
  for (let i = 0; i < rows.count; i++) rows.addOuter(i, weight(i), gram);
  for (let j = 0; j < p; j++) gram[j * p + j] = (gram[j * p + j] as number) + ridge;
  return gram;
}
