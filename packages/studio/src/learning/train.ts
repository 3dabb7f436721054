import { initRuntime } from "@steepest/compile";
import type { Trainer } from "@steepest/lab/browser";
import { loadNetwork } from "./networks.ts";
import type { Answer, Entrant, Experiment, Request } from "./protocol.ts";
import { openEntrant, openRunner, type Runner } from "./session.ts";

/** Compiled trainers by what they were compiled for. */
const open = new Map<string, Trainer>();
const mostOpen = 12;

async function trainerFor(
  entrant: Entrant,
  place: number,
  experiment: Experiment,
  base: string,
): Promise<Trainer> {
  const { network, steps, device } = experiment;
  // Two entrants of one optimizer need a trainer each, hence the place.
  const key = JSON.stringify([network, steps, device, entrant.name, place]);
  const found = open.get(key) ?? (await openEntrant(await loadNetwork(network, base), entrant, experiment));
  open.delete(key);
  open.set(key, found);
  const [oldest] = open.keys();
  if (open.size > mostOpen && oldest !== undefined) {
    await open.get(oldest)?.dispose();
    open.delete(oldest);
  }
  return found;
}

/** Milliseconds between two reports. */
const pause = 60;

/** How far to train; the page moves it. */
export interface Goal {
  until: number;
  stopped: boolean;
  /** Called when it has changed. */
  changed(): void;
}

/** Trains all entrants of an experiment in turn, a step each, and reports, until all are over or the goal says stop. */
export async function train(
  { run, base, experiment }: Extract<Request, { kind: "train" }>,
  send: (answer: Answer) => void,
  goal: Goal,
): Promise<void> {
  // jax-js chooses its device once; the page starts another worker for another one.
  await initRuntime(experiment.device);
  const loaded = await loadNetwork(experiment.network, base);
  const runners: Runner[] = [];
  for (const [place, entrant] of experiment.entrants.entries()) {
    if (goal.stopped) return;
    const trainer = await trainerFor(entrant, place, experiment, base);
    runners.push(await openRunner(loaded, trainer, entrant, experiment));
  }
  const report = () => send({ kind: "progress", run, progress: runners.map((r) => r.news()) });
  report();
  let last = performance.now();
  while (!goal.stopped) {
    const next = runners.filter((r) => !r.isOver && r.step < goal.until);
    if (next.length === 0) {
      report();
      if (runners.every((r) => r.isOver)) return;
      await new Promise<void>((resolve) => {
        goal.changed = resolve;
      });
      continue;
    }
    const step = Math.min(...next.map((r) => r.step));
    for (const runner of next) if (runner.step === step) await runner.advance();
    if (performance.now() - last > pause) {
      report();
      // Lets messages in.
      await new Promise((resolve) => setTimeout(resolve));
      last = performance.now();
    }
  }
}
