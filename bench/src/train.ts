import { type Command, main } from "./command.ts";
import { node, startPeer } from "./peer.ts";
import type { Timing } from "./statistics.ts";
import { bestThreads, formatTiming, inTurn, repeat, type Side } from "./turns.ts";
import { optimizers, type Workload, workloads } from "./workloads.ts";

/**
 * bench:train: milliseconds per training step (loss, gradients, update), ours, PyTorch's, jax-js's own and
 * TensorFlow.js's, taking turns in one run.
 */

const peers = ["torch", "jax-js", "tfjs"] as const;
type PeerName = (typeof peers)[number];

interface Figures {
  readonly model: string;
  readonly optimizer: string;
  /** Milliseconds a step. */
  readonly ours: Timing;
  readonly torch?: Timing & { readonly threads: number };
  readonly "jax-js"?: Timing;
  readonly tfjs?: Timing;
}

type Answer = { times: number[]; version: string };
/** Asks a peer for the milliseconds of a number of steps of a case. */
type Ask = (steps: number) => Promise<Answer>;

/** Steps of a turn that takes about `milliseconds`, but enough for a median and not so many that the sides drift apart. */
const stepsFor = (step: number, milliseconds: number) =>
  Math.min(50, Math.max(3, Math.round(milliseconds / step)));

/**
 * A side that may be a hundred times slower than ours: one step a turn when that takes long, none once the turns together
 * have taken `budget` milliseconds. The first step of all is not counted.
 */
function slowSide(ask: Ask, milliseconds: number, budget: number): Side {
  let [spent, known] = [0, 0];
  return async () => {
    if (spent > budget) return [];
    if (known === 0) {
      await ask(1);
      [known = 1] = (await ask(1)).times;
      spent += known;
      if (spent > budget) return [known];
    }
    const { times } = await ask(Math.max(1, Math.min(50, Math.round(milliseconds / known))));
    spent += times.reduce((a, b) => a + b, 0);
    return times;
  };
}

async function measure(
  { name, description, prepare }: Workload,
  optimizer: string,
  settings: {
    rounds: number;
    quick: boolean;
    asks: Partial<Record<"torch" | "tfjs", (request: string) => Promise<Answer>>>;
    jax: boolean;
  },
): Promise<Figures> {
  const { rounds, quick, asks, jax } = settings;
  const program = await prepare("native", optimizer);
  const own = jax ? await prepare("jax", optimizer) : undefined;
  try {
    await program.run();
    const [second = 1] = await repeat(program.run, 0, 1);
    const milliseconds = quick ? 500 : 900;
    const steps = stepsFor(second, milliseconds);
    const budget = quick ? 3_000 : 20_000;
    const { torch: torchAsk, tfjs: tfjsAsk } = asks;
    // The first steps after another side's turn refill caches and wake threads.
    const torch = async (threads: number, count = steps) => {
      const { times } = await (torchAsk as NonNullable<typeof torchAsk>)(
        `${name} ${optimizer} ${threads} ${count + 2}`,
      );
      return times.slice(2);
    };
    const threads = torchAsk ? await bestThreads((n) => torch(n, Math.max(3, steps >> 1))) : 1;
    const jaxAsk: Ask = async (count) => ({ times: await timed(own?.run, count), version: "" });
    const sides: Partial<Record<"ours" | PeerName, Side>> = {
      ours: async () => (await timed(program.run, steps + 2)).slice(2),
      ...(torchAsk && { torch: () => torch(threads) }),
      ...(own && { "jax-js": slowSide(jaxAsk, milliseconds, budget) }),
      ...(tfjsAsk && { tfjs: slowSide((n) => tfjsAsk(`${name} ${optimizer} ${n}`), milliseconds, budget) }),
    };
    const { torch: torchTime, ...times } = await inTurn(rounds, sides as Record<"ours" | PeerName, Side>);
    return {
      model: description,
      optimizer,
      ...times,
      ...(torchTime && { torch: { ...torchTime, threads } }),
    };
  } finally {
    await program.dispose();
    await own?.dispose();
  }
}

async function timed(run: (() => Promise<unknown>) | undefined, steps: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    await run?.();
    times.push(performance.now() - start);
  }
  return times;
}

function row({ model, optimizer, ours, torch, ...others }: Figures, columns: readonly PeerName[]): string[] {
  const ratio = (t: Timing) => `${(t.median / ours.median).toFixed(2)}x`;
  return [
    model,
    optimizer,
    formatTiming(ours),
    ...columns.flatMap((peer) => {
      if (peer === "torch")
        return torch ? [formatTiming(torch), String(torch.threads), ratio(torch)] : ["", "", ""];
      const t = others[peer];
      return t ? [formatTiming(t, 1), ratio(t)] : ["", ""];
    }),
  ];
}

export const trainCommand: Command = {
  name: "train",
  quick: "three models with AdamW, few rounds: ends within a minute",
  rounds: { full: 5, quick: 3 },
  options: {
    models: `of: ${workloads.map((w) => w.name).join(", ")}`,
    optimizers: `of: ${Object.keys(optimizers).join(", ")}`,
    peers: `of: ${peers.join(", ")}`,
  },
  peer: { script: "train.py", modules: "torch", packages: "python3-torch" },
  async measure({ quick, rounds, peer, alone, words }) {
    const all = workloads.map((w) => w.name);
    const models = words("models", quick ? ["mlp", "cnn-max", "gpt-d128"] : all, all);
    const rules = words("optimizers", quick ? ["adamw"] : Object.keys(optimizers), Object.keys(optimizers));
    const wanted = words("peers", alone ? [] : peers, peers) as PeerName[];
    const columns = wanted.filter((name) => name !== "torch" || peer !== undefined);
    const tfjs = columns.includes("tfjs") ? startPeer(node, "tfjs.ts") : undefined;
    const versions = new Map<string, string>();
    const asking = (name: string, side: typeof peer) => async (request: string) => {
      const answer = await (side as NonNullable<typeof side>).ask<Answer>(request);
      versions.set(name, answer.version);
      return answer;
    };
    const results: Figures[] = [];
    try {
      for (const name of models) {
        for (const optimizer of rules) {
          const workload = workloads.find((w) => w.name === name) as Workload;
          const asks = {
            ...(peer && columns.includes("torch") && { torch: asking("PyTorch", peer) }),
            // TensorFlow.js has no Muon.
            ...(tfjs && optimizer !== "muon" && { tfjs: asking("TensorFlow.js", tfjs) }),
          };
          results.push(
            await measure(workload, optimizer, { rounds, quick, asks, jax: columns.includes("jax-js") }),
          );
          if (process.stderr.isTTY) console.error(`${name} ${optimizer} done`);
        }
      }
    } finally {
      await tfjs?.close();
    }
    const names = [...versions].map(([name, version]) => `${name} ${version}`);
    const header: Record<PeerName, string[]> = {
      torch: ["PyTorch", "threads", "ratio"],
      "jax-js": ["jax-js", "ratio"],
      tfjs: ["tfjs", "ratio"],
    };
    return {
      title: ["Training step, ms: median (quartiles)", ...names].join("; "),
      header: ["model", "optimizer", "ours", ...columns.flatMap((name) => header[name])],
      rows: results.map((figures) => row(figures, columns)),
      notes:
        columns.length === 0
          ? []
          : [
              "ratio: the peer's time over ours. PyTorch: eager, on the CPU, its fastest number of threads. jax-js: its own jit on its",
              "WebAssembly backend. tfjs: the WebAssembly backend with SIMD, one thread; Adam in place of AdamW; no Muon.",
            ],
      figures: { rounds, versions: Object.fromEntries(versions), results },
    };
  },
};

await main(trainCommand, import.meta.url);
