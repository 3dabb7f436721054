import type { Executor } from "@steepest/compile";
import type { SearchMethod, SearchSpace } from "../search/index.ts";
import type { EarlyStopping, FileSource } from "../train/spec.ts";

/** What people write: the default export of a TypeScript file, or YAML or JSON. */
export interface StudyFile {
  /** Names the results folder. Default: the file's name. */
  readonly name?: string;
  /** Names of tasks or files of your own such as "./my-task.ts", or with budgets of their own. */
  readonly tasks: readonly (string | { readonly name: string; readonly steps?: number })[];
  /** Names of optimizers or files of your own, which take their defaults, or with search spaces. */
  readonly optimizers: readonly (string | OptimizerSearch)[];
  /** Seeds 1..n, or a list. Default 3. */
  readonly seeds?: number | readonly number[];
  /** Steps of every trial: 200, or "0.5x" of each task's own budget. Default "1x". */
  readonly budget?: number | string;
  /** `patience` in evaluations; `after` is a share of the budget, default 0.25. Default: none. */
  readonly earlyStopping?: { readonly patience: number; readonly after?: number };
  /** Default "native". */
  readonly executor?: Executor;
  /** Threads of the native executor in one trial; part of every trial's identity. Default 1: workers fill the machine. */
  readonly threads?: number;
}

/** An optimizer and the settings to try. */
export interface OptimizerSearch {
  readonly name: string;
  /** Values that are not searched. Default: the optimizer's own. */
  readonly hyperparameters?: Readonly<Record<string, number>>;
  /** Ranges by name, `{ min, max, scaling: "log" | "linear" }` or `{ feasible_points: [...] }`; or a list of settings. */
  readonly search?: Readonly<Record<string, SearchRange>> | readonly Readonly<Record<string, number>>[];
  /** How settings are drawn from ranges. Default "halton", as AlgoPerf does. */
  readonly method?: SearchMethod | "grid";
  /** Settings drawn by halton or random, default 5 (AlgoPerf); of a list the first ones, default all. */
  readonly points?: number;
  /** Levels of a grid for every range, or by name. Default 3. */
  readonly levels?: number | Readonly<Record<string, number>>;
  /** Seeds the order of halton points, or random ones. Default 0. */
  readonly searchSeed?: number;
}

export type SearchRange =
  | { readonly min: number; readonly max: number; readonly scaling?: "log" | "linear" }
  | { readonly feasible_points: readonly number[] };

/** A study with everything decided: the trials are tasks x optimizers' settings x seeds. */
export interface Study {
  readonly name: string;
  readonly tasks: readonly {
    readonly name: string;
    readonly steps: number;
    readonly source?: FileSource;
  }[];
  readonly optimizers: readonly {
    readonly name: string;
    /** Complete settings: every hyperparameter of the optimizer. */
    readonly settings: readonly Readonly<Record<string, number>>[];
    /** How they were drawn, for reports; absent where nothing was searched. */
    readonly search?: { readonly method: SearchMethod | "grid" | "list"; readonly space: SearchSpace };
    readonly source?: FileSource;
  }[];
  readonly seeds: readonly number[];
  readonly executor: Executor;
  readonly threads?: number;
  readonly earlyStopping?: EarlyStopping;
}

/** Types a study in a TypeScript file: `export default defineStudy({ tasks: [...], ... })`. */
export const defineStudy = (study: StudyFile): StudyFile => study;

/** A study that cannot be used. The message names the file, the place in it and what was expected. */
export class StudyError extends Error {
  override name = "StudyError";
}
