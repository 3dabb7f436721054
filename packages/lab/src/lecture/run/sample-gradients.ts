import { grad, type numpy as np, vmap } from "@jax-js/jax";
import { type ArrayTree, compile, Tensor } from "@steepest/compile";
import type { FiniteSum } from "../../problems/finite-sum.ts";

/** grad f_i(x) for every sample, from the problem's one loss. */
export async function sampleGradients(
  problem: FiniteSum,
  x: Float64Array,
  executor: "native" | "wasm" = "native",
): Promise<Float64Array[]> {
  const { samples: n, dimension: p } = problem;
  const indices = Array.from({ length: n }, (_, i) => i);
  const singles = problem.batch(indices, [n, 1]);
  const point = new Tensor("float64", [p], x);
  const gradient = grad(problem.loss as (x: np.Array, batch: ArrayTree) => np.Array);
  const program = await compile(
    vmap(gradient as never, [null, 0] as never) as never,
    [point, singles] as never,
    {
      executor,
      name: `${problem.name} sample gradients`,
    },
  );
  const all = (await program.run(...([point, singles] as never))) as unknown as Tensor;
  await program.dispose();
  return indices.map((i) => (all.data as Float64Array).subarray(i * p, (i + 1) * p));
}
