import type { TensorTree } from "@steepest/compile";
import { findOptimizer, openTrainer, shuffledBatches, type Trainer } from "@steepest/lab/browser";
import type { Loaded } from "./networks.ts";
import { outcomeOf } from "./outcome.ts";
import type { Entrant, Experiment, Measurement, Progress } from "./protocol.ts";
import { spectraOf } from "./spectra.ts";

/** Training of one optimizer, a step at a time. */
export interface Runner {
  /** Steps done; no more come when it has finished or diverged. */
  readonly step: number;
  readonly isOver: boolean;
  advance(): Promise<void>;
  /** What is new since the last call. */
  news(): Progress;
  dispose(): Promise<void>;
}

/** Measurements spread over a run. */
const measurements = 50;

/** Opens a trainer of the lab for an entrant: the same rules and schedule as in `steepest race`. */
export async function openEntrant(
  { task, data }: Loaded,
  entrant: Entrant,
  experiment: Experiment,
): Promise<Trainer> {
  const { steps, device } = experiment;
  const rule = findOptimizer(entrant.name).create({ steps, roles: task.model.roles });
  const { evaluated } = findOptimizer(entrant.name);
  const executor = device === "webgpu" ? "jax" : "wasm";
  return openTrainer(task, data, { ...rule, ...(evaluated && { evaluated }) }, executor);
}

export async function openRunner(
  loaded: Loaded,
  trainer: Trainer,
  entrant: Entrant,
  experiment: Experiment,
): Promise<Runner> {
  const { task, data } = loaded;
  const { seed, steps } = experiment;
  const every = Math.max(1, Math.round(steps / measurements));
  trainer.reset(seed, entrant.hyperparameters);
  const batches = shuffledBatches(data.train.size, task.batchSize, seed);
  let step = 0;
  let seconds = 0;
  let status: Progress["status"] = "training";
  let losses: number[] = [];
  let measured: Measurement[] = [];
  let outcome: Progress["outcome"];

  const measure = async (params: TensorTree, before?: TensorTree): Promise<void> => {
    const validation = await trainer.evaluate();
    if (!Object.values(validation).every(Number.isFinite)) status = "diverged";
    if (status === "diverged") return;
    measured.push({
      step,
      seconds,
      validation,
      weights: spectraOf(params),
      ...(before && { updates: spectraOf(params, before) }),
    });
  };
  await measure(await trainer.params());

  return {
    get step() {
      return step;
    },
    get isOver() {
      return status !== "training";
    },
    async advance() {
      const measures = (step + 1) % every === 0 || step + 1 === steps;
      const before = measures ? await trainer.params() : undefined;
      const batch = data.train.batch(batches.next().value);
      const began = performance.now();
      const loss = await trainer.step(batch);
      seconds += (performance.now() - began) / 1000;
      losses.push(loss);
      step++;
      if (!Number.isFinite(loss)) {
        status = "diverged";
        return;
      }
      const params = measures || step === steps ? await trainer.params() : undefined;
      if (params) await measure(params, before);
      if (step === steps && status === "training") {
        status = "finished";
        outcome = await outcomeOf(loaded, params as TensorTree, seed);
      }
    },
    news() {
      const progress: Progress = {
        step,
        losses,
        measurements: measured,
        status,
        ...(outcome && { outcome }),
      };
      losses = [];
      measured = [];
      outcome = undefined;
      return progress;
    },
    dispose: () => trainer.dispose(),
  };
}
