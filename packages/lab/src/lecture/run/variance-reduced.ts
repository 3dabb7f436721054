import { grad, numpy as np, tree } from "@jax-js/jax";
import { type ArrayTree, Tensor } from "@steepest/compile";
import type { FiniteSum } from "../../problems/index.ts";
import { sampleGradients } from "./sample-gradients.ts";
import type { Method } from "./seeds.ts";

/** Methods for finite sums that remember gradients; one sample a step. */

type Table = { table: np.Array; mean: np.Array };

/** The gradient of every sample at the start, and their mean. */
async function gradientTable(
  problem: FiniteSum,
  start: Float64Array,
): Promise<{ table: Tensor; mean: Tensor }> {
  const { samples: n, dimension: p } = problem;
  const table = new Float64Array(n * p);
  (await sampleGradients(problem, start)).forEach((g, i) => {
    table.set(g, i * p);
  });
  return {
    table: new Tensor("float64", [n, p], table),
    mean: new Tensor("float64", [p], problem.gradient(start)),
  };
}

/** Replaces the sample's row of the table by its gradient: what changed, and the next state. Consumes all. */
function remember({ table, mean }: Table, index: np.Array, g: np.Array): { change: np.Array; next: Table } {
  const n = table.shape[0] as number;
  const mask = np.equal(np.arange(n).astype(np.int32), index).astype(np.float64).reshape([n, 1]);
  const change = g.sub(table.ref.mul(mask.ref).sum(0));
  const count = np.array(n, { dtype: np.float64 });
  return {
    next: { table: table.add(mask.mul(change.ref)), mean: mean.add(change.ref.div(count)) },
    change,
  };
}

/** SAGA: x <- x - a (g_i - table_i + mean), then the table learns g_i. Defazio, Bach and Lacoste-Julien (2014). */
export const sagaMethod = async (problem: FiniteSum, start: Float64Array): Promise<Method> => ({
  state: await gradientTable(problem, start),
  step({ x, state, index, rate, gradient }) {
    const { mean } = state as Table;
    const before = mean.ref;
    const { change, next } = remember(state as Table, index, gradient(x.ref));
    return [x.sub(change.add(before).mul(rate.ref)), next];
  },
});

/** SAG: the table learns g_i, then x <- x - a mean. Schmidt, Le Roux and Bach (2017). */
export const sagMethod = async (problem: FiniteSum, start: Float64Array): Promise<Method> => ({
  state: await gradientTable(problem, start),
  step({ x, state, index, rate, gradient }) {
    const { change, next } = remember(state as Table, index, gradient(x.ref));
    change.dispose();
    return [x.sub(next.mean.ref.mul(rate.ref)), next];
  },
});

/**
 * SVRG: x <- x - a (g_i(x) - g_i(anchor) + full), where every `every` steps the anchor moves to x and `full` becomes
 * the gradient of f there. Johnson and Zhang (2013), their practical option I.
 */
export function svrgMethod(problem: FiniteSum, start: Float64Array, every: number): Method {
  const p = problem.dimension;
  type State = { anchor: np.Array; full: np.Array };
  return {
    state: {
      anchor: new Tensor("float64", [p], start),
      full: new Tensor("float64", [p], problem.gradient(start)),
    },
    step({ x, state, index, rate, gradient }) {
      index.dispose();
      const { anchor, full } = state as State;
      const direction = gradient(x.ref).sub(gradient(anchor.ref)).add(full.ref);
      return [x.sub(direction.mul(rate.ref)), { anchor, full }];
    },
    refresh: {
      every,
      run(x, state, data) {
        tree.dispose(state);
        const full = grad((y: np.Array) => problem.loss(y, data))(x.ref) as unknown as np.Array;
        return { anchor: x, full } as ArrayTree;
      },
    },
  };
}
