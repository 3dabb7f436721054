import type { Questions, Run } from "./protocol.ts";
import { openSimulation, type Simulation, structureOf, type Trajectory } from "./simulate.ts";

/** Compiled simulations, least recently used first. */
const open = new Map<string, Promise<Simulation>>();
/** Twice the optimizers of a crowded picture: with all runs, and with the few while the start is dragged. */
const mostOpen = 48;

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

/** Runs every contestant; programs are kept for the next time. */
export async function simulateAll({
  experiment,
  contestants,
}: Questions["simulate"]["question"]): Promise<Questions["simulate"]["answer"]> {
  const begin = performance.now();
  const runs: Run[] = [];
  for (const contestant of contestants) {
    const key = structureOf(experiment, contestant);
    const simulation = await simulationFor(key, () => openSimulation(experiment, contestant));
    runs.push(summarize(await simulation.run(experiment, contestant.hyperparameters)));
  }
  return { runs, milliseconds: performance.now() - begin };
}
