import type { Check } from "./verdict.ts";

/** One claim of the lecture, recomputed. Adding one is adding one file to `items/` and one line to `items/index.ts`. */
export interface Item {
  /** As typed: `steepest lecture sgd-pl-constant`. */
  readonly id: string;
  readonly title: string;
  /** The claim in one line of plain text, for the list. */
  readonly line: string;
  /** The claim as TeX, without dollar signs. */
  readonly claim: string;
  /** What is claimed and how it is checked, in a few sentences; formulas in TeX between dollar signs. */
  readonly about: string;
  readonly source: string;
  /** The animation that the page shows below its figure, by its ID. */
  readonly animation?: string;
  run(options: RunOptions): Promise<Outcome>;
}

export interface RunOptions {
  /** Fewer steps; the seeds of convex problems stay, networks have fewer. */
  readonly quick: boolean;
  /** Told what is being computed. */
  readonly progress?: (what: string) => void;
}

/** Independent runs behind every mean, unless an outcome says otherwise. */
export const seeds = 200;

export interface Assumption {
  readonly text: string;
  readonly problem: string;
  readonly satisfied: boolean;
  /** The numbers behind it. */
  readonly why: string;
}

export interface Point {
  readonly x: number;
  readonly mean: number;
  /** Ends of the 95 % interval of the mean over seeds; absent where nothing is random. */
  readonly low?: number;
  readonly high?: number;
}

export interface Series {
  readonly name: string;
  /** Drawn as a line with a band, as a dashed line, or as dots. */
  readonly kind: "measured" | "bound" | "dots";
  /** Series of one group share a colour: a run and its bound. Default: the name. */
  readonly group?: string;
  readonly points: readonly Point[];
}

export interface Panel {
  readonly title: string;
  readonly x: { readonly label: string; readonly log: boolean };
  readonly y: { readonly label: string; readonly log: boolean };
  readonly series: readonly Series[];
}

export interface Table {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Outcome {
  /** Independent runs behind every mean. Default: 200, which networks cannot afford. */
  readonly seeds?: number;
  readonly assumptions: readonly Assumption[];
  readonly checks: readonly Check[];
  readonly panels: readonly Panel[];
  readonly tables?: readonly Table[];
  /** What was learnt beyond the verdict, one sentence each. */
  readonly notes?: readonly string[];
}
