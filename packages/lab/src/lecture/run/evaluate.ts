import { grad, numpy as np, vmap } from "@jax-js/jax";
import { type ArrayTree, compile, Tensor } from "@steepest/compile";
import type { FiniteSum } from "../../problems/finite-sum.ts";

/** What the theorems speak of at a point, over all samples. */
export type Quantity =
  /** f(x) */
  | "loss"
  /** ||grad f(x)||^2 */
  | "gradient2"
  /** mean ||grad f_i(x)||^2 */
  | "second";

const scalars: Record<Quantity, (problem: FiniteSum) => (x: np.Array, all: ArrayTree) => np.Array> = {
  loss: (problem) => problem.loss,
  gradient2: (problem) => (x, all) => np.square(grad((y: np.Array) => problem.loss(y, all))(x)).sum(),
  second: (problem) => problem.secondMoment,
};

/** Evaluates a quantity at many points at once, with the loss of the problem itself. */
export async function evaluator(
  problem: FiniteSum,
  points: number,
  quantity: Quantity,
  executor: "native" | "wasm" = "native",
) {
  const { dimension: p } = problem;
  const all = problem.all();
  const example = new Tensor("float64", [points, p], new Float64Array(points * p));
  const one = scalars[quantity](problem);
  const program = await compile(vmap(one as never, [0, null] as never) as never, [example, all] as never, {
    executor,
    name: `${problem.name} ${quantity}`,
  });
  return {
    /** @param xs row-major [points, dimension] */
    async run(xs: Float64Array): Promise<Float64Array> {
      const x = new Tensor("float64", [points, p], xs);
      const values = (await program.run(...([x, all] as never))) as unknown as Tensor;
      return values.data as Float64Array;
    },
    dispose: () => program.dispose(),
  };
}
