import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { type Peer, pythonWith, startPeer } from "./peer.ts";
import { formatTable, summarize, type Timing } from "./statistics.ts";
import { type Workload, workloads } from "./workloads.ts";

/**
 * bench:train: milliseconds per training step (loss, gradients, update), ours and PyTorch's, taking turns in one run.
 * PyTorch gets the number of threads that is fastest for it, model by model.
 */

const usage = `Usage: npm run bench:train -- [options]

  --quick             three models, few rounds: ends within a minute
  --models A,B        of: ${workloads.map((w) => w.name).join(", ")}
  --optimizer NAME    adamw (default) or sgd (momentum 0.9)
  --executor NAME     native (default) or jax
  --rounds N          rounds of both sides in turn (default 5; quick 3)
  --json FILE         also write the figures as JSON
  --no-torch          ours alone
  --help`;

interface Result {
  readonly model: string;
  readonly ours: Timing;
  readonly torch?: Timing & { readonly threads: number; readonly version: string };
}

const options = {
  quick: { type: "boolean", default: false },
  models: { type: "string" },
  optimizer: { type: "string", default: "adamw" },
  executor: { type: "string", default: "native" },
  rounds: { type: "string" },
  json: { type: "string" },
  "no-torch": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

function fail(message: string): never {
  console.error(`bench:train: ${message}\n\n${usage}`);
  process.exit(2);
}

function parse() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return fail((error as Error).message);
  }
}

type Answer = { times: number[]; torch: string };

async function timeOurs(run: () => Promise<number>, steps: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return times;
}

/** The thread count with the smallest median, after a warm-up at each. */
async function bestThreads(peer: Peer, model: string, optimizer: string, steps: number): Promise<number> {
  let best = { threads: 1, median: Number.POSITIVE_INFINITY };
  for (let threads = 1; threads <= availableParallelism(); threads *= 2) {
    const { times } = await peer.ask<Answer>(`${model} ${optimizer} ${threads} ${steps}`);
    const { median } = summarize(times.slice(1));
    if (median < best.median) best = { threads, median };
  }
  return best.threads;
}

async function measure(
  workload: Workload,
  settings: { executor: "native" | "jax"; optimizer: string; rounds: number },
  peer?: Peer,
): Promise<Result> {
  const { executor, optimizer, rounds } = settings;
  const program = await workload.prepare(executor, optimizer);
  const [first = 0] = await timeOurs(program.run, 1);
  const [second = first] = await timeOurs(program.run, 1);
  // About a second a round, but enough steps for a median and not so many that the sides drift apart.
  const steps = Math.min(50, Math.max(4, Math.round(700 / second)));
  const threads = peer ? await bestThreads(peer, workload.name, optimizer, Math.max(4, steps >> 1)) : 1;
  const ours: number[] = [];
  const theirs: number[] = [];
  let version = "";
  for (let round = 0; round < rounds; round++) {
    // The first steps after the other side's turn refill caches and wake threads.
    ours.push(...(await timeOurs(program.run, steps + 2)).slice(2));
    if (peer) {
      const answer = await peer.ask<Answer>(`${workload.name} ${optimizer} ${threads} ${steps + 2}`);
      theirs.push(...answer.times.slice(2));
      version = answer.torch;
    }
  }
  await program.dispose();
  const result = { model: workload.description, ours: summarize(ours) };
  return peer ? { ...result, torch: { ...summarize(theirs), threads, version } } : result;
}

const values = parse();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const names =
  values.models?.split(",") ?? (values.quick ? ["mlp", "cnn-max", "gpt-d128"] : workloads.map((w) => w.name));
const chosen = names.map((name) => workloads.find((w) => w.name === name) ?? fail(`unknown model "${name}"`));
const rounds = Number(values.rounds ?? (values.quick ? 3 : 5));
if (!Number.isInteger(rounds) || rounds < 1)
  fail(`--rounds ${values.rounds}: expected a whole number from 1`);
if (values.optimizer !== "adamw" && values.optimizer !== "sgd")
  fail(`unknown optimizer "${values.optimizer}"`);
if (values.executor !== "native" && values.executor !== "jax") fail(`unknown executor "${values.executor}"`);
const { executor, optimizer } = values;

const python = values["no-torch"] ? undefined : pythonWith("torch");
if (python === undefined && !values["no-torch"]) {
  console.log("PyTorch was not found (Debian: apt-get install python3-torch); timing our side alone.\n");
}
const peer = python ? startPeer(python, "train.py") : undefined;
const format = (t: Timing) => `${t.median.toFixed(2)} (${t.q1.toFixed(2)}-${t.q3.toFixed(2)})`;
const results: Result[] = [];
for (const workload of chosen) {
  const result = await measure(workload, { executor, optimizer, rounds }, peer);
  results.push(result);
  if (process.stderr.isTTY) console.error(`${workload.name} done`);
}
await peer?.close();
const version = results[0]?.torch?.version;
console.log(
  `${optimizer}, ms per step: median (quartiles); ${executor} executor${version ? `; PyTorch ${version}, eager, CPU` : ""}\n`,
);
console.log(
  formatTable(
    ["model", "ours", ...(peer ? ["PyTorch", "threads", "ratio"] : [])],
    results.map(({ model, ours, torch }) => [
      model,
      format(ours),
      ...(torch ? [format(torch), String(torch.threads), `${(torch.median / ours.median).toFixed(2)}x`] : []),
    ]),
  ),
);
if (values.json)
  writeFileSync(values.json, `${JSON.stringify({ executor, optimizer, rounds, results }, null, 2)}\n`);
