import { grad, lax, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { type ArrayFunction, compile } from "../src/index.ts";
import { channelBlock } from "../src/native/blocks.ts";
import { agree, random } from "./support/agree.ts";

/** Convolutions whose channels fill blocks, with both gradients, against jax-js. */

type Options = {
  x: number[];
  w: number[];
  strides?: [number, number];
  padding?: "SAME" | "VALID" | [number, number][];
  rhsDilation?: [number, number];
};

const convolution = ({ strides = [1, 1], padding = "SAME", rhsDilation = [1, 1] }: Options): ArrayFunction =>
  valueAndGrad(
    (x: np.Array, w: np.Array) =>
      np.square(lax.convGeneralDilated(x, w, strides, padding, { rhsDilation })).sum(),
    { argnums: [0, 1] },
  ) as unknown as ArrayFunction;

const cases: Record<string, Options> = {
  "rows of one block": { x: [2, 16, 16, 16], w: [32, 16, 3, 3] },
  "rows of two blocks": { x: [2, 16, 5, 32], w: [16, 16, 3, 3] },
  "two images a block": { x: [4, 32, 6, 8], w: [16, 32, 3, 3] },
  "an odd batch of short rows": { x: [3, 32, 6, 8], w: [16, 32, 3, 3] },
  "rows that fill no block": { x: [3, 16, 7, 10], w: [48, 16, 3, 2] },
  "rows longer than a block": { x: [2, 16, 7, 21], w: [16, 16, 2, 3] },
  "few channels": { x: [2, 3, 9, 16], w: [16, 3, 3, 3] },
  "one channel": { x: [2, 1, 9, 10], w: [32, 1, 5, 5] },
  "twenty channels": { x: [2, 20, 9, 10], w: [16, 20, 3, 3] },
  "no padding": { x: [2, 16, 9, 10], w: [16, 16, 3, 2], padding: "VALID" },
  "uneven padding": {
    x: [2, 16, 9, 10],
    w: [16, 16, 3, 3],
    padding: [
      [0, 2],
      [3, 1],
    ],
  },
  "a stride of two": { x: [2, 16, 16, 32], w: [32, 16, 3, 3], strides: [2, 2] },
  "two strides and a longer kernel": { x: [2, 16, 12, 12], w: [16, 16, 5, 4], strides: [3, 2] },
  "a stride along one axis": { x: [2, 32, 8, 8], w: [16, 32, 3, 3], strides: [1, 2] },
  "strides that leave a rest": { x: [2, 16, 11, 18], w: [16, 16, 3, 3], strides: [3, 2], padding: "VALID" },
  "a kernel of one pixel": { x: [2, 16, 8, 16], w: [32, 16, 1, 1] },
  "a kernel of one pixel with strides": { x: [2, 16, 8, 32], w: [32, 16, 1, 1], strides: [2, 2] },
  "a dilated kernel": { x: [2, 16, 9, 16], w: [16, 16, 3, 3], rhsDilation: [2, 2] },
};

describe("blocked convolutions", () => {
  for (const [name, options] of Object.entries(cases)) {
    test(name, () => agree(convolution(options), [random(options.x), random(options.w, 2)]));
  }

  test.runIf(process.arch === "x64")(
    "an x64 processor has them, and a program of convolutions moves images into blocks once",
    async () => {
      expect([8, 16]).toContain(await channelBlock());
      const network: ArrayFunction = (x, w, v) =>
        grad(
          (w: np.Array, v: np.Array, x: np.Array) => {
            const h = nn.relu(lax.convGeneralDilated(x, w, [1, 1], "SAME"));
            return np.square(nn.relu(lax.convGeneralDilated(h, v, [1, 1], "SAME"))).sum();
          },
          { argnums: [0, 1] },
        )(w, v, x);
      const args = [random([2, 16, 6, 16]), random([16, 16, 3, 3], 2), random([16, 16, 3, 3], 3)];
      await agree(network, args);
      const program = await compile(network, args, { executor: "native" });
      const text = program.explain();
      await program.dispose();
      expect(text).toContain(" 1 ReorderInput");
      expect(text).not.toContain("Slice,");
    },
  );

  test.runIf(process.arch === "x64")(
    "the gradient of a strided convolution is one of its phases",
    async () => {
      const options = { x: [2, 16, 16, 32], w: [32, 16, 3, 3], strides: [2, 2] as [number, number] };
      const args = [random(options.x), random(options.w, 2)];
      const program = await compile(convolution(options), args, { executor: "native" });
      const text = program.explain();
      await program.dispose();
      expect(text).not.toContain("ConvTranspose");
      // Forward, its phases, and for each column of the kernel a shift and a sum.
      expect(text).toContain(" 8 Conv");
    },
  );

  test("blocked images beside numbers a channel, an image or a pixel", () =>
    agree(
      (x, w, channel, image, pixel) => {
        const h = lax.convGeneralDilated(x, w, [1, 1], "SAME");
        const [a, b, c] = [channel.reshape([1, -1, 1, 1]), image.reshape([-1, 1, 1, 1]), pixel];
        return [np.maximum(h.ref, a.ref), np.maximum(h.ref.mul(b), c), np.maximum(h, a).sum([0, 2, 3])];
      },
      [
        random([4, 16, 16, 16]),
        random([32, 16, 3, 3], 2),
        random([32], 3),
        random([4], 4),
        random([16, 16], 5),
      ],
    ));

  test("pools, means and sums of images in blocks", () =>
    agree(
      valueAndGrad((x: np.Array, w: np.Array) => {
        const h = nn.relu(lax.convGeneralDilated(x, w, [1, 1], "SAME"));
        const [maximum, average] = [np.max, np.mean].map((f) =>
          lax.reduceWindow(h.ref, (a: np.Array) => f(a), [2, 2], [2, 2]),
        ) as [np.Array, np.Array];
        const overlapping = lax.reduceWindow(h.ref, (a: np.Array) => np.mean(a), [3, 3], [2, 2]);
        const parts = [
          maximum.mul(average).mean(),
          overlapping.max(),
          h.ref.mean([2, 3]).sum(),
          h.max([0, 1]).sum(),
        ];
        return parts.reduce((a, b) => a.add(b));
      }) as unknown as ArrayFunction,
      [random([2, 16, 8, 8]), random([32, 16, 3, 3], 2)],
    ));
});
