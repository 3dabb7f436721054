import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Command, main } from "./command.ts";
import type { Footprint } from "./memoryChild.ts";
import { summarize } from "./statistics.ts";
import { deep, workloads } from "./workloads.ts";

/**
 * bench:memory: the resident memory of a training step in a process of its own, against what `plan()` says and against
 * PyTorch, and what it costs to compute results again instead of keeping them.
 */

interface Figures {
  readonly model: string;
  /** The option `memory`: "off", "least" or MiB. */
  readonly limit: string;
  /** Medians over the rounds. */
  readonly ours: Omit<Footprint, "times"> & { readonly milliseconds: number };
  readonly torch?: { readonly peak: number; readonly milliseconds: number };
}

const MIB = 2 ** 20;
const STEPS = 5;

async function footprint(model: string, limit: string): Promise<Footprint> {
  const script = fileURLToPath(new URL("./memoryChild.ts", import.meta.url));
  const flags = ["--expose-gc", "--conditions=source", "--import", "tsx"];
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...flags,
    script,
    model,
    limit,
    String(STEPS),
  ]);
  return JSON.parse(stdout) as Footprint;
}

const median = (values: readonly number[]) => summarize(values).median;

function together(runs: readonly Footprint[]): Figures["ours"] {
  const of = (key: Exclude<keyof Footprint, "times">) => median(runs.map((run) => run[key]));
  return {
    compiling: of("compiling"),
    idle: of("idle"),
    peak: of("peak"),
    arena: of("arena"),
    intermediates: of("intermediates"),
    milliseconds: median(runs.flatMap((run) => run.times)),
  };
}

export const memoryCommand: Command = {
  name: "memory",
  quick: "two models, one round: ends within a minute",
  rounds: { full: 3, quick: 1 },
  options: {
    models: `of: ${[...workloads, deep].map((w) => w.name).join(", ")}`,
    limits: "values of the option memory: off, least, or MiB (default off,least)",
  },
  peer: { script: "memory.py", modules: "torch", packages: "python3-torch" },
  async measure({ quick, rounds, peer, words, texts }) {
    const all = [...workloads, deep].map((w) => w.name);
    const wanted = all.filter((name) => name !== "cnn-avg");
    const models = words("models", quick ? ["mlp", "gpt-d128"] : wanted, all);
    const limits = texts("limits", ["off", "least"], /^(off|least|[1-9]\d*)$/, "off, least or MiB");
    const results: Figures[] = [];
    let version: string | undefined;
    for (const name of models) {
      const runs = new Map(limits.map((limit) => [limit, [] as Footprint[]]));
      const peers: { peak: number; times: number[]; version: string }[] = [];
      for (let round = 0; round < rounds; round++) {
        for (const [limit, list] of runs) list.push(await footprint(name, limit));
        if (peer) peers.push(await peer.ask(`${name} ${STEPS}`));
      }
      version = peers[0]?.version ?? version;
      const torch = peers.length > 0 && {
        peak: median(peers.map((p) => p.peak)),
        milliseconds: median(peers.flatMap((p) => p.times.slice(1))),
      };
      const model = [...workloads, deep].find((w) => w.name === name)?.description ?? name;
      for (const [limit, list] of runs)
        results.push({ model, limit, ours: together(list), ...(torch && { torch }) });
    }
    const mib = (bytes: number) => (bytes / MIB).toFixed(0);
    return {
      title: `Resident memory of a training step with AdamW, MiB${version ? `; PyTorch ${version}` : ""}`,
      header: [
        ...["model", "memory", "arena", "intermediates", "measured", "ratio", "idle", "ms/step"],
        ...(peer ? ["PyTorch", "ratio", "ms/step"] : []),
      ],
      rows: results.map(({ model, limit, ours, torch }) => [
        model,
        limit,
        mib(ours.arena),
        mib(ours.intermediates),
        mib(ours.peak),
        (ours.peak / (ours.arena + ours.intermediates)).toFixed(2),
        mib(ours.idle),
        ours.milliseconds.toFixed(1),
        ...(torch
          ? [mib(torch.peak), (torch.peak / ours.peak).toFixed(2), torch.milliseconds.toFixed(1)]
          : []),
      ]),
      notes: [
        "measured: the most a process takes in steps, above itself with the initial values in place; a process each. ratio: of",
        "measured to planned (arena and intermediates), and of PyTorch's to ours. idle: after compiling, before the first step.",
      ],
      figures: { rounds, version, results },
    };
  },
};

await main(memoryCommand, import.meta.url);
