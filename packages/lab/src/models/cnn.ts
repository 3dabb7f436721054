import { lax, nn, numpy as np } from "@jax-js/jax";
import { zeros } from "@steepest/compile";
import { type Dense, dense, initDense } from "./dense.ts";
import { heInit, type Initializer, initStream } from "./init.ts";
import type { Model, Roles } from "./model.ts";

/** A convolution: kernel (out, in, height, width) and bias (out). */
export type Convolution = { w: np.Array; b: np.Array };
/** `hidden` is absent when there are no dense hidden layers. */
export type CnnParams = { convolutions: Convolution[]; hidden?: Dense[]; head: Dense };

export interface CnnOptions {
  /** [channels, height, width]; height and width divisible by 2 once for each stage. */
  readonly image: readonly [number, number, number];
  /** Output channels of the convolutions by stage; every stage ends with pooling. A number is a stage of one convolution. */
  readonly channels: readonly (number | readonly number[])[];
  /** Side of the square kernels. Default 3. */
  readonly kernel?: number;
  /** Widths of dense hidden layers behind the convolutions. Default: none. */
  readonly hidden?: readonly number[];
  readonly classes: number;
  /** Pooling over 2 x 2 windows. Default "max". */
  readonly pool?: "max" | "average";
  /** Initial kernels and hidden matrices. Default: after He et al. (2015). */
  readonly init?: Initializer;
}

/**
 * A convolutional network: stages of convolutions that keep the size, each followed by ReLU, and 2 x 2 pooling; dense
 * hidden layers; a linear head. `channels: [6, 16], kernel: 5, hidden: [120, 84], pool: "average"` is like LeNet-5 (LeCun
 * et al., 1998), `channels: [[16, 16], [32, 32]], hidden: [128]` a small VGG (Simonyan and Zisserman, 2015).
 *
 * `apply` takes images [batch, channels, height, width].
 */
export function cnn(options: CnnOptions): Model<CnnParams> {
  const { image, channels, kernel = 3, hidden = [], classes, pool = "max", init = heInit } = options;
  const stages = channels.map((stage) => (typeof stage === "number" ? [stage] : stage));
  const shrink = 2 ** stages.length;
  const [depth, height, width] = image;
  if (height % shrink !== 0 || width % shrink !== 0) {
    throw new RangeError(
      `cnn: image ${height} x ${width} cannot be halved ${stages.length} times; expected multiples of ${shrink}`,
    );
  }
  const outputs = stages.flat();
  const pooled = stages.flatMap((stage) => stage.map((_, i) => i === stage.length - 1));
  const features = ((outputs.at(-1) ?? depth) * height * width) / shrink ** 2;
  const widths = [features, ...hidden];
  const reduce =
    pool === "max" ? (window: np.Array) => np.max(window) : (window: np.Array) => np.mean(window);
  const layer = (x: np.Array, { w, b }: Convolution, at: number): np.Array => {
    const y = nn.relu(lax.convGeneralDilated(x, w, [1, 1], "SAME").add(b.reshape([1, -1, 1, 1])));
    return pooled[at] ? lax.reduceWindow(y, reduce, [2, 2], [2, 2]) : y;
  };
  const kernelRoles: Roles<Convolution> = { w: "conv", b: "vector" };
  const hiddenRoles: Roles<Dense> = { w: "hidden", b: "vector" };
  return {
    init(seed) {
      const random = initStream(seed);
      return {
        convolutions: outputs.map((out, i) => ({
          w: init([out, outputs[i - 1] ?? depth, kernel, kernel], random),
          b: zeros("float32", [out]),
        })),
        ...(hidden.length > 0 && {
          hidden: hidden.map((out, i) => initDense(out, widths[i] as number, random, init)),
        }),
        head: initDense(classes, widths.at(-1) as number, random),
      };
    },
    roles: {
      convolutions: outputs.map(() => kernelRoles),
      ...(hidden.length > 0 && { hidden: hidden.map(() => hiddenRoles) }),
      head: { w: "head", b: "vector" },
    },
    apply(params, x) {
      const maps = params.convolutions.reduce(layer, x).reshape([-1, features]);
      const h = (params.hidden ?? []).reduce((h, p) => nn.relu(dense(h, p)), maps);
      return dense(h, params.head);
    },
  };
}
