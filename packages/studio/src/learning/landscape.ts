import { initRuntime } from "@steepest/compile";
import {
  computeLandscape,
  findOptimizer,
  layoutOf,
  type Network,
  openLoss,
  recordPath,
  shuffledBatches,
  spreadExamples,
  type TrainingPath,
} from "@steepest/lab/browser";
import { type Loaded, loadNetwork } from "./networks.ts";
import type { Answer, Entrant, LandscapeQuestion, Request } from "./protocol.ts";
import { openEntrant } from "./session.ts";

/** Examples that are evaluated at once. */
const largestBatch = 128;

type Ask = Extract<Request, { kind: "landscape" }>;

/** Trains what a landscape lies around, then computes it row by row. The same code as `steepest landscape`. */
export async function landscape(
  { run, base, question }: Ask,
  send: (answer: Answer) => void,
  signal: AbortSignal,
) {
  await initRuntime();
  const loaded = await loadNetwork(question.network, base);
  const { task, data } = loaded;
  const { entrant, other, seed, method, line, grid, range, dropout, examples } = question;
  const layout = layoutOf(task.model.init(0));
  const wanted: [Entrant, number][] =
    method === "between"
      ? [
          [entrant, seed],
          [other ?? entrant, seed + 1],
          ...(line ? [] : [[entrant, seed + 2] as [Entrant, number]]),
        ]
      : [[entrant, seed]];
  const networks: Network[] = [];
  let path: TrainingPath | undefined;
  for (const [i, [rule, own]] of wanted.entries()) {
    const trained = await trainPath(loaded, rule, own, question, signal, (step) =>
      send({
        kind: "training",
        run,
        step: i * question.steps + step,
        steps: wanted.length * question.steps,
      }),
    );
    path ??= trained;
    const label = `${findOptimizer(rule.name).name}, seed ${own}`;
    networks.push({ label, vector: trained.networks.at(-1) as Float32Array });
  }
  const batches = spreadExamples(data.train, largestBatch, examples);
  const loss = await openLoss({
    task,
    layout,
    batches,
    dropout: dropout ? seed : undefined,
    executor: "wasm",
    name: "landscape",
  });
  let last = 0;
  const result = await computeLandscape(
    {
      title: question.network,
      task: question.network,
      view: { method, line, grid, range, seed },
      layout,
      networks,
      path,
      examples: batches.reduce((n, batch) => n + (batch.x.shape[0] as number), 0),
      dropout,
      source: { optimizer: entrant.name, steps: String(question.steps), trainingSeed: String(seed) },
    },
    loss,
    {
      signal,
      async onRow(so) {
        if (performance.now() - last < 80) return;
        last = performance.now();
        send({ kind: "landscape", run, landscape: so, done: false });
        await new Promise((resolve) => setTimeout(resolve));
      },
    },
  );
  await loss.dispose();
  send({ kind: "landscape", run, landscape: result, done: true });
}

/** Trains a network and keeps its path. */
async function trainPath(
  loaded: Loaded,
  entrant: Entrant,
  seed: number,
  { network, steps }: LandscapeQuestion,
  signal: AbortSignal,
  onStep: (step: number) => void,
): Promise<TrainingPath> {
  const { task, data } = loaded;
  const experiment = { network, entrants: [entrant], seed, steps, device: "wasm" } as const;
  const trainer = await openEntrant(loaded, entrant, experiment);
  trainer.reset(seed, entrant.hyperparameters);
  const batches = shuffledBatches(data.train.size, task.batchSize, seed);
  const recorder = recordPath();
  let last = performance.now();
  for (let step = 0; step <= steps; step++) {
    if (recorder.wants(step) || step === steps) recorder.record(step, await trainer.params());
    if (step === steps) break;
    const loss = await trainer.step(data.train.batch(batches.next().value));
    if (!Number.isFinite(loss))
      throw new Error(`${entrant.name} diverged at step ${step + 1}: it has no landscape`);
    if (performance.now() - last > 80) {
      onStep(step);
      await new Promise((resolve) => setTimeout(resolve));
      signal.throwIfAborted();
      last = performance.now();
    }
  }
  await trainer.dispose();
  return recorder.path();
}
