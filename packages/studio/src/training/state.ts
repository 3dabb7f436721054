import { isNetwork, type NetworkName } from "../learning/catalog.ts";
import { entrantOf, isOptimizer, rangesOf } from "../learning/entrants.ts";
import type { Device, Entrant, Experiment } from "../learning/protocol.ts";

/** All that the panel shows; what the address of the page holds. */
export interface TrainingState {
  readonly network: NetworkName;
  readonly entrants: readonly Entrant[];
  readonly seed: number;
  /** The budget, over which the lab's schedule stretches. */
  readonly steps: number;
  /** Steps trained: a shared link trains so far. */
  readonly time: number;
  readonly device: Device;
  readonly x: "step" | "seconds";
  /** The matrix whose singular values are shown; empty: the first. */
  readonly matrix: string;
  readonly log: boolean;
}

export const limits = {
  entrants: 4,
  seed: { min: 1, max: 100, whole: true },
  steps: { min: 20, max: 2000, whole: true },
} as const;

export const initialState: TrainingState = {
  network: "digits-mlp",
  entrants: [entrantOf("sgd"), entrantOf("adamw"), entrantOf("muon")],
  seed: 1,
  steps: 200,
  time: 0,
  device: "wasm",
  x: "step",
  matrix: "",
  log: true,
};

export const experimentOf = ({ network, entrants, seed, steps, device }: TrainingState): Experiment => ({
  network,
  entrants,
  seed,
  steps,
  device,
});

const short = (x: number): string => String(Number(x.toPrecision(5)));

/** The state as parameters of an address. Hyperparameters that are as usual are left out. */
export function writeTraining(state: TrainingState): URLSearchParams {
  const params = new URLSearchParams();
  for (const key of ["network", "device", "x", "matrix"] as const) {
    if (state[key] !== initialState[key]) params.set(key, state[key]);
  }
  for (const key of ["seed", "steps", "time"] as const) {
    if (state[key] !== initialState[key]) params.set(key, String(state[key]));
  }
  if (!state.log) params.set("log", "0");
  for (const { name, hyperparameters } of state.entrants) {
    const usual = entrantOf(name).hyperparameters;
    const changed = Object.entries(hyperparameters).filter(([key, value]) => value !== usual[key]);
    params.append("o", [name, ...changed.map(([key, value]) => `${key}=${short(value)}`)].join(" "));
  }
  return params;
}

/** Reads an address. What is missing or makes no sense is as at first. */
export function readTraining(params: URLSearchParams): TrainingState {
  const number = (key: "seed" | "steps" | "time", min: number, max: number): number => {
    const value = Number(params.get(key) || Number.NaN);
    return value >= min && value <= max ? Math.round(value) : initialState[key];
  };
  const steps = number("steps", limits.steps.min, limits.steps.max);
  const network = params.get("network") ?? "";
  const entrants = params.getAll("o").slice(0, limits.entrants).flatMap(readEntrant);
  return {
    network: isNetwork(network) ? network : initialState.network,
    entrants: entrants.length > 0 ? entrants : initialState.entrants,
    seed: number("seed", limits.seed.min, limits.seed.max),
    steps,
    time: number("time", 0, steps),
    device: params.get("device") === "webgpu" ? "webgpu" : "wasm",
    x: params.get("x") === "seconds" ? "seconds" : "step",
    matrix: params.get("matrix") ?? "",
    log: params.get("log") !== "0",
  };
}

function readEntrant(text: string): Entrant[] {
  const [name = "", ...rest] = text.split(" ");
  if (!isOptimizer(name)) return [];
  const known = rangesOf(name);
  const values: Record<string, number> = {};
  for (const part of rest) {
    const [key = "", value = ""] = part.split("=");
    const range = known[key];
    const x = Number(value);
    if (range && value !== "" && x >= range.min && x <= range.max) values[key] = x;
  }
  return [entrantOf(name, values)];
}
