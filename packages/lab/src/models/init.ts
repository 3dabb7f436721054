import { fromArray, Tensor, toArray } from "@steepest/compile";
import type { Norm } from "steepest";
import { type RandomStream, randomStream } from "../random.ts";

/** Initial values of a weight, float32, of shape (out, in), or (out, in, height, width) for kernels. */
export type Initializer = (shape: readonly number[], random: RandomStream) => Tensor;

/** The random stream of a model's initial values. */
export const initStream = (seed: number): RandomStream => randomStream(seed, "init");

const fill = (shape: readonly number[], value: () => number): Tensor => {
  const count = shape.reduce((a, b) => a * b, 1);
  return new Tensor("float32", shape, Float32Array.from({ length: count }, value));
};

/** Independent normal values with mean 0 and the given standard deviation, float32. */
export const normal = (shape: readonly number[], deviation: number, random: RandomStream): Tensor =>
  fill(shape, () => deviation * random.normal());

/** Every element the same, float32. */
export const constant = (shape: readonly number[], value: number): Tensor => fill(shape, () => value);

/** Standard deviation that keeps the variance through ReLU: sqrt(2 / inputs) (He et al., 2015). */
export const heDeviation = (inputs: number): number => Math.sqrt(2 / inputs);

/** Standard deviation that keeps the variance through a linear map: sqrt(1 / inputs) (LeCun et al., 1998). */
export const lecunDeviation = (inputs: number): number => Math.sqrt(1 / inputs);

/** The numbers that go into an output of a weight, and that an input goes into. */
function fans([out = 1, input = 1, ...kernel]: readonly number[]): { inputs: number; outputs: number } {
  const area = kernel.reduce((a, b) => a * b, 1);
  return { inputs: input * area, outputs: out * area };
}

/** Every element `value`. All units of a layer then stay equal: the initialisation that does not work. */
export const constantInit =
  (value: number): Initializer =>
  (shape) =>
    constant(shape, value);

/** Normal values of one deviation, whatever the shape. */
export const normalInit =
  (deviation: number): Initializer =>
  (shape, random) =>
    normal(shape, deviation, random);

/** Variance 1 / inputs, normal (LeCun et al., 1998). */
export const lecunInit: Initializer = (shape, random) =>
  normal(shape, lecunDeviation(fans(shape).inputs), random);

/** Variance 2 / inputs, normal: for ReLU (He et al., 2015). The default of hidden layers and kernels. */
export const heInit: Initializer = (shape, random) => normal(shape, heDeviation(fans(shape).inputs), random);

/** Variance 2 / (inputs + outputs), uniform, for tanh (Glorot and Bengio, 2010, equation 16). */
export const xavierInit: Initializer = (shape, random) => {
  const { inputs, outputs } = fans(shape);
  const bound = Math.sqrt(6 / (inputs + outputs));
  return fill(shape, () => bound * (2 * random.uniform() - 1));
};

/**
 * `gain` times a random matrix (out, everything else) with orthonormal rows, or columns where there are more rows (Saxe,
 * McClelland and Ganguli, 2014): a normal matrix, orthonormalised twice by Gram and Schmidt in double precision.
 */
export const orthogonalInit =
  (gain = 1): Initializer =>
  (shape, random) => {
    const rows = shape[0] ?? 1;
    const columns = shape.slice(1).reduce((a, b) => a * b, 1);
    const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
    const vectors = Array.from({ length: count }, () => Float64Array.from({ length }, () => random.normal()));
    vectors.forEach((v, i) => {
      for (const u of [...vectors.slice(0, i), ...vectors.slice(0, i)]) {
        let along = 0;
        for (let k = 0; k < length; k++) along += (v[k] as number) * (u[k] as number);
        for (let k = 0; k < length; k++) v[k] = (v[k] as number) - along * (u[k] as number);
      }
      const norm = Math.hypot(...v);
      v.forEach((x, k) => {
        v[k] = x / norm;
      });
    });
    let at = -1;
    return fill(shape, () => {
      at++;
      const [row, column] = [Math.floor(at / columns), at % columns];
      const [i, k] = rows <= columns ? [row, column] : [column, row];
      return gain * ((vectors[i] as Float64Array)[k] as number);
    });
  };

/**
 * `radius` times a random point of norm 1 in one of steepest's norms, such as `spectral`: where steepest descent under
 * that norm starts (Pethick et al., 2025). jax-js must be ready: `await initRuntime()`.
 */
export const normBallInit =
  (norm: Norm, radius = 1): Initializer =>
  (shape, random) => {
    const key = Uint32Array.from({ length: 2 }, () => random.below(2 ** 32));
    const point = norm.initialise(toArray(new Tensor("uint32", [2], key)), shape).mul(radius);
    const host = fromArray(point);
    point.dispose();
    return host;
  };
