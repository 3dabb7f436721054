import { catalog, entryOf, type OptimizerName } from "../engine/catalog.ts";
import type { Objective } from "../engine/objective.ts";
import { type Problem, type ProblemName, problems } from "../engine/problems.ts";
import type { Contestant, Experiment } from "../engine/simulate.ts";
import { type Expression, parse } from "../formula/parse.ts";
import type { View } from "../ui/view.ts";

/** All that a picture of trajectories depends on; what the address of the page holds. */
export interface TrajectoryState {
  readonly problem: ProblemName | "own";
  /** The user's formula, when `problem` is "own". */
  readonly formula: string;
  readonly parameters: Readonly<Record<string, number>>;
  readonly start: readonly number[];
  readonly spread: number;
  readonly noise: number;
  readonly batch: number;
  readonly seeds: number;
  readonly steps: number;
  /** The step shown. */
  readonly time: number;
  /** Steps per second. */
  readonly speed: number;
  readonly view: View;
  readonly optimizers: readonly Contestant[];
  /** The optimizer whose state is shown, by position. */
  readonly selected: number;
}

export const limits = {
  optimizers: 40,
  seeds: [1, 10, 50, 200, 500],
  steps: { min: 20, max: 1000 },
  noise: { min: 0, max: 5 },
  spread: { min: 0, max: 2 },
} as const;

const ownProblem: Problem = {
  formula: "",
  dimensions: 2,
  parameters: {},
  start: [-1, 1.5],
  view: { center: [0, 0], half: 3 },
  minima: [],
  rate: 0.01,
};

/** The problem shown. A formula of one's own without `y` is one-dimensional. */
export function problemOf({ problem, formula }: Pick<TrajectoryState, "problem" | "formula">): Problem {
  if (problem !== "own") return problems[problem];
  const dimensions = usesY(parse(formula, ["x", "y"])) ? 2 : 1;
  return { ...ownProblem, formula, dimensions, start: ownProblem.start.slice(0, dimensions) };
}

function usesY(e: Expression): boolean {
  if (e.kind === "name") return e.name === "y";
  if (e.kind === "negate") return usesY(e.operand);
  if (e.kind === "binary") return usesY(e.left) || usesY(e.right);
  return e.kind === "call" && e.args.some(usesY);
}

/** An optimizer with the hyperparameters that suit a problem. */
export function suited(name: OptimizerName, problem: Problem): Contestant {
  const { hyperparameters, rate } = entryOf(name);
  const values = Object.fromEntries(Object.entries(hyperparameters).map(([key, { value }]) => [key, value]));
  if (rate === "unit" || values.learningRate === undefined) return { name, hyperparameters: values };
  const learningRate = Number((values.learningRate * problem.rate).toPrecision(3));
  return { name, hyperparameters: { ...values, learningRate } };
}

/** The fields that go with a problem: its own start, view and parameters, and learning rates that suit it. */
export function forProblem(
  name: TrajectoryState["problem"],
  formula: string,
  optimizers: readonly OptimizerName[],
): Pick<TrajectoryState, "problem" | "formula" | "parameters" | "start" | "view" | "optimizers" | "time"> {
  const problem = problemOf({ problem: name, formula });
  return {
    problem: name,
    formula,
    parameters: Object.fromEntries(
      Object.entries(problem.parameters).map(([key, { value }]) => [key, value]),
    ),
    start: problem.start,
    view: problem.view,
    optimizers: optimizers.map((optimizer) => suited(optimizer, problem)),
    time: 0,
  };
}

const firstOptimizers: readonly OptimizerName[] = ["sgd", "momentum", "adam", "muon"];

export const initialState: TrajectoryState = {
  ...forProblem("rosenbrock", "x^2 + 5*y^2 + sin(3*x)*cos(3*y)", firstOptimizers),
  spread: 0,
  noise: 0,
  batch: 2,
  seeds: 1,
  steps: 300,
  speed: 60,
  selected: 2,
};

export function objectiveOf(state: TrajectoryState): Objective {
  const { formula, dimensions, data } = problemOf(state);
  return { formula, dimensions, parameters: state.parameters, data };
}

export function experimentOf(state: TrajectoryState): Experiment {
  const { start, spread, noise, batch, seeds, steps } = state;
  return { objective: objectiveOf(state), start, spread, noise, batch, seeds, steps };
}

export const isOptimizer = (name: string): name is OptimizerName => Object.hasOwn(catalog, name);
export const isProblem = (name: string): name is ProblemName => Object.hasOwn(problems, name);
