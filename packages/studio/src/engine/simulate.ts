import { grad, type numpy as np, tree, vmap } from "@jax-js/jax";
import {
  type ArrayTree,
  type Compiled,
  compile,
  compileStep,
  scalar,
  Tensor,
  type TensorTree,
  tensor,
  zeros,
} from "@steepest/compile";
import { applyUpdates, leafPaths } from "steepest";
import { entryOf, type OptimizerName } from "./catalog.ts";
import { examplesOf, type Objective } from "./objective.ts";
import { type ObjectiveInputs, objectiveFunction } from "./objective-function.ts";
import { batches, noiseOf, normals } from "./random.ts";
import { gradientsOf, ruleOf } from "./rules.ts";

/** What is the same for all optimizers of a picture. */
export interface Experiment {
  readonly objective: Objective;
  /** The start of all runs, one number per dimension. */
  readonly start: readonly number[];
  /** Standard deviation of the normal numbers added to the start of every run but the first. */
  readonly spread: number;
  /** Standard deviation of the normal numbers added to every gradient coordinate. */
  readonly noise: number;
  /** Examples per mini-batch of a finite sum. */
  readonly batch: number;
  /** Number of runs, each with its own noise. All optimizers see the same noise. */
  readonly seeds: number;
  readonly steps: number;
}

export interface Contestant {
  readonly name: OptimizerName;
  readonly hyperparameters: Readonly<Record<string, number>>;
}

/** All runs of one optimizer. Step 0 is the start. */
export interface Trajectory {
  readonly seeds: number;
  readonly steps: number;
  readonly dimensions: number;
  /** Points [steps + 1, seeds, dimensions]. */
  readonly points: Float32Array;
  /** Noise-free loss at the points, [steps + 1, seeds]. */
  readonly losses: Float32Array;
  /** The first run's gradients as the optimizer saw them, [steps, dimensions]. */
  readonly gradients: Float32Array;
  /** The first run's optimizer state after every step, by its path in the state tree: [steps, size]. */
  readonly state: Readonly<Record<string, { readonly size: number; readonly values: Float32Array }>>;
}

type Point = { x: np.Array };
type Carry = { x: np.Array; state: ArrayTree };
type Inputs = {
  hyperparameters: Record<string, np.Array>;
  objective: ObjectiveInputs;
  noise: np.Array;
  sigma: np.Array;
  weights: np.Array;
};
type Out = { x: np.Array; gradient: np.Array; state: ArrayTree };

/** A compiled simulation: runs again with other numbers without compiling. */
export interface Simulation {
  /** `experiment` and `hyperparameters` must have the structure that it was compiled for. */
  run(experiment: Experiment, hyperparameters: Readonly<Record<string, number>>): Promise<Trajectory>;
  dispose(): Promise<void>;
}

const scalars = (values: Readonly<Record<string, number>>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, scalar(value)]));

const columns = (data: Objective["data"]): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(data ?? {}).map(([name, values]) => [name, tensor([...values])]));

const objectiveInputs = ({ parameters, data }: Objective) => ({
  parameters: scalars(parameters),
  data: columns(data),
});

/** What a simulation was compiled for: two experiments with equal keys can share it. */
export const structureOf = ({ objective, seeds }: Experiment, { name }: Contestant): string =>
  JSON.stringify([
    name,
    seeds,
    objective.formula,
    objective.dimensions,
    Object.keys(objective.parameters),
    examplesOf(objective),
  ]);

/** Compiles the simulation of one optimizer. All seeds are one program: the library's update, mapped over them. */
export async function openSimulation(experiment: Experiment, contestant: Contestant): Promise<Simulation> {
  const { objective, seeds } = experiment;
  const { name } = contestant;
  const { dimensions } = objective;
  const examples = examplesOf(objective);
  const value = objectiveFunction(objective);
  const shape = entryOf(name).matrix ? [1, dimensions] : [dimensions];
  const params = (x: np.Array): Point => ({ x: x.reshape(shape) });

  const initialState = (x: np.Array, hyperparameters: Record<string, np.Array>): ArrayTree => {
    const rule = ruleOf(name, hyperparameters);
    return vmap((point: np.Array) => rule.init(params(point)))(x);
  };
  const step = (carry: Carry, inputs: Inputs): [Carry, Out] => {
    const { hyperparameters, objective: numbers, noise, sigma, weights } = inputs;
    const rule = ruleOf(name, hyperparameters);
    // One run: its point, state, noise and mini-batch. Both gradients of a sharpness-aware step are of the same ones.
    const advance = (x: np.Array, state: ArrayTree, own: np.Array, batch: np.Array): ArrayTree[] => {
      const loss = ({ x: point }: Point): np.Array =>
        value(
          point.reshape([1, dimensions]),
          tree.ref(numbers),
          examples > 0 ? batch.ref.reshape([1, examples]) : undefined,
        ).sum();
      const noisy = (point: Point): Point => {
        const exact = (grad(loss) as unknown as (p: Point) => Point)(point);
        return { x: exact.x.add(own.ref.mul(sigma.ref).reshape(shape)) };
      };
      const point = params(x);
      const gradient = gradientsOf(name, hyperparameters, noisy)(tree.ref(point));
      const [updates, next] = rule.update(tree.ref(gradient), state, tree.ref(point));
      const moved = applyUpdates(point, updates);
      return [moved.x.reshape([dimensions]), next, gradient.x.reshape([dimensions])];
    };
    const [x, state, gradient] = vmap(advance as (...args: unknown[]) => ArrayTree)(
      carry.x,
      carry.state,
      noise,
      weights,
    ) as [np.Array, ArrayTree, np.Array];
    const first = tree.map((leaf: np.Array) => leaf.slice(0), tree.ref(state)) as ArrayTree;
    return [
      { x: x.ref, state },
      { x, gradient: gradient.slice(0), state: first },
    ];
  };

  const hyperparameters = scalars(contestant.hyperparameters);
  const numbers = objectiveInputs(objective);
  const start = zeros("float32", [seeds, dimensions]);
  const init = await compile(initialState, [start, hyperparameters], { executor: "wasm" });
  const firstState = await init.run(start, hyperparameters);
  const inputs = {
    hyperparameters,
    objective: numbers,
    noise: start,
    sigma: scalar(0),
    weights: zeros("float32", [seeds, Math.max(examples, 1)]),
  };
  const program = await compileStep(
    step as never,
    { x: start, state: firstState } as never,
    [inputs] as never,
    {
      executor: "wasm",
      name: `${name} on ${objective.formula}`,
    },
  );
  let losses:
    | { points: number; program: Compiled<(x: np.Array, n: ObjectiveInputs) => np.Array> }
    | undefined;

  return {
    async run(now, values) {
      const x = starts(now);
      const current = scalars(values);
      const given = objectiveInputs(now.objective);
      const state = await init.run(x, current);
      program.writeCarry({ x, state } as never);
      const { steps } = now;
      const draw = randomness(now);
      const out = (await program.runMany(
        [
          {
            hyperparameters: current,
            objective: given,
            noise: new Tensor("float32", [steps, seeds, dimensions], draw.noise),
            sigma: scalar(now.noise),
            weights: new Tensor("float32", [steps, seeds, Math.max(examples, 1)], draw.weights),
          },
        ] as never,
        { steps },
      )) as { x: Tensor; gradient: Tensor; state: TensorTree };
      const points = new Float32Array(x.data.length * (steps + 1));
      points.set(x.data);
      points.set(out.x.data, x.data.length);
      const count = points.length / dimensions;
      if (losses?.points !== count) {
        await losses?.program.dispose();
        const all = zeros("float32", [count, dimensions]);
        const compiled = await compile((p: np.Array, n: ObjectiveInputs) => value(p, n), [all, given], {
          executor: "wasm",
          name: objective.formula,
        });
        losses = { points: count, program: compiled };
      }
      const loss = await losses.program.run(new Tensor("float32", [count, dimensions], points), given);
      return {
        seeds,
        steps,
        dimensions,
        points,
        losses: loss.data as Float32Array,
        gradients: out.gradient.data as Float32Array,
        state: Object.fromEntries(
          (leafPaths(out.state as never) as unknown as [string, Tensor][])
            .filter(([, leaf]) => leaf.dtype === "float32")
            .map(([path, leaf]) => [
              path,
              { size: leaf.data.length / steps, values: leaf.data as Float32Array },
            ]),
        ),
      };
    },
    async dispose() {
      await Promise.all([init.dispose(), program.dispose(), losses?.program.dispose()]);
    },
  };
}

/** Start points [seeds, dimensions]: the first exactly at the start. */
function starts({ start, spread, seeds, objective }: Experiment): Tensor {
  const { dimensions } = objective;
  const offsets = normals(seeds * dimensions, 99);
  const x = offsets.map((z, i) => (start[i % dimensions] as number) + (i < dimensions ? 0 : spread * z));
  return new Tensor("float32", [seeds, dimensions], x);
}

const drawn = new Map<string, { noise: Float32Array; weights: Float32Array }>();

/** The noise and mini-batches of an experiment, kept from one optimizer to the next: they depend on no optimizer. */
function randomness({ objective, seeds, steps, batch }: Experiment): {
  noise: Float32Array;
  weights: Float32Array;
} {
  const examples = examplesOf(objective);
  const key = [seeds, steps, objective.dimensions, examples, batch].join();
  const known = drawn.get(key);
  if (known) return known;
  const made = {
    noise: noiseOf(steps, seeds, objective.dimensions, 1),
    weights: examples > 0 ? batches(steps, seeds, examples, batch, 2) : new Float32Array(steps * seeds),
  };
  // That of all runs, and that of the few while something is dragged.
  if (drawn.size > 1) drawn.clear();
  drawn.set(key, made);
  return made;
}
