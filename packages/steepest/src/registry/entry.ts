import type { RoleTree } from "../roles.ts";
import type { Scalar } from "../scalar.ts";
import type { Extra, GradientTransformation } from "../transformation.ts";
import type { ArrayTree } from "../tree.ts";

/** A real hyperparameter that can change without compiling anew, where to start on small networks, and the range worth searching. */
export interface Hyperparameter {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** How the range is searched: evenly, evenly in the logarithm, or evenly in the logarithm of 1 - value. */
  readonly scale: "linear" | "log" | "decay";
}

/** What an optimizer may need to know besides its hyperparameters. */
export interface Context {
  /** What each parameter is: needed by optimizers of matrices when there are others. */
  readonly roles?: RoleTree;
  /** Number of summands: needed by those that keep a gradient of each (`sag`, `saga`). Default 1. */
  readonly examples?: number;
}

/** What a table, a form or a search must know of an optimizer. */
export interface RegisteredOptimizer {
  /** Its name where names are typed: that of the function, or of a well-known use of it. */
  readonly name: string;
  /** Its name in running text. */
  readonly label: string;
  /** The exported function that makes it. */
  readonly factory: string;
  /** One sentence. */
  readonly description: string;
  /** `learningRate` is the size of a step, whatever the function calls it. */
  readonly hyperparameters: { readonly learningRate: Hyperparameter } & Readonly<
    Record<string, Hyperparameter>
  >;
  create(values: Readonly<Record<string, Scalar>>, context?: Context): GradientTransformation;
  /** Whether the update of an entry depends on that entry alone and on scalars: then it runs as one fused pass. */
  readonly elementwise: boolean;
  /** Numbers of state kept for an array of a shape; single scalars are not counted. */
  memory(shape: readonly number[]): number;
  /** Entries of `extra` it cannot do without. */
  readonly needs: readonly (keyof Extra)[];
  /** Made for gradients of the whole training set. */
  readonly fullBatch: boolean;
  /** False where a falling schedule on top would spoil it. */
  readonly scheduled: boolean;
  /** The point to evaluate, where it is not the parameters themselves. Consumes the parameters, borrows the state. */
  evaluated?(
    params: ArrayTree,
    state: ArrayTree,
    hyperparameters: Readonly<Record<string, Scalar>>,
  ): ArrayTree;
}

/** What most have. */
const usual = { elementwise: false, needs: [], fullBatch: false, scheduled: true } as const;

type Given<H extends string> = Pick<RegisteredOptimizer, "name" | "label" | "description"> &
  Partial<Omit<RegisteredOptimizer, "hyperparameters" | "create" | "memory">> & {
    hyperparameters: Record<"learningRate" | H, Hyperparameter>;
    create: (
      values: Readonly<Record<"learningRate" | H, Scalar>>,
      context: Context,
    ) => GradientTransformation;
    /** Numbers per parameter, or by shape. */
    memory: number | ((shape: readonly number[]) => number);
  };

/** Completes an entry. */
export function entry<H extends string>({ memory, create, ...given }: Given<H>): RegisteredOptimizer {
  return {
    ...usual,
    factory: given.name,
    ...given,
    create: (values, context = {}) => create(values as Record<"learningRate" | H, Scalar>, context),
    memory: typeof memory === "number" ? (shape) => memory * size(shape) : memory,
  };
}

/** The number of entries of a shape. */
export const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** A positive number searched in the logarithm. */
export const positive = (value: number, min: number, max: number): Hyperparameter => ({
  default: value,
  min,
  max,
  scale: "log",
});

/** A number searched evenly. */
export const linear = (value: number, min: number, max: number): Hyperparameter => ({
  default: value,
  min,
  max,
  scale: "linear",
});

/** The weight of the past in an average, searched in the logarithm of its distance from 1. */
export const decay = (value: number, min: number, max: number): Hyperparameter => ({
  default: value,
  min,
  max,
  scale: "decay",
});

export const momentum = decay(0.9, 0, 0.99);
/** Decay of a first and of a second moment. */
export const moments = { b1: decay(0.9, 0, 0.99), b2: decay(0.999, 0.9, 0.9999) };
/** Decoupled decay that the learning rate scales. */
export const weightDecay = positive(0.01, 1e-4, 1);
