import type { FieldRequest } from "./field.ts";
import type { Contestant, Experiment } from "./simulate.ts";

/** What the page asks of its worker. */
export type Request =
  | {
      readonly kind: "simulate";
      readonly id: number;
      readonly experiment: Experiment;
      readonly contestants: readonly Contestant[];
    }
  | { readonly kind: "field"; readonly id: number; readonly request: FieldRequest };

/** What the worker answers. A `simulate` is answered by one `run` per contestant and a `done`. */
export type Answer =
  | { readonly kind: "run"; readonly id: number; readonly index: number; readonly run: Run }
  | { readonly kind: "done"; readonly id: number; readonly milliseconds: number }
  | { readonly kind: "field"; readonly id: number; readonly values: Float32Array }
  | { readonly kind: "failed"; readonly id: number; readonly message: string };

/** A trajectory as the page draws it: losses are summed up over the seeds. */
export interface Run {
  readonly seeds: number;
  readonly steps: number;
  readonly dimensions: number;
  /** Points [steps + 1, seeds, dimensions]. */
  readonly points: Float32Array;
  /** The 10 %, 50 % and 90 % quantiles of the loss over the seeds, [steps + 1, 3]. */
  readonly losses: Float32Array;
  /** The first run's gradients as the optimizer saw them, [steps, dimensions]. */
  readonly gradients: Float32Array;
  /** The first run's optimizer state after every step, by its path: [steps, size]. */
  readonly state: Readonly<Record<string, { readonly size: number; readonly values: Float32Array }>>;
}
