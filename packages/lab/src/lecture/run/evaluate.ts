import { grad, numpy as np, tree, vmap } from "@jax-js/jax";
import { type ArrayTree, compile, Tensor } from "@steepest/compile";
import type { FiniteSum } from "../../problems/index.ts";
import { squaredDistance } from "../../problems/symmetric.ts";

/** What the theorems speak of, at one point per seed. */
export interface Measured {
  /** The points, row-major [points, dimension]. */
  readonly x: Float64Array;
  /** f(x) - f* */
  readonly gap: Float64Array;
  /** ||grad f(x)||^2 */
  readonly gradient2: Float64Array;
  /** mean ||grad f_i(x)||^2 */
  readonly second: Float64Array;
  /** ||x - x*||^2 */
  readonly distance2: Float64Array;
}

/** Measures f over all samples at many points at once, with the loss of the problem itself. */
export async function evaluator(problem: FiniteSum, points: number) {
  const { dimension: p, constants } = problem;
  const one = (x: np.Array, batch: ArrayTree): ArrayTree => [
    problem.loss(x.ref, tree.ref(batch)),
    np
      .square(grad(problem.loss as (x: np.Array, batch: ArrayTree) => np.Array)(x.ref, tree.ref(batch)))
      .sum(),
    problem.secondMoment(x, batch),
  ];
  const all = problem.all();
  const example = new Tensor("float64", [points, p], new Float64Array(points * p));
  const program = await compile(vmap(one as never, [0, null] as never) as never, [example, all] as never, {
    executor: "native",
    name: `${problem.name} evaluation`,
  });
  return {
    /** @param xs row-major [points, dimension] */
    async run(xs: Float64Array): Promise<Measured> {
      const x = new Tensor("float64", [points, p], xs);
      const [loss, gradient2, second] = (await program.run(...([x, all] as never))) as unknown as Tensor[];
      return {
        x: xs,
        gap: Float64Array.from((loss as Tensor).data, (v) => v - constants.fStar),
        gradient2: (gradient2 as Tensor).data as Float64Array,
        second: (second as Tensor).data as Float64Array,
        distance2: Float64Array.from({ length: points }, (_, s) =>
          squaredDistance(xs.subarray(s * p, (s + 1) * p), constants.xStar),
        ),
      };
    },
    dispose: () => program.dispose(),
  };
}
