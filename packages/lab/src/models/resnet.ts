import { lax, nn, type numpy as np } from "@jax-js/jax";
import { type Dense, dense, initDense } from "./dense.ts";
import { heInit, type Initializer, initStream } from "./init.ts";
import type { Model, Roles } from "./model.ts";
import {
  type Affine,
  type BatchStatistics,
  batchNorm,
  imageLayerNorm,
  initAffine,
  initStatistics,
  normalizeByRunning,
} from "./normalization.ts";

/** A convolution without bias, kernel (out, in, height, width), and the normalisation behind it; none without norm. */
export type NormedConvolution = { w: np.Array; norm?: Affine };

/** Two convolutions, and a 1 x 1 convolution on the skip where width or size change. */
export type ResidualBlock = {
  first: NormedConvolution;
  second: NormedConvolution;
  project?: NormedConvolution;
};

export type ResnetParams = { stem: NormedConvolution; blocks: ResidualBlock[]; head: Dense };

/** Running statistics of every batch norm, in the order in which an image meets them. */
export type ResnetBuffers = { norms: BatchStatistics[] };

export interface ResnetOptions {
  /** [channels, height, width]. */
  readonly image: readonly [number, number, number];
  readonly classes: number;
  /** Channels of each stage; every stage after the first halves the image. Default [16, 32, 64]. */
  readonly widths?: readonly number[];
  /** Residual blocks of each stage. Default 1: with three stages that is ResNet-8; 3 is ResNet-20. */
  readonly blocks?: number;
  /** Whether blocks add their input to their output. Default true. */
  readonly skips?: boolean;
  /** Default "batch". "layer" is over each image, so that training and evaluation are the same function. */
  readonly norm?: "batch" | "layer" | "none";
  /** Initial kernels. Default: after He et al. (2015). */
  readonly init?: Initializer;
}

/**
 * A residual network for small images (He et al., 2016, section 4.2): a 3 x 3 convolution, stages of blocks of two 3 x 3
 * convolutions, global average pooling and a linear head. Skips across stages are 1 x 1 convolutions, as in MLPerf Tiny's
 * ResNet-8; `skips: false` gives the plain network of the same paper.
 *
 * `apply` takes images [batch, channels, height, width]. With batch norm it takes the running statistics too, and
 * `training` updates them.
 */
export function resnet(options: ResnetOptions): Model<ResnetParams, ResnetBuffers> {
  const {
    image,
    classes,
    widths = [16, 32, 64],
    blocks = 1,
    skips = true,
    norm = "batch",
    init = heInit,
  } = options;
  const plan = widths.flatMap((width, stage) =>
    Array.from({ length: blocks }, (_, i): BlockPlan => {
      const inputs = i > 0 ? width : (widths[stage - 1] ?? (widths[0] as number));
      const stride = i === 0 && stage > 0 ? 2 : 1;
      return { inputs, width, stride, projects: skips && (stride > 1 || inputs !== width) };
    }),
  );
  const first = widths[0];
  const last = widths.at(-1);
  if (first === undefined || last === undefined || !(Number.isInteger(blocks) && blocks >= 1)) {
    throw new RangeError(
      `resnet: widths [${widths.join(", ")}] with ${blocks} blocks; expected at least one of each`,
    );
  }

  /** The network; `normalize` is called for every convolution in order. */
  const forward = (params: ResnetParams, x: np.Array, normalize: Normalize): np.Array => {
    const convolve = (h: np.Array, { w, norm }: NormedConvolution, stride: number) => {
      const y = lax.convGeneralDilated(h, w, [stride, stride], "SAME");
      return norm === undefined ? y : normalize(y, norm);
    };
    const block = (h: np.Array, { first, second, project }: ResidualBlock, at: number) => {
      const { stride } = plan[at] as BlockPlan;
      const inner = convolve(nn.relu(convolve(skips ? h.ref : h, first, stride)), second, 1);
      if (!skips) return nn.relu(inner);
      return nn.relu(inner.add(project === undefined ? h : convolve(h, project, stride)));
    };
    const features = params.blocks.reduce(block, nn.relu(convolve(x, params.stem, 1)));
    return dense(features.mean([2, 3]), params.head);
  };

  const role: Roles<NormedConvolution> = {
    w: "conv",
    ...(norm !== "none" && { norm: { gain: "vector", bias: "vector" } as const }),
  };
  const channels = [
    first,
    ...plan.flatMap(({ width, projects }) => (projects ? [width, width, width] : [width, width])),
  ];
  return {
    init(seed) {
      const random = initStream(seed);
      const convolution = (out: number, inputs: number, side: number) => ({
        w: init([out, inputs, side, side], random),
        ...(norm !== "none" && { norm: initAffine(out) }),
      });
      return {
        stem: convolution(first, image[0], 3),
        blocks: plan.map(({ inputs, width, projects }) => ({
          first: convolution(width, inputs, 3),
          second: convolution(width, width, 3),
          ...(projects && { project: convolution(width, inputs, 1) }),
        })),
        head: initDense(classes, last, random),
      };
    },
    roles: {
      stem: role,
      blocks: plan.map(({ projects }) => ({
        first: role,
        second: role,
        ...(projects && { project: role }),
      })),
      head: { w: "head", b: "vector" },
    },
    apply(params, x, buffers) {
      if (norm !== "batch") return forward(params, x, imageLayerNorm);
      if (buffers === undefined) {
        throw new TypeError(
          "resnet: batch norm is evaluated by its running statistics; pass the buffers too",
        );
      }
      const statistics = buffers.norms.values();
      return forward(params, x, (h, p) =>
        normalizeByRunning(h, p, statistics.next().value as BatchStatistics),
      );
    },
    ...(norm === "batch" && {
      training: {
        init: () => ({ norms: channels.map(initStatistics) }),
        apply(params, x, buffers) {
          const statistics = buffers.norms.values();
          const norms: BatchStatistics[] = [];
          const logits = forward(params, x, (h, p) => {
            const [y, next] = batchNorm(h, p, statistics.next().value as BatchStatistics);
            norms.push(next);
            return y;
          });
          return [logits, { norms }];
        },
      },
    }),
  };
}

interface BlockPlan {
  readonly inputs: number;
  readonly width: number;
  readonly stride: number;
  readonly projects: boolean;
}

type Normalize = (x: np.Array, p: Affine) => np.Array;
