import { grad, numpy as np, tree } from "@jax-js/jax";
import { initRuntime } from "@steepest/compile";
import * as steepest from "steepest";
import { registry } from "steepest/registry";
import { beforeAll, describe, expect, test } from "vitest";
import { catalog, entryOf, type OptimizerName } from "../src/engine/catalog.ts";
import { problems } from "../src/engine/problems.ts";
import { factories } from "../src/engine/rules.ts";
import { type Experiment, openSimulation, type Trajectory } from "../src/engine/simulate.ts";
import { presetOf } from "../src/trajectories/address.ts";
import { minimisersOf } from "../src/trajectories/batch-minimisers.ts";
import { deepestValley } from "../src/trajectories/charts.ts";
import {
  experimentOf,
  forProblem,
  initialState,
  isProblem,
  suited,
  type TrajectoryState,
} from "../src/trajectories/state.ts";

beforeAll(() => initRuntime());

const names = Object.keys(catalog) as OptimizerName[];

async function simulate(
  name: OptimizerName,
  experiment: Experiment,
  hyperparameters: Readonly<Record<string, number>>,
): Promise<Trajectory> {
  const simulation = await openSimulation(experiment, { name, hyperparameters });
  try {
    return await simulation.run(experiment, hyperparameters);
  } finally {
    await simulation.dispose();
  }
}

const on = (problem: TrajectoryState["problem"], change: Partial<TrajectoryState> = {}): Experiment =>
  experimentOf({ ...initialState, ...forProblem(problem, "", []), ...change });

test("every update rule is a function of the library", () => {
  for (const [name, factory] of Object.entries(factories)) {
    expect(factory, name).toBe((steepest as Record<string, unknown>)[name]);
  }
});

test("the catalog follows the library's registry", () => {
  // What the page leaves out, and why.
  const without: Record<string, string> = {
    heavyBall: "momentum under its older name",
    polyak: "needs the loss at every step",
    sag: "needs the example's number",
    saga: "needs the example's number",
    svrg: "needs an anchor",
    sarah: "needs the gradient at the point before",
    lookahead: "wraps another optimizer",
    scion: "at home with networks: its steps have the length of the whole ball",
  };
  const shown = new Set<string>(names.map((name) => entryOf(name).factory));
  for (const { name, factory, label } of registry.values()) {
    expect(shown.has(factory) !== name in without, name).toBe(true);
    const own = (catalog as Record<string, { label: string }>)[name];
    if (own) expect(own.label, name).toBe(label);
  }
});

describe.each(names)("%s", (name) => {
  test.each(["quadratic", "parabola", "regression"] as const)("lowers the loss: %s", async (problem) => {
    const experiment = on(problem, { seeds: 3, steps: 200, batch: 8, noise: 0.01, spread: 0.1 });
    const { losses } = await simulate(name, experiment, suited(name, problems[problem]).hyperparameters);
    expect(losses.every(Number.isFinite)).toBe(true);
    for (let seed = 0; seed < 3; seed++) {
      expect(losses.at(seed - 3), `run ${seed}`).toBeLessThan(0.5 * (losses[seed] as number));
    }
  });

  test("goes where the library goes without the studio", async () => {
    const { hyperparameters } = suited(name, problems.rosenbrock);
    const { factory, options, matrix, sharpnessAware } = entryOf(name);
    const { rho, ...others } = hyperparameters;
    const optimizer = (factories[factory] as (o: object) => steepest.GradientTransformation)({
      ...(sharpnessAware ? others : hyperparameters),
      ...options,
    });
    const f = (p: np.Array): np.Array => {
      const flat = p.reshape([2]);
      const x = flat.ref.slice(0);
      const y = flat.slice(1);
      return np.square(x.ref.mul(-1).add(1)).add(np.square(y.sub(np.square(x))).mul(100));
    };
    const exact = (p: { x: np.Array }) => ({ x: grad(f)(p.x) });
    const gradients = sharpnessAware ? steepest.sam(exact, { rho: rho as number }) : exact;
    const start = [-1.2, 1];
    let params = { x: np.array(matrix ? [start] : start) };
    let state = optimizer.init(tree.ref(params));
    const steps = 8;
    for (let i = 0; i < steps; i++) {
      const [updates, next] = optimizer.update(gradients(tree.ref(params)), state, tree.ref(params));
      params = steepest.applyUpdates(params, updates);
      state = next;
    }
    tree.dispose(state);
    const { points } = await simulate(name, on("rosenbrock", { start, steps }), hyperparameters);
    const [x, y] = params.x.reshape([2]).js() as number[];
    // Roots of Gram matrices in float32 depend on the order of the sums.
    const digits = name === "shampoo" ? 3 : 4;
    expect(points.at(-2)).toBeCloseTo(x as number, digits);
    expect(points.at(-1)).toBeCloseTo(y as number, digits);
  });
});

test("noise keeps SGD in the sharp minimum and brings SAM to the flat one", async () => {
  const state = presetOf("sam");
  const experiment = experimentOf(state);
  const ends = await Promise.all(
    state.optimizers.map(async ({ name, hyperparameters }) => {
      const { points, seeds } = await simulate(name, experiment, hyperparameters);
      const last = points.subarray(-2 * seeds);
      const near = (x: number, radius: number): number => {
        let inside = 0;
        for (let i = 0; i < last.length; i += 2) {
          if (Math.hypot((last[i] as number) - x, last[i + 1] as number) < radius) inside++;
        }
        return inside / seeds;
      };
      return { name, sharp: near(-1, 0.6), flat: near(1.2, 1.4) };
    }),
  );
  const [sgd, sam] = ends;
  expect([sgd?.name, sam?.name]).toEqual(["sgd", "sam"]);
  expect(sgd?.sharp, JSON.stringify(ends)).toBeGreaterThan(0.6);
  expect(sam?.sharp, JSON.stringify(ends)).toBeLessThan(0.3);
  expect(sam?.flat, JSON.stringify(ends)).toBeGreaterThan(0.6);
});

test("the first run starts at the start, the others around it, and the same numbers come twice", async () => {
  const experiment = on("himmelblau", { seeds: 50, steps: 30, noise: 1, spread: 0.5 });
  const { hyperparameters } = suited("adam", problems.himmelblau);
  const one = await simulate("adam", experiment, hyperparameters);
  const two = await simulate("adam", experiment, hyperparameters);
  expect(Array.from(one.points.subarray(0, 2), (v) => Number(v.toFixed(4)))).toEqual([-0.4, -1]);
  expect(new Set(one.points.subarray(0, 100)).size).toBeGreaterThan(90);
  expect(one.points).toEqual(two.points);
});

test("a run is the same however many others there are", async () => {
  for (const problem of ["himmelblau", "regression"] as const) {
    const { hyperparameters } = suited("sgd", problems[problem]);
    const run = (seeds: number) =>
      simulate("sgd", on(problem, { seeds, steps: 20, noise: 1, spread: 0.5, batch: 1 }), hyperparameters);
    const [few, many] = [await run(3), await run(50)];
    expect(Array.from(few.points.subarray(-6))).toEqual(Array.from(many.points.subarray(-100, -94)));
  }
});

test("mini-batches change the gradient, a full batch does not", async () => {
  const { hyperparameters } = suited("sgd", problems.regression);
  const run = (batch: number) =>
    simulate("sgd", on("regression", { seeds: 2, steps: 10, batch }), hyperparameters);
  const full = await run(8);
  const small = await run(1);
  expect(full.points.subarray(40, 42)).toEqual(full.points.subarray(42, 44));
  expect(small.points.subarray(40, 42)).not.toEqual(small.points.subarray(42, 44));
});

test("mini-batches pull towards their own minimisers, of which the full batch has one", () => {
  const { data } = problems.regression;
  const [full, ...others] = minimisersOf(data, 8).points;
  expect(others).toEqual([]);
  expect(minimisersOf(data, 2).points).toHaveLength(28);
  expect(minimisersOf(data, 1)).toEqual({
    points: [],
    lines: data.a.map((a, i) => [a, data.b[i], data.c[i]]),
  });
  expect(minimisersOf(undefined, 2).points).toEqual([]);
  const [x, y] = full!;
  const gradient = data.a.map((a, i) => a * x + data.b[i]! * y - data.c[i]!);
  expect(gradient.reduce((sum, r, i) => sum + r * data.a[i]!, 0)).toBeCloseTo(0, 9);
  expect(gradient.reduce((sum, r, i) => sum + r * data.b[i]!, 0)).toBeCloseTo(0, 9);
});

test("the deepest valley ends at the tops beside it", () => {
  const values = Float32Array.from({ length: 401 }, (_, i) => {
    const x = -2 + i / 100;
    return (x * x - 1) ** 2 + 0.3 * x;
  });
  const [low, high] = deepestValley({ values, columns: 401, bounds: [-2, 2, 0, 1] });
  expect(low).toBe(Number.NEGATIVE_INFINITY);
  // The top between the wells: where 4 x^3 - 4 x + 0.3 = 0 near 0.
  expect(high).toBeCloseTo(0.08, 1);
});

test("every problem's stated minimum is one", async () => {
  for (const name of Object.keys(problems).filter(isProblem)) {
    for (const minimum of problems[name].minima) {
      const experiment = on(name, { start: minimum, steps: 20 });
      const { losses } = await simulate("sgd", experiment, { learningRate: 1e-3 });
      expect(losses[0], name).toBeLessThan(1e-6);
    }
  }
});
