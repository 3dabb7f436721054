import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { type ArrayTree, compile, compileStep, type Tensor, type Tensors, tensor } from "@steepest/compile";
import { crossEntropy, type GptParams, gpt } from "@steepest/lab";
import { applyUpdates, type GradientTransformation, type RoleTree } from "steepest";
import { type Command, main } from "./command.ts";
import { initialState, labels, optimizers } from "./workloads.ts";

/**
 * bench:drift: how far a GPT's training in float32 goes from float64, per step: ours with the fused update, ours as one
 * graph of ONNX Runtime, PyTorch's, and float64 from parameters changed by half a unit in the last place.
 */

type Weights = Tensors<GptParams>;
type State = { params: GptParams; state: ArrayTree };

interface Answer {
  readonly losses: Readonly<Record<"float64" | "torch" | "nudged", number>>;
  /** |p - p64| / |p64|. */
  readonly distances: Readonly<Record<"torch" | "nudged" | "fused" | "graph", number>>;
  /** |p0 - p64| / |p64|. */
  readonly moved: number;
}
type Gradients = Record<"ours" | "torch" | "small", number>;

const shapes = {
  quick: { vocabulary: 65, context: 32, width: 64, layers: 2, heads: 2, batch: 2 },
  full: { vocabulary: 65, context: 256, width: 384, layers: 6, heads: 6, batch: 4 },
};

/** All parameters one after another, in PyTorch's order of bench/peers/train.py. */
function flat({ embedding, positions, blocks, norm }: Weights): Float32Array {
  const leaves = blocks.flatMap((b) => [b.attentionNorm, b.mlpNorm, b.q, b.k, b.v, b.o, b.up, b.down]);
  const all = [positions as Tensor, embedding, ...leaves, norm];
  return Float32Array.from(all.flatMap((x) => Array.from(x.data)));
}

/** A number as a multiple of 1e-7, about the distance of neighbouring float32 numbers near one. */
const units = (x: number) => (x * 1e7).toPrecision(3);

export const driftCommand: Command = {
  name: "drift",
  quick: "a GPT of width 64 for 3 steps",
  rounds: { full: 10, quick: 3 },
  options: { optimizers: "of: adamw, sgd" },
  peer: { script: "drift.py", modules: "torch", packages: "python3-torch" },
  async measure({ quick, rounds, peer, words }) {
    if (peer === undefined) throw new Error("bench:drift needs PyTorch: the reference is its float64");
    const { batch, ...options } = shapes[quick ? "quick" : "full"];
    const { context, vocabulary } = options;
    const folder = mkdtempSync(join(tmpdir(), "drift-"));
    const file = (name: string, data: Float32Array | Int32Array) => {
      const path = join(folder, name);
      writeFileSync(path, data);
      return path;
    };
    const ask = <T>(what: string, more: object) => peer.ask<T>(JSON.stringify({ do: what, ...more }));

    const model = gpt({ ...options, tied: true });
    const loss = (params: GptParams, x: np.Array, y: np.Array) => crossEntropy(model.apply(params, x), y);
    const tokens = labels([rounds, batch, context + 1], vocabulary).data as Int32Array;
    const part = (step: number, from: number, shape: number[]) => {
      const own = tokens.subarray(step * batch * (context + 1), (step + 1) * batch * (context + 1));
      return tensor(
        own.filter((_, i) => i % (context + 1) !== (from ? 0 : context)),
        shape,
        "int32",
      );
    };
    const inputs = (k: number) =>
      [part(k, 0, [batch, context]), part(k, 1, [batch * context])] as [Tensor, Tensor];

    const results: object[] = [];
    const rows: string[][] = [];
    try {
      for (const name of words("optimizers", ["adamw", "sgd"], ["adamw", "sgd"])) {
        const optimizer = (optimizers[name] as (roles: RoleTree) => GradientTransformation)([]);
        const step = ({ params, state }: State, x: np.Array, y: np.Array): [State, np.Array] => {
          const [value, gradients] = valueAndGrad((p: GptParams) => loss(p, x, y))(tree.ref(params));
          const [updates, after] = optimizer.update(gradients, state, tree.ref(params));
          return [{ params: applyUpdates(params, updates) as GptParams, state: after as ArrayTree }, value];
        };
        const params = model.init(0) as Weights;
        await ask("init", {
          ...options,
          batch,
          optimizer: name,
          parameters: file("start", flat(params)),
          tokens: file("tokens", tokens),
        });
        let carry = { params, state: await initialState(optimizer, params) } as Tensors<State>;
        const fused = await compileStep(step, carry, inputs(0), { executor: "native", name });
        // A function has no carry, so that nothing of it is a fused update.
        const graph = await compile(step, [carry, ...inputs(0)], { executor: "native", name });
        for (let k = 0; k < rounds; k++) {
          const fusedLoss = (await fused.run(...inputs(k))).item();
          const [next, graphLoss] = await graph.run(carry, ...inputs(k));
          carry = next;
          const own = await fused.readCarry();
          const { losses, distances, moved } = await ask<Answer>("step", {
            step: k,
            files: { fused: file("fused", flat(own.params)), graph: file("graph", flat(carry.params)) },
          });
          const all = { ...losses, fused: fusedLoss, graph: graphLoss.item() };
          const sides = ["fused", "graph", "torch", "nudged"] as const;
          const lossErrors = sides.map((side) => Math.abs(all[side] / losses.float64 - 1));
          results.push({ optimizer: name, step: k + 1, losses: all, distances, moved });
          rows.push([
            name,
            String(k + 1),
            ...lossErrors.map(units),
            ...sides.map((side) => units(distances[side])),
            units(moved),
          ]);
        }
        const end = (await fused.readCarry()).params;
        const gradient = await compile(
          (p: GptParams, x: np.Array, y: np.Array) => valueAndGrad(loss)(p, x, y)[1],
          [end, ...inputs(0)],
          { executor: "native" },
        );
        const gradients = await ask<Gradients>("gradient", {
          parameters: file("end", flat(end)),
          gradients: file("gradients", flat((await gradient.run(end, ...inputs(0))) as Weights)),
        });
        results.push({ optimizer: name, gradients });
        rows.push([name, "gradient", "", "", "", "", units(gradients.ours), "", units(gradients.torch)]);
        await Promise.all([fused.dispose(), graph.dispose(), gradient.dispose()]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
    const columns = ["fused", "graph", "torch", "nudged"];
    return {
      title: "Relative distance from float64, in 1e-7: losses, and parameters after the step",
      header: [
        "optimizer",
        "step",
        ...columns.map((c) => `loss ${c}`),
        ...columns.map((c) => `p ${c}`),
        "p moved",
      ],
      rows,
      notes: [
        "fused, graph: ours with the update in WebAssembly, and left in ONNX Runtime. nudged: float64 from a start that differs by",
        "up to half a unit in the last place of float32. gradient: of the first batch, at our last parameters.",
      ],
      figures: { model: options, batch, results },
    };
  },
};

await main(driftCommand, import.meta.url);
