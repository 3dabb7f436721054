import { entryOf } from "../engine/catalog.ts";
import type { Contestant } from "../engine/simulate.ts";
import { FormulaError } from "../formula/parse.ts";
import {
  forProblem,
  initialState,
  isOptimizer,
  isProblem,
  limits,
  problemOf,
  suited,
  type TrajectoryState,
} from "./state.ts";

const short = (x: number): string => String(Number(x.toPrecision(5)));
const list = (values: readonly number[]): string => values.map(short).join(",");

/** The state as readable parameters of an address. What is as at first is left out. */
export function writeAddress(state: TrajectoryState): URLSearchParams {
  const params = new URLSearchParams();
  const put = (key: string, value: string, usual: string) => {
    if (value !== usual) params.set(key, value);
  };
  params.set("f", state.problem);
  if (state.problem === "own") params.set("formula", state.formula);
  const usual = problemOf(state);
  for (const [name, value] of Object.entries(state.parameters)) {
    put(`p.${name}`, short(value), short(usual.parameters[name]?.value ?? Number.NaN));
  }
  put("start", list(state.start), list(usual.start));
  put("view", list([...state.view.center, state.view.half]), list([...usual.view.center, usual.view.half]));
  for (const key of ["spread", "noise", "batch", "seeds", "steps", "speed", "selected"] as const) {
    put(key, short(state[key]), short(initialState[key]));
  }
  put("t", short(Math.round(state.time)), "0");
  for (const { name, hyperparameters } of state.optimizers) {
    const values = Object.entries(hyperparameters).map(([key, value]) => `${key}=${short(value)}`);
    params.append("o", [name, ...values].join(" "));
  }
  return params;
}

/** Reads an address. What is missing or makes no sense is as at first. */
export function readAddress(params: URLSearchParams): TrajectoryState {
  const number = (key: string, least: number, most: number, usual: number): number => {
    const text = params.get(key);
    const value = Number(text);
    return text !== null && text !== "" && Number.isFinite(value) && value >= least && value <= most
      ? value
      : usual;
  };
  const numbers = (key: string, count: number): number[] | undefined => {
    const values = params.get(key)?.split(",").map(Number);
    return values?.length === count && values.every(Number.isFinite) ? values : undefined;
  };
  const { base, optimizers: given } = readProblem(params);
  const problem = problemOf(base);
  const view = numbers("view", 3);
  const steps = Math.round(number("steps", limits.steps.min, limits.steps.max, initialState.steps));
  const optimizers = given.length > 0 ? given : base.optimizers;
  return {
    ...initialState,
    ...base,
    parameters: Object.fromEntries(
      Object.entries(problem.parameters).map(([name, { value, min, max }]) => [
        name,
        number(`p.${name}`, min, max, value),
      ]),
    ),
    start: numbers("start", problem.dimensions) ?? problem.start,
    view: view && view[2]! > 0 ? { center: [view[0]!, view[1]!], half: view[2]! } : problem.view,
    spread: number("spread", limits.spread.min, limits.spread.max, initialState.spread),
    noise: number("noise", limits.noise.min, limits.noise.max, initialState.noise),
    batch: Math.round(number("batch", 1, 8, initialState.batch)),
    seeds: Math.round(number("seeds", 1, limits.seeds.at(-1)!, initialState.seeds)),
    speed: number("speed", 1, 1000, initialState.speed),
    steps,
    time: Math.round(number("t", 0, steps, 0)),
    optimizers,
    selected: Math.round(
      number("selected", 0, optimizers.length - 1, Math.min(initialState.selected, optimizers.length - 1)),
    ),
  };
}

function readProblem(params: URLSearchParams) {
  const name = params.get("f") ?? initialState.problem;
  const formula = params.get("formula") ?? initialState.formula;
  const usual = initialState.optimizers.map((o) => o.name);
  const base = () => {
    if (name !== "own" && !isProblem(name)) return initialState;
    try {
      return forProblem(name, formula, usual);
    } catch (error) {
      if (error instanceof FormulaError) return initialState;
      throw error;
    }
  };
  const found = base();
  const optimizers = params
    .getAll("o")
    .slice(0, limits.optimizers)
    .flatMap((text) => readOptimizer(text, found));
  return { base: found, optimizers };
}

function readOptimizer(text: string, state: Pick<TrajectoryState, "problem" | "formula">): Contestant[] {
  const [name = "", ...rest] = text.split(" ");
  if (!isOptimizer(name)) return [];
  const contestant = suited(name, problemOf(state));
  const hyperparameters: Record<string, number> = { ...contestant.hyperparameters };
  for (const part of rest) {
    const [key = "", value = ""] = part.split("=");
    const known = entryOf(name).hyperparameters[key];
    const x = Number(value);
    if (known && value !== "" && x >= known.min && x <= known.max) hyperparameters[key] = x;
  }
  return [{ name, hyperparameters }];
}

/** Ways to begin, as addresses: what is worth seeing. */
export const presets = {
  sam: "f=sharpFlat&noise=2&seeds=200&o=sgd&o=sam",
  ravine: "f=quadratic&p.k=35&o=sgd&o=momentum&o=nesterov&o=adam",
  escape: "f=doubleWell&noise=3&seeds=200&o=sgd&o=momentum",
  batches: "f=regression&batch=3&seeds=50&o=sgd&o=adam",
  saddle: "f=saddle&noise=0.1&seeds=50&o=sgd&o=adam&o=muon",
} as const;
export type PresetName = keyof typeof presets;

export const presetOf = (name: PresetName): TrajectoryState =>
  readAddress(new URLSearchParams(presets[name]));
