import { grad, numpy as np, tree } from "@jax-js/jax";
import { type ArrayTree, fromArray, Tensor, type TensorTree } from "@steepest/compile";
import { applyUpdates, type Extra, type GradientTransformation, sag, saga, sgd, svrg } from "steepest";
import { constantLike, type FiniteSum } from "../../problems/finite-sum.ts";
import { sampleGradients } from "./sample-gradients.ts";

/** An update rule whose learning rate is an input of the compiled step, so that it can change with every step. */
export type Rule = (rate: np.Array) => GradientTransformation;

export const plainSgd: Rule = (learningRate) => sgd({ learningRate });

/** What one step of one seed has at hand. */
export interface StepContext {
  readonly x: np.Array;
  /** int32 [batch], the numbers of the step's samples. */
  readonly index: np.Array;
  /** What the method remembers beside the rule's state. */
  readonly memory: ArrayTree;
  /** The batch's gradient at any point. Consumes the point. */
  gradient(x: np.Array): np.Array;
}

/** An optimizer of the library, with what a finite sum can give it beyond a gradient. For one seed; the runner vmaps it. */
export interface Method {
  readonly rule: Rule;
  /** The rule's state before the first step. Default: what its `init` returns. */
  readonly state?: (initial: TensorTree) => TensorTree;
  /** What is remembered beside the rule's state. Default: nothing. */
  readonly memory?: TensorTree;
  /** The rule's `extra`. Borrows all. */
  readonly extra?: (context: StepContext) => Extra;
  /** Before every step. Consumes both. Default: the memory stays. */
  readonly remember?: (memory: ArrayTree, x: np.Array) => ArrayTree;
  /** After every `every` steps: the next point and memory. Consumes all. */
  readonly refresh?: {
    readonly every: number;
    run(x: np.Array, memory: ArrayTree, data: ArrayTree): [np.Array, ArrayTree];
  };
}

/** The state of a method's rule at the start point. */
export function initialState({ rule, state }: Method, start: Float64Array): TensorTree {
  const example = np.array(1, { dtype: np.float64 });
  const initial = rule(example).init(np.array(start, { dtype: np.float64 }) as ArrayTree);
  const tensors = tree.map(fromArray, initial as never) as TensorTree;
  tree.dispose(initial);
  example.dispose();
  return state ? state(tensors) : tensors;
}

/** One step: the next point and state. Consumes x and state, borrows the rest. */
export function stepOf(
  { rule, extra }: Method,
  state: ArrayTree,
  rate: np.Array,
  context: StepContext,
): [np.Array, ArrayTree] {
  const { x, gradient } = context;
  const more = extra?.(context);
  const [update, next] = rule(rate).update(gradient(x.ref) as ArrayTree, state, x.ref as ArrayTree, more);
  return [applyUpdates(x as ArrayTree, update) as np.Array, next];
}

/** SAGA or SAG; the table of gradients starts at zero, or with those at the start point. One sample a step. */
async function tableMethod(
  optimizer: typeof saga,
  problem: FiniteSum,
  filledAt: Float64Array | undefined,
  executor?: "native" | "wasm",
): Promise<Method> {
  const { samples: n, dimension: p } = problem;
  const method: Method = {
    rule: (learningRate) => optimizer({ learningRate, examples: n }),
    extra: ({ index }) => ({ index: index.ref }),
  };
  if (filledAt === undefined) return method;
  const table = new Float64Array(n * p);
  (await sampleGradients(problem, filledAt, executor)).forEach((g, i) => {
    table.set(g, i * p);
  });
  const filled = {
    table: new Tensor("float64", [n, p], table),
    mean: new Tensor("float64", [p], problem.gradient(filledAt)),
  };
  // The state of a chain: the table's, then the learning rate's.
  return { ...method, state: (initial) => [filled, ...(initial as TensorTree[]).slice(1)] as TensorTree };
}

/** Defazio, Bach and Lacoste-Julien (2014), the table filled at `start` as in their theorem. */
export const sagaMethod = (
  problem: FiniteSum,
  start: Float64Array,
  executor?: "native" | "wasm",
): Promise<Method> => tableMethod(saga, problem, start, executor);

/** Schmidt, Le Roux and Bach (2017), a table of zeros as in their theorem. */
export const sagMethod = (problem: FiniteSum): Promise<Method> => tableMethod(sag, problem, undefined);

/**
 * Johnson and Zhang (2013): every `every` steps the anchor moves to the current point (their practical option I), or with
 * `average` both move to the mean of the points at which gradients were taken since, for which their theorem 1 holds by
 * convexity as for a random one of them.
 */
export function svrgMethod(problem: FiniteSum, start: Float64Array, every: number, average = false): Method {
  type Memory = { anchor: np.Array; full: np.Array; sum: np.Array };
  const p = problem.dimension;
  return {
    rule: (learningRate) => svrg({ learningRate }),
    memory: {
      anchor: new Tensor("float64", [p], start),
      full: new Tensor("float64", [p], problem.gradient(start)),
      sum: new Tensor("float64", [p], new Float64Array(p)),
    },
    extra({ memory, gradient }) {
      const { anchor, full } = memory as Memory;
      return { reference: gradient(anchor.ref) as ArrayTree, anchor: full.ref as ArrayTree };
    },
    remember(memory, x) {
      const { sum, ...rest } = memory as Memory;
      return { ...rest, sum: sum.add(x) };
    },
    refresh: {
      every,
      run(x, memory, data) {
        const { anchor, full, sum } = memory as Memory;
        tree.dispose([anchor, full]);
        const next = average ? sum.ref.div(constantLike(x, every)) : x.ref;
        x.dispose();
        const gradient = grad((y: np.Array) => problem.loss(y, data))(next.ref) as unknown as np.Array;
        return [next.ref, { anchor: next, full: gradient, sum: np.zerosLike(sum) } as ArrayTree];
      },
    },
  };
}
