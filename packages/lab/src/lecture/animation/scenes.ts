import { denseRows, type FiniteSum, leastSquares } from "../../problems/index.ts";
import { randomStream } from "../../random.ts";
import { sagaMethod } from "../run/method.ts";
import { sampler } from "../run/sampling.ts";
import { runSeeds, type SeedsOptions, type SeedsResult } from "../run/seeds.ts";
import { show } from "../verdict.ts";
import type { Animation, AnimationFrame, AnimationSeries } from "./format.ts";

/** A picture that moves, computed with the lecture's own runs. */
export interface Scene {
  readonly id: string;
  readonly title: string;
  /** @param quick fewer frames */
  make(quick: boolean): Promise<Animation>;
}

const seeds = 200;
const samples = 12;

/** Least squares in the plane: twelve lines a_i . x = b_i that do not meet in one point. */
function linesInThePlane({ long = 1, scatter = 0.45 } = {}): {
  problem: FiniteSum;
  rows: Float64Array;
  targets: Float64Array;
} {
  const random = randomStream(4, "lines in the plane");
  const rows = new Float64Array(2 * samples);
  const targets = new Float64Array(samples);
  for (let i = 0; i < samples; i++) {
    const angle = (Math.PI * (i + 0.7 * random.uniform())) / samples;
    // Every fourth row is `long` times as long: their own curvatures are the largest L_i.
    const length = i % 4 === 0 ? long : 1;
    rows[2 * i] = length * 1.4 * Math.cos(angle);
    rows[2 * i + 1] = length * 0.7 * Math.sin(angle);
    targets[i] = scatter * random.normal() * length;
  }
  const name = `least squares on ${samples} lines in the plane`;
  return { problem: leastSquares({ name, rows: denseRows(rows, samples, 2), targets }), rows, targets };
}

const start = Float64Array.of(-2.4, 1.8);
const window = { x: [-3, 3] as const, y: [-2.6, 2.6] as const };

/** f(x) - f* over the window. */
function field({ value, constants }: FiniteSum): Animation["field"] {
  const [columns, rows] = [61, 53];
  const at = ([low, high]: readonly [number, number], i: number, n: number) =>
    low + ((high - low) * i) / (n - 1);
  const values = Array.from({ length: rows * columns }, (_, k) => {
    const x = at(window.x, k % columns, columns);
    const y = at(window.y, Math.floor(k / columns), rows);
    return Number((value(Float64Array.of(x, y)) - constants.fStar).toPrecision(5));
  });
  return { columns, rows, values };
}

/** Four decimals; no negative zero, which JSON does not keep. */
const round = (v: number): number => Math.round(v * 1e4) / 1e4 + 0;

/** The points of all seeds at a record that lie in a window somewhat larger than the picture. */
const visible = (xs: Float64Array): number[] => {
  const points: number[] = [];
  for (let i = 0; i < xs.length; i += 2) {
    const [x, y] = [xs[i] as number, xs[i + 1] as number];
    if (Math.abs(x) < 6 && Math.abs(y) < 6) points.push(round(x), round(y));
  }
  return points;
};

function animation(
  scene: Omit<Scene, "make">,
  problem: FiniteSum,
  caption: string,
  series: readonly AnimationSeries[],
  frames: readonly AnimationFrame[],
): Animation {
  const [x, y] = problem.constants.xStar as unknown as [number, number];
  return {
    format: "steepest-animation",
    version: 1,
    id: scene.id,
    title: scene.title,
    caption,
    x: { label: "x₁", range: window.x },
    y: { label: "x₂", range: window.y },
    field: field(problem),
    marks: [{ name: "x*", x: round(x), y: round(y) }],
    series,
    frames,
    framesPerSecond: 12,
  };
}

/** Clouds of runs, one series each. */
async function clouds(
  scene: Omit<Scene, "make">,
  problem: FiniteSum,
  caption: string,
  runs: Readonly<Record<string, Pick<SeedsOptions, "rate" | "method" | "batch" | "sampling">>>,
  record: readonly number[],
): Promise<Animation> {
  const results: SeedsResult[] = [];
  for (const options of Object.values(runs)) {
    results.push(await runSeeds({ problem, start, seeds, purpose: scene.id, record, ...options }));
  }
  const series = Object.entries(runs).map(([name, { sampling }], color): AnimationSeries => {
    return { name, kind: sampling === "all" ? "path" : "cloud", color };
  });
  const frames = record.map((step, i) => {
    const points = results.map(({ last }, r) => {
      const all = visible((last[i] as { x: Float64Array }).x);
      return series[r]?.kind === "path" ? all.slice(0, 2) : all;
    });
    return { step, points };
  });
  return animation(scene, problem, caption, series, frames);
}

const batchMinimizers: Scene = {
  id: "batch-minimizers",
  title: "Every batch has a minimizer of its own",
  async make(quick) {
    const { problem, rows, targets } = linesInThePlane();
    const [batch, rate] = [3, 0.35];
    const record = Array.from({ length: quick ? 24 : 80 }, (_, k) => k);
    const purpose = "batch minimizers";
    const { last } = await runSeeds({
      problem,
      start,
      seeds: 1,
      batch,
      sampling: "subset",
      rate: () => rate,
      purpose,
      record,
    });
    const indices = sampler({ samples, batch, sampling: "subset", seeds: 1, purpose })(0, record.length).data;
    const minimizer = (k: number): number[] => {
      const chosen = Array.from(indices.subarray(k * batch, (k + 1) * batch));
      const own = leastSquares({
        name: "batch",
        rows: denseRows(
          Float64Array.from(chosen.flatMap((i) => [rows[2 * i] as number, rows[2 * i + 1] as number])),
          batch,
          2,
        ),
        targets: chosen.map((i) => targets[i] as number),
      });
      return visible(own.constants.xStar);
    };
    const frames = record.map((step, i) => ({
      step,
      points: [
        visible((last[i] as { x: Float64Array }).x),
        minimizer(i),
        Array.from({ length: i }, (_, k) => minimizer(k)).flat(),
      ],
    }));
    return animation(
      batchMinimizers,
      problem,
      `SGD with batches of ${batch} of ${samples} samples and a constant step of ${rate}. Each step goes towards the minimizer of its own batch, not towards x*: the path never settles.`,
      [
        { name: "SGD", kind: "path", color: 0 },
        { name: "minimizer of the next batch", kind: "marker", color: 1 },
        { name: "minimizers of earlier batches", kind: "cloud", color: 6 },
      ],
      frames,
    );
  },
};

const neighbourhood: Scene = {
  id: "neighbourhood",
  title: "A constant step ends in a neighbourhood, not at x*",
  async make(quick) {
    const { problem } = linesInThePlane({ scatter: 0.9 });
    const { Lmax } = problem.constants;
    const a = 1 / (2 * Lmax);
    const record = Array.from({ length: quick ? 24 : 80 }, (_, k) => (quick ? 12 : 4) * k);
    return clouds(
      neighbourhood,
      problem,
      `${seeds} runs of each method from one point, one sample a step. SGD with the constant step ${show(a)} stays a cloud; steps that fall like 1/k shrink it slowly; SAGA at the constant step contracts to x*.`,
      {
        [`SGD, step ${show(a)}`]: { rate: () => a },
        "SGD, steps ~ 1/k": { rate: (k) => a / (1 + k / 20) },
        [`SAGA, step ${show(a)}`]: { rate: () => a, method: await sagaMethod(problem, start) },
      },
      record,
    );
  },
};

const divergence: Scene = {
  id: "divergence",
  title: "The same step: gradient descent converges, SGD diverges",
  async make(quick) {
    const { problem } = linesInThePlane({ long: 3 });
    const { L, Lmax } = problem.constants;
    const a = 1.5 / L;
    return clouds(
      divergence,
      problem,
      `The step ${show(a)} = 1.5/L is below 2/L, right for gradient descent, but one sample's curvature is Lmax = ${show(Lmax)}, ${show(Lmax / L)} times L: whenever SGD draws it, the step is above 2/Lmax and throws the point away from x*.`,
      {
        [`gradient descent, step ${show(a)}`]: { rate: () => a, batch: samples, sampling: "all" },
        [`SGD, step ${show(a)}`]: { rate: () => a },
      },
      Array.from({ length: quick ? 16 : 40 }, (_, k) => k),
    );
  },
};

export const scenes: ReadonlyMap<string, Scene> = new Map(
  [batchMinimizers, neighbourhood, divergence].map((scene) => [scene.id, scene]),
);
