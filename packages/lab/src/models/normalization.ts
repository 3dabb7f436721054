import { numpy as np } from "@jax-js/jax";
import { type Tensor, zeros } from "@steepest/compile";
import { constant } from "./init.ts";

/** Gain and bias of a normalisation of images, one of each a channel. */
export type Affine = { gain: np.Array; bias: np.Array };

/** Running statistics of a batch normalisation, one of each a channel. */
export type BatchStatistics = { mean: np.Array; variance: np.Array };

/** Added to the variance, as PyTorch and Keras (layers) do. */
const epsilon = 1e-5;

/** The share of a batch in the running statistics (PyTorch's `momentum`). */
const momentum = 0.1;

/** Gain one, bias zero. */
export const initAffine = (channels: number): { gain: Tensor; bias: Tensor } => ({
  gain: constant([channels], 1),
  bias: zeros("float32", [channels]),
});

/** Mean zero, variance one. */
export const initStatistics = (channels: number): { mean: Tensor; variance: Tensor } => ({
  mean: zeros("float32", [channels]),
  variance: constant([channels], 1),
});

/** One number a channel, beside images [batch, channels, height, width]. */
const perChannel = (x: np.Array): np.Array => x.reshape([1, -1, 1, 1]);

const affine = (x: np.Array, { gain, bias }: Affine): np.Array =>
  x.mul(perChannel(gain)).add(perChannel(bias));

/**
 * Batch normalisation in training (Ioffe and Szegedy, 2015): images are normalised by the mean and variance of their
 * channel over the batch, and the running statistics move a tenth of the way to them (the variance with n - 1, as in
 * PyTorch).
 */
export function batchNorm(x: np.Array, p: Affine, running: BatchStatistics): [np.Array, BatchStatistics] {
  const [batch, , height, width] = x.shape as [number, number, number, number];
  const count = batch * height * width;
  const mean = x.ref.mean([0, 2, 3]);
  const centred = x.sub(perChannel(mean.ref));
  const variance = np.square(centred.ref).mean([0, 2, 3]);
  const move = (old: np.Array, now: np.Array) => old.mul(1 - momentum).add(now.mul(momentum));
  const next = {
    mean: move(running.mean, mean),
    variance: move(running.variance, variance.ref.mul(count / Math.max(1, count - 1))),
  };
  return [affine(centred.div(np.sqrt(perChannel(variance).add(epsilon))), p), next];
}

/** Batch normalisation in evaluation: by the running statistics. */
export function normalizeByRunning(x: np.Array, p: Affine, { mean, variance }: BatchStatistics): np.Array {
  return affine(x.sub(perChannel(mean)).div(np.sqrt(perChannel(variance).add(epsilon))), p);
}

/** Normalises every image by the mean and variance over all its channels and pixels: group norm of one group (Wu and He, 2018). */
export const imageLayerNorm = (x: np.Array, p: Affine): np.Array => affine(standardize(x, [1, 2, 3]), p);

/** Layer normalisation over the last axis with a gain and no bias (Ba, Kiros and Hinton, 2016). */
export const layerNorm = (x: np.Array, gain: np.Array): np.Array => standardize(x, [-1]).mul(gain);

function standardize(x: np.Array, axes: number[]): np.Array {
  const centred = x.ref.sub(x.mean(axes, { keepdims: true }));
  const variance = np.square(centred.ref).mean(axes, { keepdims: true });
  return centred.div(np.sqrt(variance.add(epsilon)));
}
