import { fieldOf } from "./field.ts";
import type { Answer, Request, Run } from "./protocol.ts";
import { openSimulation, type Simulation, structureOf, type Trajectory } from "./simulate.ts";

/** Compiled simulations, least recently used first. */
const open = new Map<string, Promise<Simulation>>();
const mostOpen = 24;

function simulationFor(key: string, make: () => Promise<Simulation>): Promise<Simulation> {
  const simulation = open.get(key) ?? make();
  open.delete(key);
  open.set(key, simulation);
  const [oldest] = open.keys();
  if (open.size > mostOpen && oldest !== undefined) {
    open.get(oldest)?.then(
      (old) => old.dispose(),
      () => {},
    );
    open.delete(oldest);
  }
  return simulation;
}

const quantiles = [0.1, 0.5, 0.9];

/** Quantiles over the seeds at every step. Runs that left the numbers count as infinite. */
function summarize({ losses, seeds, steps, ...rest }: Trajectory): Run {
  const result = new Float32Array((steps + 1) * quantiles.length);
  for (let t = 0; t <= steps; t++) {
    const sorted = losses
      .slice(t * seeds, (t + 1) * seeds)
      .map((loss) => (Number.isNaN(loss) ? Number.POSITIVE_INFINITY : loss))
      .sort();
    quantiles.forEach((q, i) => {
      result[t * quantiles.length + i] = sorted[Math.round(q * (seeds - 1))] as number;
    });
  }
  return { ...rest, seeds, steps, losses: result };
}

const answer = (message: Answer, transfer: Transferable[] = []): void =>
  self.postMessage(message, { transfer });

async function serve(message: Request): Promise<void> {
  const { id } = message;
  if (message.kind === "field") {
    const values = await fieldOf(message.request);
    answer({ kind: "field", id, values }, [values.buffer as ArrayBuffer]);
    return;
  }
  const begin = performance.now();
  const { experiment, contestants } = message;
  for (const [index, contestant] of contestants.entries()) {
    const key = structureOf(experiment, contestant);
    const simulation = await simulationFor(key, () => openSimulation(experiment, contestant));
    const run = summarize(await simulation.run(experiment, contestant.hyperparameters));
    answer({ kind: "run", id, index, run }, [run.points.buffer as ArrayBuffer]);
  }
  answer({ kind: "done", id, milliseconds: performance.now() - begin });
}

// One request at a time, in order.
let last: Promise<void> = Promise.resolve();
self.addEventListener("message", ({ data }: MessageEvent<Request>) => {
  last = last
    .then(() => serve(data))
    .catch((error: unknown) => {
      answer({
        kind: "failed",
        id: data.id,
        message: error instanceof Error ? error.message : String(error),
      });
    });
});
