import { grad, jvp, type numpy as np, tree, vmap } from "@jax-js/jax";
import { type ArrayTree, compile, Tensor, type TensorTree } from "@steepest/compile";
import { globalNorm } from "steepest";
import { randomStream } from "../../random.ts";
import type { Batch } from "../../tasks/objective.ts";
import type { HostBatch } from "../../tasks/task.ts";
import { stack } from "./lanes.ts";

type Loss = (params: ArrayTree, batch: Batch) => np.Array;

/** How sharp a loss is at the networks of some lanes. Networks come stacked, with a leading axis of lanes. */
export interface Sharpness {
  /** The largest eigenvalue (in absolute value) of the Hessian of each lane, by power iteration with Hessian-vector products. */
  topEigenvalues(networks: TensorTree): Promise<Float64Array>;
  /** How far the loss rises in a ball about each network, by projected ascent along normalised gradients. */
  worstRises(networks: TensorTree, radius: number): Promise<Float64Array>;
  losses(networks: TensorTree): Promise<Float64Array>;
  dispose(): Promise<void>;
}

/** A tree times 1 / its norm, which is of all its leaves together. Consumes it. */
function unit(t: ArrayTree): ArrayTree {
  const norm = globalNorm(tree.ref(t));
  const result = tree.map((x: np.Array) => x.div(norm.ref), t as never) as ArrayTree;
  norm.dispose();
  return result;
}

const inner = (a: ArrayTree, b: ArrayTree): np.Array => {
  const [xs, ys] = [tree.leaves<np.Array>(a as never), tree.leaves<np.Array>(b as never)];
  return xs.map((x, i) => x.mul(ys[i] as np.Array).sum()).reduce((sum, v) => sum.add(v));
};
const add = (a: ArrayTree, b: ArrayTree): ArrayTree =>
  tree.map((x: np.Array, y: np.Array) => x.add(y), a as never, b as never) as ArrayTree;

/** Steps of projected ascent, and the length of one over the radius. */
const ascent = { steps: 12, length: 0.25 };

/**
 * Compiles what is needed for networks like `example`, on fixed examples.
 *
 * @param iterations of power iteration
 */
export async function openSharpness(
  loss: Loss,
  example: TensorTree,
  lanes: number,
  examples: HostBatch,
  iterations: number,
): Promise<Sharpness> {
  const gradient = (p: ArrayTree, batch: Batch) =>
    grad((q: ArrayTree) => loss(q, tree.ref(batch)))(p) as ArrayTree;
  const power = (params: ArrayTree, v: ArrayTree, batch: Batch): ArrayTree => {
    const of = (p: ArrayTree) => gradient(p, batch);
    const [g, hv] = jvp(of as never, [params] as never, [tree.ref(v)] as never) as unknown as [
      ArrayTree,
      ArrayTree,
    ];
    tree.dispose(g);
    return { value: inner(v, tree.ref(hv)), next: unit(hv) };
  };
  const climb = (
    params: ArrayTree,
    u: ArrayTree,
    radius: np.Array,
    length: np.Array,
    batch: Batch,
  ): ArrayTree => {
    const times = (t: ArrayTree, s: np.Array) =>
      tree.map((x: np.Array) => x.mul(s.ref), t as never) as ArrayTree;
    const ahead = unit(gradient(add(params, times(tree.ref(u), radius)), batch));
    return unit(add(u, times(ahead, length)));
  };
  const value = (params: ArrayTree, u: ArrayTree, radius: np.Array, batch: Batch): ArrayTree =>
    loss(
      add(params, tree.map((x: np.Array) => x.mul(radius.ref), u as never) as ArrayTree),
      batch,
    ) as ArrayTree;
  const scalar = (v: number) => new Tensor("float32", [], Float32Array.of(v));
  const networks = stack(Array.from({ length: lanes }, () => example));
  const directions = stack(
    Array.from({ length: lanes }, (_, lane) => {
      const random = randomStream(lane, "power iteration");
      return tree.map(
        ({ shape, data }: Tensor) =>
          new Tensor(
            "float32",
            shape,
            Float32Array.from(data, () => random.normal() / 100),
          ),
        example as never,
      ) as TensorTree;
    }),
  );
  const none = tree.map(
    ({ shape, data }: Tensor) => new Tensor("float32", shape, new Float32Array(data.length)),
    networks as never,
  ) as TensorTree;
  const compiled = (fn: unknown, axes: (number | null)[], args: unknown[], name: string) =>
    compile(vmap(fn as never, axes as never) as never, args as never, { executor: "native", name });
  const eigenvalues = await compiled(
    power,
    [0, 0, null],
    [networks, directions, examples],
    "power iteration",
  );
  const climbs = await compiled(
    climb,
    [0, 0, null, null, null],
    [networks, none, scalar(0), scalar(1), examples],
    "ascent",
  );
  const values = await compiled(value, [0, 0, null, null], [networks, none, scalar(0), examples], "loss");
  const lossesAt = async (at: TensorTree, u: TensorTree, radius: number) => {
    const out = (await values.run(...([at, u, scalar(radius), examples] as never))) as unknown as Tensor;
    return Float64Array.from(out.data);
  };
  return {
    async topEigenvalues(at) {
      let v = directions;
      let found = new Float64Array(lanes);
      for (let i = 0; i < iterations; i++) {
        const out = (await eigenvalues.run(...([at, v, examples] as never))) as unknown as {
          value: Tensor;
          next: TensorTree;
        };
        v = out.next;
        found = Float64Array.from(out.value.data);
      }
      return found;
    },
    async worstRises(at, radius) {
      let u = none;
      for (let i = 0; i < ascent.steps; i++) {
        // The first step goes all the way along the gradient at the network.
        const args = [at, u, scalar(i === 0 ? 0 : radius), scalar(ascent.length), examples];
        u = (await climbs.run(...(args as never))) as TensorTree;
      }
      const [top, here] = [await lossesAt(at, u, radius), await lossesAt(at, none, 0)];
      return top.map((v, i) => v - (here[i] as number));
    },
    losses: (at) => lossesAt(at, none, 0),
    async dispose() {
      for (const program of [eigenvalues, climbs, values]) await program.dispose();
    },
  };
}
