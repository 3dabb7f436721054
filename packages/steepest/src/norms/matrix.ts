import { numpy as np } from "@jax-js/jax";
import { exactPolar } from "../polar/exactPolar.ts";
import type { Polar } from "../polar/newtonSchulz.ts";
import { num } from "../scalar.ts";
import { makeNorm, type Norm, rescale } from "./norm.ts";
import { projectSimplex } from "./simplex.ts";
import { l2, linf } from "./vector.ts";

/** Singular values and right singular vectors from the Gram matrix of the short side, in the matrix's type. */
function spectrum(x: np.Array): { short: np.Array; sigma: np.Array; vectors: np.Array; tall: boolean } {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const tall = rows >= columns;
  const short = tall ? x : np.matrixTranspose(x);
  const gram = np.matmul(np.matrixTranspose(short.ref), short.ref);
  const [values, vectors] = np.linalg.eigh(gram);
  const sigma = np.sqrt(np.maximum(values, num(0, short)));
  return { short, sigma, vectors, tall };
}

/** Replaces the singular values s of a matrix by s * factor(s). */
function reshapeSpectrum(x: np.Array, factor: (sigma: np.Array) => np.Array): np.Array {
  const { short, sigma, vectors, tall } = spectrum(x);
  const scaled = vectors.ref.mul(np.expandDims(factor(sigma), -2));
  const result = np.matmul(np.matmul(short, scaled), np.matrixTranspose(vectors));
  return tall ? result : np.matrixTranspose(result);
}

/** The largest singular value, over the whole batch. */
function largestSingularValue(x: np.Array): np.Array {
  const { short, sigma, vectors } = spectrum(x);
  short.dispose();
  vectors.dispose();
  return np.max(sigma);
}

/** The sum of all singular values: <x, U V^T>. */
const singularSum =
  (polar: Polar) =>
  (x: np.Array): np.Array =>
    polar(x.ref).mul(x).sum();

/** factor(s) = r / max(s, r): one where nothing is to be clipped. */
const clipFactor = (radius: number) => (sigma: np.Array) => {
  const r = num(radius, sigma);
  return r.ref.div(np.maximum(sigma, r));
};

/**
 * The spectral norm: the largest singular value. Its oracle is minus the polar factor, so its normalised steepest descent
 * is Muon.
 *
 * @param polar how the oracle finds the polar factor; exactly by default. The dual norm is always exact.
 */
export const spectral = (polar: Polar = exactPolar()): Norm =>
  makeNorm({
    name: "spectral",
    norm: largestSingularValue,
    dual: singularSum(exactPolar()),
    lmo: (x) => polar(x).mul(-1),
    project: (x, radius = 1) => reshapeSpectrum(x, clipFactor(radius)),
  });

/** The nuclear norm: the sum of singular values. Its oracle has rank one: minus the top singular pair. */
export const nuclear: Norm = makeNorm({
  name: "nuclear",
  norm: singularSum(exactPolar()),
  dual: largestSingularValue,
  lmo: (x) =>
    reshapeSpectrum(x, (sigma) => {
      const n = sigma.shape.at(-1) as number;
      // Eigenvalues come in ascending order.
      const top = np.equal(np.arange(n), n - 1);
      const zero = np.equal(sigma.ref, 0);
      const inverse = np.reciprocal(np.where(zero, num(1, sigma), sigma.ref)).mul(-1);
      return np.where(top, inverse, np.zerosLike(sigma));
    }),
  project: (x, radius = 1) =>
    reshapeSpectrum(x, (sigma) => {
      const zero = np.equal(sigma.ref, 0);
      const divisor = np.where(zero, num(1, sigma), sigma.ref);
      return projectSimplex(sigma, radius).div(divisor);
    }),
});

/**
 * The largest Euclidean norm of a slice along an axis.
 *
 * @param eps added to the lengths that the oracle divides by.
 */
function sliceNorm(name: string, axis: -1 | -2, eps: (shape: readonly number[]) => number = () => 0): Norm {
  const lengths = (x: np.Array) => np.sqrt(np.square(x).sum(axis, { keepdims: true }));
  return makeNorm({
    name,
    norm: (x) => np.max(lengths(x)),
    dual: (x) => lengths(x).sum(),
    lmo(x) {
      const length = lengths(x.ref).add(num(eps(x.shape), x));
      const zero = np.equal(length.ref, 0);
      return x.div(np.where(zero, num(1, length), length)).mul(-1);
    },
    project(x, radius = 1) {
      const length = lengths(x.ref);
      return x.mul(clipFactor(radius)(length));
    },
  });
}

/** The largest length of a column: the operator norm from l1 to l2. */
export const columnNorm: Norm = sliceNorm("column", -2);
/** The largest length of a row: the operator norm from l2 to linf. */
export const rowNorm: Norm = sliceNorm("row", -1);

const out = (shape: readonly number[]): number => shape.at(-2) as number;
const input = (shape: readonly number[]): number => shape.at(-1) as number;
const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

// Operator norms between root mean squares (and other averages), under which a unit step means the same at every width.

/** From root mean square to root mean square: spectral / sqrt(out / in). For hidden layers. */
export const rmsToRms = (polar?: Polar): Norm =>
  rescale(spectral(polar), (shape) => Math.sqrt(out(shape) / input(shape)), "RMS to RMS");

/** From l1 to root mean square: the largest column / sqrt(out). For one-hot inputs. `eps` is added to the oracle's divisor. */
export function l1ToRms(eps = 0): Norm {
  const ball = (shape: readonly number[]) => Math.sqrt(out(shape));
  return rescale(
    sliceNorm("column", -2, (shape) => eps * ball(shape)),
    ball,
    "l1 to RMS",
  );
}

/** From root mean square to maximum: the largest row times sqrt(in). `eps` is added to the oracle's divisor. */
export function rmsToLinf(eps = 0): Norm {
  const ball = (shape: readonly number[]) => 1 / Math.sqrt(input(shape));
  return rescale(
    sliceNorm("row", -1, (shape) => eps * ball(shape)),
    ball,
    "RMS to linf",
  );
}

/** From l1 average to maximum: the largest entry times in. For heads. */
export const averageToLinf = (): Norm => rescale(linf, (shape) => 1 / input(shape), "average to linf");

/** The root mean square of a vector. For biases and gains. */
export const rms = (): Norm => rescale(l2, (shape) => Math.sqrt(size(shape)), "RMS");
