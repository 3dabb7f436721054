import { grad, numpy as np } from "@jax-js/jax";
import { Tensor } from "@steepest/compile";
import { randomStream } from "../random.ts";
import { type Constants, constantLike, type FiniteSum } from "./finite-sum.ts";
import { squaredDistance } from "./symmetric.ts";

/**
 * f_i(x) = h(x) + xi_i . x with sum xi_i = 0: a known function under noise that does not depend on x. Here the
 * theorems' constants are exact and some bounds are tight, so a wrong constant shows.
 */

/** One term of h(x) = sum_j h_j(x_j), minimal and zero at zero. */
interface Separable {
  readonly name: string;
  readonly convex: boolean;
  readonly constants: Pick<Constants, "L" | "mu" | "pl">;
  /** sum_j h_j(x_j), in jax-js. */
  loss(x: np.Array): np.Array;
  value(t: number, j: number): number;
  slope(t: number, j: number): number;
}

export interface NoiseOptions {
  readonly samples: number;
  /** mean ||xi_i||^2. */
  readonly variance: number;
  /** Seeds the noise vectors. Default 0. */
  readonly seed?: number;
}

/** h(x) = 1/2 sum_j spectrum_j x_j^2 under additive noise. */
export function quadratic(spectrum: readonly number[], noise: NoiseOptions): FiniteSum {
  const positive = spectrum.filter((v) => v > 0);
  if (spectrum.some((v) => !(v >= 0)) || positive.length === 0) {
    throw new RangeError(
      `quadratic: spectrum [${spectrum.join(", ")}] must be nonnegative with a positive entry`,
    );
  }
  return additive(
    {
      name: `quadratic in ${spectrum.length} dimensions, eigenvalues ${range(spectrum)}`,
      convex: true,
      constants: { L: Math.max(...spectrum), mu: Math.min(...spectrum), pl: Math.min(...positive) },
      loss: (x) => {
        const halves = np.array(
          spectrum.map((v) => v / 2),
          { dtype: x.dtype },
        );
        return np.square(x).mul(halves).sum();
      },
      value: (t, j) => 0.5 * (spectrum[j] as number) * t * t,
      slope: (t, j) => (spectrum[j] as number) * t,
    },
    spectrum.length,
    noise,
  );
}

/**
 * h(x) = sum_j x_j^2 + 3 sin^2 x_j: not convex, but Polyak-Lojasiewicz (Karimi, Nutini and Schmidt, 2016, section 2.2,
 * state mu = 1/32; the largest such mu is computed here).
 */
export function sineParabola(dimension: number, noise: NoiseOptions): FiniteSum {
  const value = (t: number) => t * t + 3 * Math.sin(t) ** 2;
  const slope = (t: number) => 2 * t + 3 * Math.sin(2 * t);
  return additive(
    {
      name: `x² + 3 sin² x in ${dimension} dimensions`,
      convex: false,
      // h'' = 2 + 6 cos 2t lies in [-4, 8].
      constants: { L: 8, mu: 0, pl: least((t) => slope(t) ** 2 / (2 * value(t)), 1e-3, 20) },
      loss(x) {
        const three = constantLike(x, 3);
        return np
          .square(x.ref)
          .sum()
          .add(np.square(np.sin(x)).sum().mul(three));
      },
      value,
      slope,
    },
    dimension,
    noise,
  );
}

/**
 * h(x) = sum_j q_j x_j^2 / (1 + q_j x_j^2), q = curvatures / 2: smooth, bounded, neither convex nor Polyak-Lojasiewicz
 * (Geman and McClure, 1987).
 *
 * @param curvatures h_j'' at zero, where it is largest.
 */
export function boundedWell(curvatures: readonly number[], noise: NoiseOptions): FiniteSum {
  if (curvatures.length === 0 || curvatures.some((v) => !(v > 0))) {
    throw new RangeError(`boundedWell: curvatures [${curvatures.join(", ")}] must be positive`);
  }
  const q = curvatures.map((v) => v / 2);
  const at = (t: number, j: number) => (q[j] as number) * t * t;
  return additive(
    {
      name: `${q.length} bounded wells, curvatures ${range(curvatures)}`,
      convex: false,
      // h_j'' = 2 q (1 - 3 q t^2) / (1 + q t^2)^3 is largest at zero.
      constants: { L: Math.max(...curvatures), mu: 0, pl: 0 },
      loss(x) {
        const squares = np.square(x).mul(np.array(q, { dtype: x.dtype }));
        const one = constantLike(squares, 1);
        return squares.ref.div(squares.add(one)).sum();
      },
      value: (t, j) => at(t, j) / (1 + at(t, j)),
      slope: (t, j) => (2 * (q[j] as number) * t) / (1 + at(t, j)) ** 2,
    },
    q.length,
    noise,
  );
}

const range = (values: readonly number[]): string => {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((v) =>
    v > 0 && v < 1e-3 ? v.toExponential(0) : String(Number(v.toPrecision(3))),
  ) as [string, string];
  return low === high ? low : `${low} to ${high}`;
};

function additive(h: Separable, dimension: number, { samples, variance, seed = 0 }: NoiseOptions): FiniteSum {
  const noise = centredNoise(samples, dimension, variance, seed);
  return {
    name: h.name,
    dimension,
    samples,
    convex: h.convex,
    constants: {
      ...h.constants,
      Li: new Float64Array(samples).fill(h.constants.L),
      Lmax: h.constants.L,
      fStar: 0,
      xStar: new Float64Array(dimension),
      varianceAtSolution: squaredDistance(noise) / samples,
    },
    loss(x, batch) {
      const { noise: xi } = batch as { noise: np.Array };
      const count = constantLike(x, xi.shape[0] as number);
      return h.loss(x.ref).add(np.matmul(xi, x).sum().div(count));
    },
    secondMoment(x, batch) {
      const { noise: xi } = batch as { noise: np.Array };
      const count = constantLike(x, xi.shape[0] as number);
      return np.square(grad(h.loss)(x).add(xi)).sum().div(count);
    },
    batch(indices, shape) {
      const rows = new Float64Array(indices.length * dimension);
      for (let b = 0; b < indices.length; b++) {
        const i = indices[b] as number;
        rows.set(noise.subarray(i * dimension, (i + 1) * dimension), b * dimension);
      }
      return { noise: new Tensor("float64", [...shape, dimension], rows) };
    },
    all: () => ({ noise: new Tensor("float64", [samples, dimension], noise) }),
    value: (x) => x.reduce((sum, t, j) => sum + h.value(t, j), 0),
    gradient: (x) => x.map(h.slope),
  };
}

/** Normal vectors shifted to mean zero and scaled to the given mean square. */
function centredNoise(samples: number, dimension: number, variance: number, seed: number): Float64Array {
  if (!(variance >= 0) || (variance > 0 && samples < 2)) {
    throw new RangeError(
      `noise of variance ${variance} from ${samples} samples: at least two samples are needed`,
    );
  }
  const random = randomStream(seed, "additive noise");
  const xi = Float64Array.from({ length: samples * dimension }, () => (variance === 0 ? 0 : random.normal()));
  for (let j = 0; j < dimension; j++) {
    let mean = 0;
    for (let i = 0; i < samples; i++) mean += (xi[i * dimension + j] as number) / samples;
    for (let i = 0; i < samples; i++) xi[i * dimension + j] = (xi[i * dimension + j] as number) - mean;
  }
  const scale = variance === 0 ? 0 : Math.sqrt((variance * samples) / squaredDistance(xi));
  return xi.map((v) => v * scale);
}

/** The least value of a function on [low, high]: the best of a fine grid, refined by golden-section search. */
function least(f: (t: number) => number, low: number, high: number): number {
  const points = 200_000;
  const at = (i: number) => low + ((high - low) * i) / points;
  let best = 0;
  for (let i = 1; i <= points; i++) if (f(at(i)) < f(at(best))) best = i;
  let [a, b] = [at(Math.max(0, best - 1)), at(Math.min(points, best + 1))];
  const ratio = (Math.sqrt(5) - 1) / 2;
  for (let k = 0; k < 60; k++) {
    const [c, d] = [b - ratio * (b - a), a + ratio * (b - a)];
    if (f(c) < f(d)) b = d;
    else a = c;
  }
  return f((a + b) / 2);
}
