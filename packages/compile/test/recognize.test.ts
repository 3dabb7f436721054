import { grad, lax, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import type { Graph } from "../src/graph.ts";
import { type ArrayFunction, initRuntime, type Tensor, tensor } from "../src/index.ts";
import { optimizeNative } from "../src/native/recognize/index.ts";
import { specOf } from "../src/program.ts";
import { trace } from "../src/trace.ts";
import { agree, ints, random } from "./support/agree.ts";

async function optimized(fn: ArrayFunction, args: readonly Tensor[]): Promise<Graph> {
  await initRuntime();
  return optimizeNative(trace(fn, specOf([...args], "test"), "test").graph, "test");
}

/** How often each primitive, or what stands for several, occurs in a program for the native executor. */
async function counts(fn: ArrayFunction, args: readonly Tensor[]): Promise<Record<string, number>> {
  const { nodes } = await optimized(fn, args);
  const found: Record<string, number> = {};
  for (const { op } of nodes) found[op] = (found[op] ?? 0) + 1;
  return found;
}

type Loss = (x: np.Array, ...rest: np.Array[]) => np.Array;

/** Value and gradient of sum(weight * f(x)), so that every element has a cotangent of its own. */
const weighted =
  (f: (x: np.Array) => np.Array): ArrayFunction =>
  (x, w) =>
    valueAndGrad(((x: np.Array, w: np.Array) => f(x).mul(w).sum()) as Loss)(x, w);

interface Case {
  readonly f: ArrayFunction;
  readonly args: readonly Tensor[];
  readonly tolerance?: number;
}

const standard =
  (epsilon: number, axis = -1) =>
  (x: np.Array): np.Array => {
    const centred = x.ref.sub(x.mean(axis, { keepdims: true }));
    const variance = np.square(centred.ref).mean(axis, { keepdims: true });
    return centred.div(np.sqrt(variance.add(epsilon)));
  };

const x = random([3, 5, 8]);
const w = random([3, 5, 8], 2);
const gain = random([8], 3);
const normWithGain: ArrayFunction = (x, g, w) =>
  grad((x: np.Array, g: np.Array, w: np.Array) => standard(1e-5)(x).mul(g).mul(w).sum(), { argnums: [0, 1] })(
    x,
    g,
    w,
  );

/** Patterns that must be found, by the node that stands for them, and no exp, sqrt or tanh may be left. */
const found: Record<string, Case & { readonly op: string; readonly gone: readonly string[] }> = {
  softmax: { f: (x) => nn.softmax(x), args: [x], op: "softmax", gone: ["exp"] },
  "softmax and its gradient": {
    f: weighted((x) => nn.softmax(x)),
    args: [x, w],
    op: "softmax",
    gone: ["exp"],
  },
  "softmax of large numbers": {
    f: weighted((x) => nn.softmax(x.mul(500))),
    args: [x, w],
    op: "softmax",
    gone: ["exp"],
    tolerance: 2e-4,
  },
  "log-softmax": { f: (x) => nn.logSoftmax(x), args: [x], op: "log_softmax", gone: ["log", "exp"] },
  "log-softmax and its gradient": {
    f: weighted((x) => nn.logSoftmax(x)),
    args: [x, w],
    op: "log_softmax",
    gone: ["log"],
  },
  "cross-entropy": {
    f: (x, y) =>
      valueAndGrad(((x: np.Array, y: np.Array) => {
        const chosen = y.reshape([6, 1]).equal(np.arange(5).astype(np.int32));
        return np.where(chosen, nn.logSoftmax(x), 0).sum().div(-6);
      }) as Loss)(x, y),
    args: [random([6, 5]), ints([0, 4, 2, 1, 3, 3])],
    op: "log_softmax",
    gone: ["log"],
  },
  "layer norm": { f: (x) => standard(1e-5)(x), args: [x], op: "layer_norm", gone: ["sqrt"] },
  "layer norm with another epsilon": {
    f: weighted(standard(0.1)),
    args: [x, w],
    op: "layer_norm",
    gone: ["sqrt"],
  },
  "layer norm and its gradient": {
    f: weighted(standard(1e-5)),
    args: [x, w],
    op: "layer_norm",
    gone: ["sqrt"],
  },
  "layer norm with a gain": { f: normWithGain, args: [x, gain, w], op: "layer_norm", gone: ["sqrt"] },
  "gelu by tanh": { f: (x) => nn.gelu(x), args: [x], op: "gelu", gone: ["tanh", "mul"] },
  "gelu and its gradient": {
    f: weighted((x) => nn.gelu(x.mul(3))),
    args: [x, w],
    op: "sigmoid",
    gone: ["tanh"],
  },
};

/** Near misses, which keep their own arithmetic. */
const missed: Record<string, Case & { readonly absent: string }> = {
  "softmax of another axis": { f: weighted((x) => nn.softmax(x, 1)), args: [x, w], absent: "softmax" },
  "softmax without the maximum": {
    f: weighted((x) => {
      const e = np.exp(x);
      return e.ref.div(e.sum(-1, { keepdims: true }));
    }),
    args: [x, w],
    absent: "softmax",
  },
  "a square's rows against its columns": {
    f: (x) => {
      const e = np.exp(x.ref.sub(np.max(x, 1, { keepdims: true })));
      return e.ref.div(e.sum(1));
    },
    args: [random([5, 5])],
    absent: "softmax",
  },
  "normalisation of another axis": { f: weighted(standard(1e-5, 1)), args: [x, w], absent: "layer_norm" },
  "normalisation by n - 1": {
    f: weighted((x) => {
      const centred = x.ref.sub(x.mean(-1, { keepdims: true }));
      const variance = np
        .square(centred.ref)
        .sum(-1, { keepdims: true })
        .mul(1 / 7);
      return centred.div(np.sqrt(variance.add(1e-5)));
    }),
    args: [x, w],
    absent: "layer_norm",
  },
  "normalisation by the mean square": {
    f: weighted((x) => x.ref.div(np.sqrt(np.square(x).mean(-1, { keepdims: true }).add(1e-5)))),
    args: [x, w],
    absent: "layer_norm",
  },
  "gelu with another cubic": {
    f: weighted((x) => {
      const inner = np
        .square(x.ref)
        .mul(0.05)
        .add(1)
        .mul(x.ref)
        .mul(Math.sqrt(2 / Math.PI));
      return np.tanh(inner).add(1).mul(x.mul(0.5));
    }),
    args: [x, w],
    absent: "sigmoid",
  },
  "exact gelu": {
    f: weighted((x) => nn.gelu(x, { approximate: false })),
    args: [x, w],
    absent: "gelu",
  },
};

describe("recognised", () => {
  for (const [name, { f, args, op, gone, tolerance }] of Object.entries(found)) {
    test(name, async () => {
      const ops = await counts(f, args);
      expect(ops[op]).toBe(1);
      for (const other of gone) expect(ops[other]).toBeUndefined();
      await agree(f, [...args], tolerance);
    });
  }

  test("two patterns on one value", async () => {
    const f = weighted((x) => nn.softmax(x.ref).add(nn.logSoftmax(x.ref)).add(standard(1e-5)(x)));
    const ops = await counts(f, [x, w]);
    expect([ops.log_softmax, ops.layer_norm]).toEqual([1, 1]);
    await agree(f, [x, w]);
  });

  test("a pattern whose inside is read elsewhere", async () => {
    const f: ArrayFunction = (x) => {
      const e = np.exp(x.ref.sub(np.max(x, -1, { keepdims: true })));
      return [e.ref.div(e.ref.sum(-1, { keepdims: true })), e];
    };
    expect(await counts(f, [x])).toMatchObject({ softmax: 1, exp: 1 });
    await agree(f, [x]);
  });

  const attention =
    (hidden: number, visible: (i: number, j: number) => boolean): ArrayFunction =>
    (q, k, v) => {
      const mask = np
        .array(
          Array.from({ length: 6 }, (_, i) => Array.from({ length: 6 }, (_, j) => (visible(i, j) ? 1 : 0))),
        )
        .astype(np.bool);
      const loss = (q: np.Array, k: np.Array, v: np.Array) => {
        const scores = np.matmul(q, k.transpose([0, 1, 3, 2])).mul(0.5);
        return np.square(np.matmul(nn.softmax(np.where(mask, scores, hidden)), v)).sum();
      };
      return valueAndGrad(loss, { argnums: [0, 1, 2] })(q, k, v);
    };
  const heads = [1, 2, 3].map((seed) => random([2, 3, 6, 4], seed));

  test("a causal mask becomes an addition, and its gradient nothing", async () => {
    const f = attention(-1e9, (i, j) => j <= i);
    expect((await counts(f, heads)).where).toBeUndefined();
    await agree(f, heads);
  });

  test("a mask that hides a whole row stays a choice", async () => {
    const f = attention(-1e9, (i, j) => j < i);
    expect((await counts(f, heads)).where).toBe(2);
    await agree(f, heads);
  });

  test("a mask that only weakens scores stays a choice", async () => {
    const f = attention(-3, (i, j) => j <= i);
    expect((await counts(f, heads)).where).toBe(2);
    await agree(f, heads);
  });

  test("numbers become factors of matrix products", async () => {
    const f: ArrayFunction = (x, y) =>
      grad((x: np.Array, y: np.Array) => np.square(np.matmul(x.mul(3), y).mul(-0.25)).sum(), {
        argnums: [0, 1],
      })(x, y);
    const args = [random([2, 5, 3]), random([2, 3, 4], 2)];
    // Of five: those by 3, by -1/4 twice and by 2 are factors; squaring's own and the last by 3, after a reshape, remain.
    expect((await counts(f, args)).mul).toBe(2);
    await agree(f, args);
  });

  test("a product of a scaled array with itself takes the factor twice", async () => {
    const f: ArrayFunction = (x) => {
      const y = x.mul(3);
      return np.matmul(y.ref, y.transpose());
    };
    await agree(f, [random([4, 3])]);
  });
});

/** Halves and zeros: ties and exact zeros are common. */
const coarse = (shape: readonly number[], seed: number): Tensor => {
  const { data } = random(shape, seed);
  return tensor(
    data.map((v) => Math.round(2 * v) / 2),
    shape,
  );
};

describe("images", () => {
  const image = coarse([2, 3, 8, 12], 4);
  const pooled = random([2, 3, 4, 4], 5);
  const pool =
    (reduce: (window: np.Array) => np.Array, before: (x: np.Array) => np.Array = (x) => x): ArrayFunction =>
    (x, w) =>
      valueAndGrad(((x: np.Array, w: np.Array) =>
        lax.reduceWindow(before(x), reduce, [2, 3], [2, 3]).mul(w).sum()) as Loss)(x, w);

  test("the gradient of relu is a product with a step, one at zero", async () => {
    const f = weighted((x) => nn.relu(x));
    const args = [coarse([40], 6), random([40], 7)];
    expect(await counts(f, args)).toMatchObject({ step: 1 });
    await agree(f, args);
  });

  test("a choice that hides roots of negative numbers stays a choice", async () => {
    const f: ArrayFunction = (x) => [nn.relu(x.ref), np.where(x.ref.less(0), 0, np.sqrt(x))];
    const args = [coarse([40], 6)];
    expect(await counts(f, args)).toMatchObject({ where: 1 });
    await agree(f, args);
  });

  test("ties share the gradient of max pooling", async () => {
    const f = pool((window) => np.max(window));
    expect((await counts(f, [image, pooled])).where).toBeUndefined();
    await agree(f, [image, pooled]);
  });

  test("max pooling after relu", async () => {
    const f = pool((window) => np.max(window), nn.relu);
    const ops = await counts(f, [image, pooled]);
    expect([ops.where, ops.step]).toEqual([undefined, 2]);
    await agree(f, [image, pooled]);
  });

  test("average pooling", () =>
    agree(
      pool((window) => np.mean(window), nn.relu),
      [image, pooled],
    ));

  test("infinite pixels stay in their own windows", () =>
    agree((x) => lax.reduceWindow(np.log(np.abs(x)), (window) => np.mean(window), [2, 3], [2, 3]), [image]));

  /** Normalisation over the given axes with a gain and a bias for each channel, and its statistics. */
  const norm = (x: np.Array, gain: np.Array, bias: np.Array, axes: number[]): [np.Array, np.Array] => {
    const row = (v: np.Array) => v.reshape([1, -1, 1, 1]);
    const centred = x.ref.sub(x.mean(axes, { keepdims: true }));
    const variance = np.square(centred.ref).mean(axes, { keepdims: true });
    const y = centred.div(np.sqrt(variance.ref.add(1e-5)));
    return [y.mul(row(gain)).add(row(bias)), variance];
  };
  const channels = [random([3], 8), random([3], 9), random([2, 3, 8, 12], 10)];
  const normed =
    (axes: number[]): ArrayFunction =>
    (x, gain, bias, w) =>
      valueAndGrad(
        (x: np.Array, gain: np.Array, bias: np.Array, w: np.Array) => {
          const [y, variance] = norm(x, gain, bias, axes);
          return [nn.relu(y).mul(w).sum(), variance];
        },
        { argnums: [0, 1, 2], hasAux: true },
      )(x, gain, bias, w);

  test("batch norm and its gradient: two sums each way, and affine maps", async () => {
    const { nodes } = await optimized(normed([0, 2, 3]), [image, ...channels]);
    const whole = nodes.filter(
      ({ inputs, outputs }) => inputs[0]?.shape.length === 4 && outputs[0]?.shape.length === 1,
    );
    expect(whole.filter(({ op }) => op === "reduce").length).toBe(4);
    const images = nodes.filter(({ outputs }) => outputs[0]?.shape.join() === "2,3,8,12").map(({ op }) => op);
    // The square, the weight and its gradient, relu's step, the image times its cotangent.
    expect(images.filter((op) => op === "affine").length).toBe(4);
    expect(images.filter((op) => op === "mul").length).toBe(5);
    await agree(normed([0, 2, 3]), [image, ...channels], 1e-4);
  });

  test("normalisation of every image with numbers a channel", async () => {
    expect((await counts(normed([1, 2, 3]), [image, ...channels])).affine).toBeGreaterThan(0);
    await agree(normed([1, 2, 3]), [image, ...channels], 1e-4);
    await agree(normed([2, 3]), [image, ...channels], 1e-4);
  });

  test("numbers a channel, scaled, shifted, added and summed in every way", async () => {
    const f: ArrayFunction = (x, a, b, w) => {
      const [r, s] = [a, b].map((v) => v.reshape([1, 3, 1, 1])) as [np.Array, np.Array];
      const y = x.ref.mul(r.ref).add(s.ref);
      const z = y.ref.mul(s.ref).add(w.ref.mul(r.ref)).mul(2).add(y.ref);
      const sums = [
        y.ref.sum([0, 2, 3]),
        z.ref.sum([0, 2, 3]),
        x.ref.mul(r.ref).mul(w.ref.mul(s)).sum([0, 2, 3]),
      ];
      return [...sums, z.ref.neg().add(x.mul(r.ref)), np.exp(y), z.mul(w).mul(r)];
    };
    await agree(f, [image, ...channels], 1e-5);
  });

  const convolve =
    (strides: [number, number], padding: "SAME" | "VALID"): ArrayFunction =>
    (x, w, b) =>
      valueAndGrad(
        (x: np.Array, w: np.Array, b: np.Array) =>
          np.square(lax.convGeneralDilated(x, w, strides, padding).add(b.reshape([1, -1, 1, 1]))).sum(),
        { argnums: [0, 1, 2] },
      )(x, w, b);
  for (const channels of [1, 3, 16, 20]) {
    test(`convolution of ${channels} channels with a bias`, async () => {
      const args = [random([2, channels, 9, 10]), random([5, channels, 3, 2], 2), random([5], 3)];
      for (const f of [convolve([1, 1], "SAME"), convolve([2, 1], "VALID")]) {
        // The other sum is the gradient of the square.
        expect((await counts(f, args)).add).toBe(1);
        await agree(f, args, 5e-5);
      }
    });
  }
});

describe("not recognised", () => {
  for (const [name, { f, args, absent, tolerance }] of Object.entries(missed)) {
    test(name, async () => {
      expect((await counts(f, args))[absent]).toBeUndefined();
      await agree(f, [...args], tolerance);
    });
  }

  test("float64", async () => {
    const [x64, w64] = [x, w].map((t) => tensor(Float64Array.from(t.data), t.shape, "float64"));
    const args = [x64 as Tensor, w64 as Tensor];
    const f = weighted((x) => nn.softmax(x.ref).add(standard(1e-5)(x)));
    const ops = await counts(f, args);
    expect([ops.softmax, ops.layer_norm]).toEqual([undefined, undefined]);
    await agree(f, args, 1e-6);
  });
});
