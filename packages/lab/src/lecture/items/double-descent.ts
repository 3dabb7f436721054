import { grad, numpy as np } from "@jax-js/jax";
import { type ArrayTree, compileStep, Tensor } from "@steepest/compile";
import { applyUpdates, sgd } from "steepest";
import { eigen } from "../../problems/symmetric.ts";
import { randomStream } from "../../random.ts";
import type { Item, Point } from "../item.ts";
import { checkInterval, geometricMean, meanOf, show } from "../verdict.ts";
import {
  digitsSplit,
  leastSquares,
  type Matrix,
  randomFeatures,
  squaredErrorOf,
  timesTransposed,
} from "./random-features.ts";

const seeds = 20;
/** Training examples. */
const n = 100;
/** Numbers of features over n; the first ones are below the interpolation threshold, 1. */
const ratios = [0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 1, 1.1, 1.25, 1.6, 2.5, 4, 8, 16];
const quickRatios = [0.1, 0.4, 0.8, 1, 2, 8];
/** Of which the validation images choose one, for every number of features and seed. */
const ridges = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1];

export const doubleDescentItem: Item = {
  id: "double-descent",
  title: "Double descent",
  line: "test error peaks where the parameters just suffice to fit the data, and falls again beyond; ridge has no peak",
  claim: String.raw`\begin{gathered}\hat w=\lim_{\lambda\to0}\arg\min_w\tfrac1n\|\Phi w-y\|^2+\lambda\|w\|^2:\quad \text{test error peaks at}\ p=n\ \text{and falls again for}\ p>n;\\ \text{gradient descent from}\ 0\ \text{finds}\ \hat w\end{gathered}`,
  about:
    "Least squares on $p$ random ReLU features of $n=100$ digits, one output for every class, in closed form. Below $p=n$ the solution is unique; beyond, every training error is zero and the solution of smallest norm is taken. At $p=n$ the one solution that fits has an enormous norm. With a ridge, chosen from five on 200 validation images, nothing happens at $n$. Then gradient descent (the library's sgd, with the best constant momentum) from zero, and from a random start, on $p=4n$ features: from zero it never leaves the span of the data, where the solution of smallest norm lies. Test errors are on 500 other digits; means over seeds are geometric.",
  source:
    "Belkin, Hsu, Ma and Mandal (2019); Nakkiran, Venkat, Kakade and Ma (2021) for ridge; Gunasekar et al. (2017) for the bias of gradient descent",
  async run({ quick, progress }) {
    const sizes = (quick ? quickRatios : ratios).map((r) => Math.round(r * n));
    const logs = { minimal: sizes.map(columns), ridge: sizes.map(columns), norm: sizes.map(columns) };
    const training = sizes.map(columns);
    for (let seed = 0; seed < seeds; seed++) {
      progress?.(`seed ${seed + 1} of ${seeds}`);
      const { train, validation, test } = await digitsSplit(n, seed);
      sizes.forEach((p, i) => {
        const features = randomFeatures(p, seed);
        const [own, chosen, tested] = [features(train.x), features(validation.x), features(test.x)];
        const set = (to: Float64Array[], value: number) => {
          (to[i] as Float64Array)[seed] = value;
        };
        const [w, ...candidates] = leastSquares(own, train.y, [0, ...ridges]) as [Matrix, ...Matrix[]];
        set(logs.minimal, Math.log(squaredErrorOf(tested, test.y, w)));
        set(logs.norm, Math.log(w.data.reduce((sum, v) => sum + v * v, 0)) / 2);
        set(training, squaredErrorOf(own, train.y, w));
        const errors = candidates.map((c) => squaredErrorOf(chosen, validation.y, c));
        const best = candidates[errors.indexOf(Math.min(...errors))] as Matrix;
        set(logs.ridge, Math.log(squaredErrorOf(tested, test.y, best)));
      });
    }
    progress?.("gradient descent");
    const descent = await gradientDescent(1000);

    const at = (values: readonly Float64Array[], p: number) => values[sizes.indexOf(p)] as Float64Array;
    /** Error at p over error at q, over seeds. */
    const ratio = (values: readonly Float64Array[], p: number, q: number) =>
      geometricMean(at(values, p).map((v, s) => v - (at(values, q)[s] as number)));
    const below = sizes.filter((p) => p < n);
    const bestBelow = below.reduce((a, b) =>
      meanOf(at(logs.minimal, b)).mean < meanOf(at(logs.minimal, a)).mean ? b : a,
    );
    const [first, largest] = [0.4 * n, sizes.at(-1) as number];
    const peaks = Float64Array.from({ length: seeds }, (_, s) => {
      const errors = logs.minimal.map((values) => values[s] as number);
      return (sizes[errors.indexOf(Math.max(...errors))] as number) / n;
    });
    const points = (values: readonly Float64Array[]): Point[] =>
      sizes.map((p, i) => ({ x: p, ...geometricMean(values[i] as Float64Array) }));
    return {
      seeds,
      assumptions: [
        {
          text: "beyond $p=n$ the features fit every training example",
          problem: "digits, random ReLU features",
          satisfied: sizes.every((p, i) => p < n || Math.max(...(training[i] as Float64Array)) < 1e-9),
          why: `largest training error for p >= n: ${show(Math.max(...sizes.flatMap((p, i) => (p < n ? [] : Array.from(training[i] as Float64Array)))))}`,
        },
      ],
      checks: [
        checkInterval(
          `the error at p = n is at least twice that at p = ${first}`,
          ratio(logs.minimal, n, first),
          [2, Infinity],
        ),
        checkInterval(`and at least twice that at p = ${largest}`, ratio(logs.minimal, n, largest), [
          2,
          Infinity,
        ]),
        checkInterval("the peak of a seed lies at p / n", meanOf(peaks), [0.9, 1.1]),
        checkInterval(
          `the second descent goes below the first: error at p = ${largest} over that at p = ${bestBelow}, the best below n`,
          ratio(logs.minimal, largest, bestBelow),
          [-Infinity, 1],
        ),
        checkInterval(
          `ridge has no peak: error at p = n over that at p = ${0.8 * n}`,
          ratio(logs.ridge, n, 0.8 * n),
          [-Infinity, 1],
        ),
        checkInterval(
          "gradient descent from zero ends at the solution of smallest norm: relative distance",
          descent.zero.at(-1) as Point & { low: number; high: number },
          [-Infinity, 1e-9],
        ),
        checkInterval(
          "from a random start it does not: relative distance",
          descent.random.at(-1) as Point & { low: number; high: number },
          [0.1, Infinity],
        ),
      ],
      panels: [
        {
          title: `Test error, n = ${n}`,
          x: { label: "random features p", log: true },
          y: { label: "squared error", log: true },
          series: [
            { name: "smallest norm", kind: "measured", points: points(logs.minimal) },
            { name: "ridge, chosen on validation images", kind: "measured", points: points(logs.ridge) },
          ],
        },
        {
          title: "The norm of the solution",
          x: { label: "random features p", log: true },
          y: { label: "‖w‖", log: true },
          series: [{ name: "smallest norm", kind: "measured", points: points(logs.norm) }],
        },
        {
          title: `Gradient descent on p = ${descent.p} features`,
          x: { label: "step", log: false },
          y: { label: "‖w − ŵ‖ / ‖ŵ‖, ŵ of smallest norm", log: true },
          series: [
            { name: "from zero", kind: "measured", points: descent.zero },
            { name: "from a random start", kind: "measured", points: descent.random },
          ],
        },
      ],
      notes: [
        `Gradient descent on $p=${descent.p}$: the condition number on the span of the data is ${show(descent.condition)} on average over 5 seeds.`,
      ],
    };
  },
};

const columns = () => new Float64Array(seeds);

/** Relative distances to the solution of smallest norm, from zero and from a normal start as long as it; five seeds. */
async function gradientDescent(steps: number) {
  const p = 4 * n;
  const every = steps / 25;
  const tensor = (shape: number[], data: Float64Array) => new Tensor("float64", shape, data);
  const example = [
    tensor([n, p], new Float64Array(n * p)),
    tensor([n, 10], new Float64Array(10 * n)),
  ] as const;
  const scalar = tensor([], Float64Array.of(1));
  type Carry = { w: np.Array; state: ArrayTree };
  const rule = (rate: np.Array, momentum: np.Array) => sgd({ learningRate: rate, momentum });
  const step = (
    { w, state }: Carry,
    features: np.Array,
    y: np.Array,
    rate: np.Array,
    momentum: np.Array,
  ): [Carry, ArrayTree] => {
    const loss = (at: np.Array) =>
      np.square(np.matmul(features.ref, at.transpose()).sub(y.ref)).sum().mul(0.5);
    const gradient = grad(loss)(w.ref) as unknown as ArrayTree;
    const [update, next] = rule(rate, momentum).update(gradient, state, w.ref as ArrayTree);
    const moved = applyUpdates(w as ArrayTree, update) as np.Array;
    return [{ w: moved, state: next }, {}];
  };
  const zeros = tensor([10, p], new Float64Array(10 * p));
  // The state of a chain: weight decay, momentum, learning rate.
  const start = (w: Tensor) => ({ w, state: [{}, { trace: zeros }, {}] });
  const program = await compileStep(
    step as never,
    start(zeros) as never,
    [...example, scalar, scalar] as never,
    {
      executor: "wasm",
      name: "random features",
    },
  );
  const distances = { zero: [] as number[][], random: [] as number[][] };
  const conditions: number[] = [];
  for (let seed = 0; seed < 5; seed++) {
    const { train } = await digitsSplit(n, seed);
    const features = randomFeatures(p, seed)(train.x);
    const [{ data: solution }] = leastSquares(features, train.y, [0]) as [Matrix];
    const { values } = eigen(timesTransposed(features, features).data, n);
    const [mu, L] = [values[0] as number, values[n - 1] as number];
    conditions.push(L / mu);
    // Heavy ball's best constants on a quadratic (Polyak, 1964).
    const [small, large] = [Math.sqrt(mu), Math.sqrt(L)];
    const rate = 4 / (small + large) ** 2;
    const momentum = ((large - small) / (large + small)) ** 2;
    const random = randomStream(seed, "start of gradient descent");
    const normal = solution.map(() => random.normal());
    const norm = Math.hypot(...solution);
    const length = norm / Math.hypot(...normal);
    const starts = {
      zero: zeros,
      random: tensor(
        [10, p],
        normal.map((v) => length * v),
      ),
    };
    for (const [from, w] of Object.entries(starts)) {
      program.writeCarry(start(w) as never);
      const path: number[] = [];
      for (let k = 0; k <= steps; k += every) {
        const { w: now } = (await program.readCarry()) as unknown as { w: Tensor };
        path.push(Math.hypot(...solution.map((v, i) => v - (now.data[i] as number))) / norm);
        const times = (v: number) => tensor([every], new Float64Array(every).fill(v));
        await program.runMany([
          tensor([n, p], features.data),
          tensor([n, 10], train.y.data),
          times(rate),
          times(momentum),
        ] as never);
      }
      distances[from as keyof typeof distances].push(path);
    }
  }
  await program.dispose();
  const points = (paths: number[][]): (Point & { low: number; high: number })[] =>
    Array.from({ length: 26 }, (_, i) => {
      const { mean, low, high } = meanOf(paths.map((path) => path[i] as number));
      return { x: i * every, mean, low, high };
    });
  return {
    p,
    condition: meanOf(conditions).mean,
    zero: points(distances.zero),
    random: points(distances.random),
  };
}
