import type { LandscapeMethod } from "@steepest/lab/format";
import { isNetwork, type NetworkName } from "../learning/catalog.ts";
import { entrantOf, isOptimizer } from "../learning/entrants.ts";
import type { LandscapeQuestion } from "../learning/protocol.ts";

export const methods: readonly LandscapeMethod[] = ["pca", "filter", "random", "between"];
export const examples = ["cnn-path", "cnn-three", "gpt-line"] as const;
export type ExampleName = (typeof examples)[number];

/** All that the panel shows; what the address of the page holds. */
export interface LandscapesState {
  /** `live`: computed in the page. `file`: what the user opened. Else an example or, after "server:", a file of the server. */
  readonly source: string;
  readonly network: NetworkName;
  readonly optimizer: string;
  readonly learningRate: number;
  /** The optimizer of the second network; empty: the same. */
  readonly other: string;
  readonly steps: number;
  readonly seed: number;
  readonly method: LandscapeMethod;
  readonly line: boolean;
  readonly grid: number;
  readonly range: number;
  readonly dropout: boolean;
  readonly view: "contour" | "surface";
  readonly log: boolean;
  readonly levels: number;
  /** Where the surface is seen from, in degrees. */
  readonly azimuth: number;
  readonly elevation: number;
}

export const ranges = {
  learningRate: { min: 1e-5, max: 10, log: true },
  steps: { min: 10, max: 1000, whole: true },
  seed: { min: 1, max: 100, whole: true },
  grid: { min: 7, max: 61, whole: true },
  range: { min: 0.1, max: 5, log: true },
  levels: { min: 4, max: 48, whole: true },
  azimuth: { min: -180, max: 180 },
  elevation: { min: 5, max: 85 },
} as const;

export const initialState: LandscapesState = {
  source: "live",
  network: "digits-mlp",
  optimizer: "adamw",
  learningRate: entrantOf("adamw").hyperparameters.learningRate as number,
  other: "",
  steps: 200,
  seed: 1,
  method: "pca",
  line: false,
  grid: 25,
  range: 1,
  dropout: false,
  view: "contour",
  log: true,
  levels: 20,
  azimuth: -40,
  elevation: 35,
};

/** Ways to begin: what is worth seeing. */
export const presets = {
  path: { method: "pca", line: false, network: "digits-mlp", other: "" },
  filter: { method: "filter", line: false, network: "digits-mlp", other: "" },
  seeds: { method: "between", line: true, network: "digits-mlp", other: "", grid: 41 },
  rules: { method: "between", line: true, network: "digits-mlp", optimizer: "adamw", other: "sgd", grid: 41 },
  three: { method: "between", line: false, network: "moons-mlp", other: "" },
} as const satisfies Record<string, Partial<LandscapesState>>;
export type PresetName = keyof typeof presets;

const words = {
  network: isNetwork,
  optimizer: isOptimizer,
  other: (text: string) => text === "" || isOptimizer(text),
  method: (text: string) => (methods as readonly string[]).includes(text),
  view: (text: string) => text === "contour" || text === "surface",
  source: (text: string) =>
    /^(live|file|server:.+)$/.test(text) || (examples as readonly string[]).includes(text),
} as const;
const flags = ["line", "dropout", "log"] as const;
const short = (x: number): string => String(Number(x.toPrecision(5)));

/** The state as parameters of an address. What is as at first is left out. */
export function writeLandscapes(state: LandscapesState): URLSearchParams {
  const text = (s: LandscapesState): [string, string][] => [
    ...Object.keys(words).map((key): [string, string] => [key, s[key as keyof typeof words]]),
    ...flags.map((key): [string, string] => [key, s[key] ? "1" : "0"]),
    ...Object.keys(ranges).map((key): [string, string] => [key, short(s[key as keyof typeof ranges])]),
  ];
  const usual = new Map(text(initialState));
  return new URLSearchParams(text(state).filter(([key, value]) => usual.get(key) !== value));
}

/** Reads an address. What is missing or makes no sense is as at first. */
export function readLandscapes(params: URLSearchParams): LandscapesState {
  const found: Record<string, unknown> = {};
  for (const [key, fits] of Object.entries(words)) {
    const text = params.get(key);
    if (text !== null && fits(text)) found[key] = text;
  }
  for (const key of flags) if (/^[01]$/.test(params.get(key) ?? "")) found[key] = params.get(key) === "1";
  for (const [key, { min, max, ...rest }] of Object.entries(ranges)) {
    const value = Number(params.get(key) || Number.NaN);
    if (value >= min && value <= max) found[key] = "whole" in rest ? Math.round(value) : value;
  }
  return { ...initialState, ...found };
}

/** What the worker is asked for a state. */
export function questionOf(state: LandscapesState): LandscapeQuestion {
  const { network, optimizer, learningRate, other, steps, seed, method, line, grid, range, dropout } = state;
  const entrant = entrantOf(optimizer, { learningRate });
  return {
    network,
    entrant,
    ...(method === "between" && other !== "" && { other: entrantOf(other) }),
    steps,
    seed,
    method,
    line,
    grid,
    range,
    dropout,
    examples: 256,
  };
}
