import type { Landscape, LandscapeMethod } from "@steepest/lab/format";
import type { NetworkName } from "./catalog.ts";

/** An optimizer of the library's registry with values for its hyperparameters. */
export interface Entrant {
  readonly name: string;
  readonly hyperparameters: Readonly<Record<string, number>>;
}

/** `wasm`: the whole program as WebAssembly on one core. `webgpu`: jax-js on the graphics card. */
export type Device = "wasm" | "webgpu";

/** Optimizers on one network: all start from the same values and see the same batches. */
export interface Experiment {
  readonly network: NetworkName;
  readonly entrants: readonly Entrant[];
  readonly seed: number;
  readonly steps: number;
  readonly device: Device;
}

/** What the page asks of its worker. Every message but `base` belongs to a run with a number: older ones are passed over. */
export type Request =
  | {
      readonly kind: "train";
      readonly run: number;
      readonly base: string;
      readonly experiment: Experiment;
      /** Train to this step, then wait. */
      readonly until: number;
    }
  /** Train on to this step: less than what is done pauses. */
  | { readonly kind: "until"; readonly run: number; readonly until: number }
  | {
      readonly kind: "landscape";
      readonly run: number;
      readonly base: string;
      readonly question: LandscapeQuestion;
    }
  | { readonly kind: "stop"; readonly run: number };

/** A landscape to compute: networks are trained for it first. */
export interface LandscapeQuestion {
  readonly network: NetworkName;
  readonly entrant: Entrant;
  /** Between networks: what the second is trained by; also its seed is the next one. Undefined: the same. */
  readonly other?: Entrant | undefined;
  readonly steps: number;
  readonly seed: number;
  readonly method: LandscapeMethod;
  readonly line: boolean;
  readonly grid: number;
  readonly range: number;
  readonly dropout: boolean;
  readonly examples: number;
}

/** A measurement after a step of one optimizer. */
export interface Measurement {
  readonly step: number;
  /** Seconds of training, without measuring. */
  readonly seconds: number;
  readonly validation: Readonly<Record<string, number>>;
  /** Singular values, descending, of every matrix, by its path; kernels are flattened to (out, rest). */
  readonly weights: Readonly<Record<string, readonly number[]>>;
  /** The same of the last step's change; absent before the first step. */
  readonly updates?: Readonly<Record<string, readonly number[]>>;
}

/** News of one optimizer since the last message. */
export interface Progress {
  /** Steps done. */
  readonly step: number;
  /** Losses of the steps since the last message. */
  readonly losses: readonly number[];
  readonly measurements: readonly Measurement[];
  readonly status: "training" | "finished" | "diverged";
  /** At the end: what the network makes of validation examples. */
  readonly outcome?: Outcome;
}

/** Counts [true class, predicted class], or a text that the network wrote. */
export type Outcome =
  | { readonly kind: "confusion"; readonly classes: number; readonly counts: readonly number[] }
  | { readonly kind: "text"; readonly text: string };

export type Answer =
  | { readonly kind: "progress"; readonly run: number; readonly progress: readonly Progress[] }
  | { readonly kind: "training"; readonly run: number; readonly step: number; readonly steps: number }
  | {
      readonly kind: "landscape";
      readonly run: number;
      readonly landscape: Landscape;
      readonly done: boolean;
    }
  | { readonly kind: "failure"; readonly run: number; readonly message: string };
