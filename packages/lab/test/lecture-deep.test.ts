import { numpy as np, tree } from "@jax-js/jax";
import { type ArrayTree, fromArray, initRuntime, Tensor, type TensorTree, toArray } from "@steepest/compile";
import { liArora, sgd } from "steepest";
import { describe, expect, test } from "vitest";
import type { Item } from "../src/lecture/item.ts";
import { equivalence } from "../src/lecture/items/exponential-schedule.ts";
import { sums } from "../src/lecture/items/grokking.ts";
import { problemChecks, type Run } from "../src/lecture/items/heavy-tailed-classes.ts";
import { barcodedDigits, nextCharacter } from "../src/lecture/items/imbalanced.ts";
import { parts } from "../src/lecture/items/index.ts";
import { measureSignals, type Signals } from "../src/lecture/items/initialisation.ts";
import {
  leastSquares,
  type Matrix,
  timesTransposed,
  transpose,
} from "../src/lecture/items/random-features.ts";
import { rescale } from "../src/lecture/items/sam-flat-minima.ts";
import type { Rule } from "../src/lecture/run/method.ts";
import { openSharpness } from "../src/lecture/run/sharpness.ts";
import { bestRate } from "../src/lecture/run/tuning.ts";
import type { Check } from "../src/lecture/verdict.ts";
import { constantInit, mlp } from "../src/models/index.ts";
import { randomStream } from "../src/random.ts";
import { digitsData } from "../src/tasks/digits.ts";
import type { Batch } from "../src/tasks/objective.ts";

/** The claims about networks: the quick form of each runs, and a claim that is false is called so. */

describe("quick forms", () => {
  test.each((parts["Deep learning"] as readonly Item[]).map((item) => [item.id, item] as const))(
    "%s",
    async (_, item) => {
      const { seeds, checks, panels, assumptions } = await item.run({ quick: true });
      expect(seeds).toBeGreaterThanOrEqual(5);
      expect(assumptions.length).toBeGreaterThan(0);
      expect(checks.length).toBeGreaterThan(0);
      // The first check of an item is its main claim; others may fail, and say so.
      const [{ claim, verdict, detail }] = checks as [Check];
      expect(verdict, `${claim}: ${detail}`).toBe("holds");
      for (const { series } of panels) {
        expect(series.length).toBeGreaterThan(0);
        for (const { points } of series) expect(points.length).toBeGreaterThan(0);
      }
    },
    240_000,
  );
});

test("the best rate is the one that ends lowest, not one that diverged", () => {
  expect(bestRate([0.1, 1, 10, 100], [0.5, 0.2, Number.NaN, Infinity])).toBe(1);
  expect(bestRate([1, 10], [0.5, -Infinity])).toBe(10);
});

describe("heavy-tailed classes", () => {
  test("classes are numbered from frequent to rare; only the claimed problems have a tail", async () => {
    const [text, both, barcoded, plain] = [
      await nextCharacter(),
      await barcodedDigits("both"),
      await barcodedDigits("barcoded"),
      await barcodedDigits("plain"),
    ];
    const counts = ({ examples, classes }: typeof text) => {
      const of = new Float64Array(classes);
      for (const label of examples(1).y.data) of[label] = (of[label] as number) + 1;
      return of;
    };
    expect(counts(text)[0]).toBeGreaterThan(1000);
    expect(
      counts(text)
        .slice(40)
        .every((c) => c < 50),
    ).toBe(true);
    expect([...new Set(counts(both))]).toEqual([160, 5]);
    expect(counts(both)).toHaveLength(330);
    expect([...new Set(counts(barcoded))]).toEqual([5]);
    expect([...new Set(counts(plain))]).toEqual([160]);
    expect(both.examples(1)).toEqual(both.examples(1));
    expect(both.examples(1).x).not.toEqual(both.examples(2).x);
  });

  test("with the roles of SGD and Adam exchanged the claim does not hold", () => {
    const run = (rarest: number): Run => ({
      rate: 1,
      record: [1],
      byGroup: [[0, 0.01, 0.02].map((noise) => Float64Array.of(0.1, 0.1, 0.1, rarest + noise))],
      all: [Float64Array.of(0.1, 0.1, 0.1)],
    });
    const problem = { name: "p", heavyTailed: true } as Parameters<typeof problemChecks>[0];
    const verdicts = (sgd: number, adam: number) =>
      problemChecks(problem, [run(sgd), run(adam), run(adam)]).map(({ verdict }) => verdict);
    expect(verdicts(0.5, 0.2)).toEqual(["holds", "holds", "holds"]);
    expect(verdicts(0.2, 0.5)).toEqual(["does not hold", "does not hold", "does not hold"]);
  });
});

describe("double descent", () => {
  const random = randomStream(3, "random features test");
  const normals = (rows: number, columns: number) => ({
    rows,
    columns,
    data: Float64Array.from({ length: rows * columns }, () => random.normal()),
  });

  test.each([
    [5, 12],
    [12, 5],
    [8, 8],
  ])(
    "least squares of %i examples and %i features satisfies its normal equations, of smallest norm",
    (n, p) => {
      const [features, y] = [normals(n, p), normals(n, 3)];
      const ridges = [0, 0.1];
      const solutions = leastSquares(features, y, ridges);
      for (const [i, w] of solutions.entries()) {
        const outputs = timesTransposed(features, w);
        const residual = { ...outputs, data: outputs.data.map((v, j) => v - (y.data[j] as number)) };
        const gradient = timesTransposed(transpose(residual), transpose(features));
        gradient.data.forEach((g, j) => {
          expect(g + (ridges[i] as number) * n * (w.data[j] as number)).toBeCloseTo(0, 8);
        });
      }
      if (p <= n) return;
      // Of smallest norm: adding anything from the null space makes it longer, so w is orthogonal to it.
      const [w] = solutions as [Matrix, Matrix];
      const probe = normals(1, p);
      const [fitted] = leastSquares(features, timesTransposed(features, probe), [0]) as [Matrix];
      const nothing = probe.data.map((v, j) => v - (fitted.data[j] as number));
      for (let k = 0; k < 3; k++) {
        const row = w.data.subarray(k * p, (k + 1) * p);
        expect(row.reduce((sum, v, j) => sum + v * (nothing[j] as number), 0)).toBeCloseTo(0, 8);
      }
    },
  );

  test("a dead feature makes the problem singular; the solution is still of smallest norm", () => {
    const features = normals(6, 3);
    for (let i = 0; i < 6; i++) features.data[3 * i + 1] = 0;
    const [w] = leastSquares(features, normals(6, 1), [0]) as [Matrix];
    expect(w.data[1]).toBeCloseTo(0, 10);
    expect(w.data.every(Number.isFinite)).toBe(true);
  });
});

test("signals of a network by hand: the mean square of what follows each layer, and of the gradient before it", async () => {
  const data = await digitsData([64]);
  const [signals] = await measureSignals(data, 1);
  const [zero, normal, , he] = signals as Signals[];
  expect(zero?.activations.every((v) => v === 0)).toBe(true);
  // The same random numbers, 32 times as large in square a layer.
  he?.activations.forEach((v, i) => {
    expect((normal?.activations[i] as number) / v / 32 ** (i + 1)).toBeCloseTo(1, 4);
  });
  const { x } = data.train.batch(Uint32Array.from({ length: 32 }, (_, i) => i));
  const params = mlp({ sizes: [64, ...Array(30).fill(64), 10] }).init(0);
  const w = params.hidden[0]?.w.data as Float32Array;
  let sum = 0;
  for (let e = 0; e < 32; e++) {
    for (let u = 0; u < 64; u++) {
      let z = 0;
      for (let j = 0; j < 64; j++) z += (w[u * 64 + j] as number) * (x.data[e * 64 + j] as number);
      sum += Math.max(0, z) ** 2;
    }
  }
  expect(he?.activations[0]).toBeCloseTo(sum / 32 / 64, 8);
  expect(he?.gradients.at(-1)).toBeGreaterThan(0);
  expect(zero?.gradients.at(-2)).toBe(0);
});

test("a growth that is off by a thousandth of what it should be is not weight decay", async () => {
  const data = await digitsData([64]);
  const [learningRate, momentum, weightDecay] = [0.2, 0.9, 0.005];
  const loss = async (rule: Rule) => {
    const path = await equivalence(data, 2, [0, 60], rule, undefined);
    return path.loss[1]?.[0] as number;
  };
  // Without momentum no buffer has to start elsewhere.
  const decayed = await loss(() => sgd({ learningRate, weightDecay }));
  const { schedule } = liArora(learningRate, 0, weightDecay);
  expect(Math.abs((await loss(() => sgd({ learningRate: schedule }))) / decayed - 1)).toBeLessThan(1e-8);
  const wrong = liArora(learningRate, 0, 1.001 * weightDecay).schedule;
  expect(Math.abs((await loss(() => sgd({ learningRate: wrong }))) / decayed - 1)).toBeGreaterThan(1e-8);
  // With momentum it has to.
  const heavy = await loss(() => sgd({ learningRate, momentum, weightDecay }));
  const bare = await loss(() =>
    sgd({ learningRate: liArora(learningRate, momentum, weightDecay).schedule, momentum }),
  );
  expect(Math.abs(bare / heavy - 1)).toBeGreaterThan(1e-8);
});

describe("sharpness", () => {
  test("on quadratics the top eigenvalue and the worst rise are known", async () => {
    const curvatures = [4, 1, 0.25];
    const loss = (params: ArrayTree, { x, y }: Batch) => {
      y.dispose();
      return np
        .square(params as np.Array)
        .mul(x)
        .sum()
        .mul(0.5);
    };
    const tensor = (values: number[]) => new Tensor("float32", [values.length], Float32Array.from(values));
    const examples = { x: tensor(curvatures), y: tensor([0]) };
    const found = await openSharpness(loss, tensor([1, 0, 0]), 2, examples, 40);
    const at = new Tensor("float32", [2, 3], Float32Array.of(1, 0, 0, 0.01, 1, 0));
    for (const v of await found.topEigenvalues(at)) expect(v).toBeCloseTo(4, 4);
    const r = 0.5;
    const [along, ...others] = await found.worstRises(at, r);
    expect(along).toBeCloseTo(2 * ((1 + r) ** 2 - 1), 4);
    // From (0.01, 1) the worst direction turns towards the steepest axis: further up than the gradient's own.
    const first = 2 * ((0.01 + r * 0.04) ** 2 - 1e-4) + 0.5 * ((1 + r) ** 2 - 1);
    expect(others[0]).toBeGreaterThan(0.99 * first);
    expect(Array.from(await found.losses(at))).toEqual([2, expect.closeTo(0.5002, 6)]);
    await found.dispose();
  });

  test("layers rescaled by a power of two compute the same to the last bit; with other biases they do not", async () => {
    const model = mlp({ sizes: [64, 64, 64, 10] });
    const params = model.init(1) as unknown as TensorTree;
    const batch = (await digitsData([64])).train.batch(Uint32Array.of(1, 2, 3, 4));
    await initRuntime();
    const outputs = (p: TensorTree) =>
      Array.from(
        fromArray(model.apply(tree.map(toArray, p as never) as never, toArray(batch.x))).data as Float32Array,
      );
    expect(outputs(rescale(params, 16))).toEqual(outputs(params));
    const wrong = rescale(params, 16) as unknown as { hidden: { b: Tensor }[] };
    wrong.hidden[0] = {
      ...(wrong.hidden[0] as { b: Tensor }),
      b: constantInit(1)([64], randomStream(0, "b")),
    };
    expect(outputs(wrong as unknown as TensorTree)).not.toEqual(outputs(params));
  });
});

test("sums modulo 31 by hand", () => {
  const { x, y } = sums(Uint32Array.of(0, 31 * 20 + 15));
  expect(Array.from(y.data)).toEqual([0, 4]);
  const ones = Array.from(x.data).flatMap((v, i) => (v === 1 ? [i] : []));
  expect(ones).toEqual([0, 31, 62 + 20, 62 + 31 + 15]);
  expect(Array.from(x.data).reduce((a, b) => a + b, 0)).toBe(4);
});
