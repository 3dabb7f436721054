import { sagaMethod } from "../run/method.ts";
import { sampler } from "../run/sampling.ts";
import { runSeeds } from "../run/seeds.ts";
import { show } from "../verdict.ts";
import { samples, sceneCatalog, valuesOf } from "./catalog.ts";
import { linesInThePlane, start } from "./plane.ts";
import { animation, clouds, type Scene, seeds, stepName, visible } from "./scene.ts";

const batchMinimizers: Scene = {
  ...sceneCatalog["batch-minimizers"],
  async make({ quick = false, values, executor } = {}) {
    const { rate, batch, scatter } = valuesOf(batchMinimizers, values);
    const { problem, subset } = linesInThePlane(scatter);
    const { L } = problem.constants;
    const step = rate / L;
    const record = Array.from({ length: quick ? 24 : 80 }, (_, k) => k);
    const draws = { batch, sampling: "subset", seeds: 1, purpose: "batch minimizers" } as const;
    const { last } = await runSeeds({ problem, start, rate: () => step, record, executor, ...draws });
    const indices = sampler({ samples, ...draws })(0, record.length).data;
    const minimizers = record.map((k) => {
      const chosen = Array.from(indices.subarray(k * batch, (k + 1) * batch));
      return visible(subset(chosen).constants.xStar);
    });
    const frames = record.map((k, i) => ({
      step: k,
      points: [
        visible((last[i] as { x: Float64Array }).x),
        minimizers[i] as number[],
        minimizers.slice(0, i).flat(),
      ],
    }));
    return animation(batchMinimizers, problem, {
      caption: `SGD with batches of ${batch} of ${samples} samples and the constant step ${show(step)}. Each step goes towards the minimizer of its own batch, not towards x*: the path settles only when all batches have the same.`,
      numbers: { step, batch, samples, L },
      series: [
        { name: "SGD", kind: "path", color: 0 },
        { name: "minimizer of the next batch", kind: "marker", color: 1 },
        { name: "minimizers of earlier batches", kind: "cloud", color: 6 },
      ],
      frames,
    });
  },
};

const neighbourhood: Scene = {
  ...sceneCatalog.neighbourhood,
  async make({ quick = false, values, executor } = {}) {
    const { rate, batch, scatter } = valuesOf(neighbourhood, values);
    const { problem } = linesInThePlane(scatter);
    const { L, Lmax } = problem.constants;
    const step = rate / L;
    const name = stepName(step, batch);
    const { series, frames } = await clouds(
      neighbourhood,
      problem,
      start,
      {
        [`SGD, ${name}`]: { rate: () => step, batch },
        "SGD, steps ~ 1/k": { rate: (k) => step / (1 + k / 20), batch },
        [`SAGA, step ${show(step)}`]: {
          rate: () => step,
          method: await sagaMethod(problem, start, executor),
        },
      },
      Array.from({ length: quick ? 24 : 80 }, (_, k) => (quick ? 12 : 4) * k),
      executor,
    );
    return animation(neighbourhood, problem, {
      caption: `${seeds} runs of each method from one point. SGD with the constant ${name} stays a cloud as wide as the step and the scatter make it; steps that fall like 1/k shrink it slowly; SAGA, one sample a step, contracts to x* where its step is small enough.`,
      numbers: { step, batch, samples, seeds, L, Lmax },
      series,
      frames,
    });
  },
};

const divergence: Scene = {
  ...sceneCatalog.divergence,
  async make({ quick = false, values, executor } = {}) {
    const { rate, batch, scatter } = valuesOf(divergence, values);
    const { problem } = linesInThePlane(scatter, 3);
    const { L, Lmax } = problem.constants;
    const step = rate / L;
    const { series, frames } = await clouds(
      divergence,
      problem,
      start,
      {
        [`gradient descent, step ${show(step)}`]: { rate: () => step, batch: samples, sampling: "all" },
        [`SGD, ${stepName(step, batch)}`]: { rate: () => step, batch },
      },
      Array.from({ length: quick ? 16 : 40 }, (_, k) => k),
      executor,
    );
    return animation(divergence, problem, {
      caption: `The step ${show(step)} is ${show(rate)}/L; gradient descent converges below 2/L. One sample's curvature is up to Lmax = ${show(Lmax)}, ${show(Lmax / L)} times L: where SGD draws it, a step above 2/Lmax = ${show(2 / Lmax)} throws the point away from x*.`,
      numbers: { step, rate, batch, samples, seeds, L, Lmax },
      series,
      frames,
    });
  },
};

export const scenes: ReadonlyMap<string, Scene> = new Map(
  [batchMinimizers, neighbourhood, divergence].map((scene) => [scene.id, scene]),
);
