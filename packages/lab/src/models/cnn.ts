import { lax, nn, numpy as np } from "@jax-js/jax";
import { zeros } from "@steepest/compile";
import { type Dense, dense, initDense } from "./dense.ts";
import { heDeviation, initStream, lecunDeviation, normal } from "./init.ts";
import type { Model, Roles } from "./model.ts";

/** A convolution: kernel (out, in, height, width) and bias (out). */
export type Convolution = { w: np.Array; b: np.Array };
export type CnnParams = { convolutions: Convolution[]; head: Dense };

export interface CnnOptions {
  /** [channels, height, width]; height and width divisible by 2 once for each convolution. */
  readonly image: readonly [number, number, number];
  /** Output channels of each convolution. */
  readonly channels: readonly number[];
  /** Side of the square kernels. Default 3. */
  readonly kernel?: number;
  readonly classes: number;
  /** Pooling over 2 x 2 windows. Default "max". */
  readonly pool?: "max" | "average";
}

/**
 * A convolutional network: for each entry of `channels` a convolution that keeps the size, ReLU and 2 x 2 pooling, then
 * a linear head. Kernels are initialised after He et al. (2015).
 *
 * `apply` takes images [batch, channels, height, width].
 */
export function cnn(options: CnnOptions): Model<CnnParams> {
  const { image, channels, kernel = 3, classes, pool = "max" } = options;
  const shrink = 2 ** channels.length;
  const [depth, height, width] = image;
  if (height % shrink !== 0 || width % shrink !== 0) {
    throw new RangeError(
      `cnn: image ${height} x ${width} cannot be halved ${channels.length} times; expected multiples of ${shrink}`,
    );
  }
  const last = channels.at(-1) ?? depth;
  const features = (last * height * width) / shrink ** 2;
  const reduce =
    pool === "max" ? (window: np.Array) => np.max(window) : (window: np.Array) => np.mean(window);
  const kernelRoles: Roles<Convolution> = { w: "conv", b: "vector" };
  const layer = (x: np.Array, { w, b }: Convolution): np.Array => {
    const y = lax.convGeneralDilated(x, w, [1, 1], "SAME").add(b.reshape([1, -1, 1, 1]));
    return lax.reduceWindow(nn.relu(y), reduce, [2, 2], [2, 2]);
  };
  return {
    init(seed) {
      const random = initStream(seed);
      return {
        convolutions: channels.map((out, i) => {
          const inputs = channels[i - 1] ?? depth;
          const shape = [out, inputs, kernel, kernel];
          return {
            w: normal(shape, heDeviation(inputs * kernel * kernel), random),
            b: zeros("float32", [out]),
          };
        }),
        head: initDense(classes, features, lecunDeviation(features), random),
      };
    },
    roles: { convolutions: channels.map(() => kernelRoles), head: { w: "head", b: "vector" } },
    apply: (params, x) => dense(params.convolutions.reduce(layer, x).reshape([-1, features]), params.head),
  };
}
