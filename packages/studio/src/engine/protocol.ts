import type { Animation, SceneName, SceneValues } from "@steepest/lab/format";
import type { FieldRequest } from "./field.ts";
import type { NormsAnswer, NormsQuestion, PolarAnswer, PolarQuestion } from "./norms.ts";
import type { Contestant, Experiment } from "./simulate.ts";

/** What the page may ask of its worker, and what it gets. */
export interface Questions {
  simulate: {
    question: { readonly experiment: Experiment; readonly contestants: readonly Contestant[] };
    /** One run per contestant, in order. */
    answer: { readonly runs: readonly Run[]; readonly milliseconds: number };
  };
  field: { question: FieldRequest; answer: Float32Array };
  /** Norms of vectors and of matrices are two kinds, so that neither waits in place of the other. */
  vectors: { question: NormsQuestion; answer: NormsAnswer };
  matrices: { question: NormsQuestion; answer: NormsAnswer };
  polar: { question: PolarQuestion; answer: PolarAnswer };
  /** An animation of the lecture, with values of one's own. */
  scene: { question: { readonly name: SceneName; readonly values: Partial<SceneValues> }; answer: Animation };
}

export type Kind = keyof Questions;

/** A message to the worker. */
export type Asked = { [K in Kind]: { readonly kind: K; readonly question: Questions[K]["question"] } }[Kind];

/** A message from the worker. Of each kind one question is under way at most, so the kind says which is answered. */
export type Answered =
  | { [K in Kind]: { readonly kind: K; readonly answer: Questions[K]["answer"] } }[Kind]
  | { readonly kind: Kind; readonly failure: string };

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
