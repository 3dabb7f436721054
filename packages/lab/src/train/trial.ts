import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { tree } from "@jax-js/jax";
import type { Tensor, TensorTree } from "@steepest/compile";
import { shuffledBatches } from "../tasks/batches.ts";
import type { Task, TaskData } from "../tasks/index.ts";
import type { EndLine, RecordLine } from "./record.ts";
import type { TrialSpec } from "./spec.ts";
import type { Trainer } from "./trainer.ts";

export interface TrialOptions {
  /** Called with every record, off the training clock. */
  readonly onRecord: (record: RecordLine) => void;
  /** Called now and then with the number of steps done. */
  readonly onProgress?: (step: number) => void;
  /** Aborting stops the run after the current step; `runTrial` then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Milliseconds after which a run lets the event loop serve signals and the terminal. */
const patience = 50;

/** Steps after which a run of `steps` evaluates: 0, then `evaluations` times evenly, the last at the end. */
export function evaluationSteps(steps: number, evaluations: number): Set<number> {
  const count = Math.min(steps, evaluations);
  return new Set(Array.from({ length: count + 1 }, (_, i) => Math.round((i * steps) / count)));
}

/**
 * One training run: a pure function of its specification, except for the seconds. A loss that is not finite ends it as
 * "diverged".
 */
export async function runTrial(
  spec: TrialSpec,
  task: Task,
  data: TaskData,
  trainer: Trainer,
  { onRecord, onProgress, signal }: TrialOptions,
): Promise<EndLine> {
  trainer.reset(task.model.init(spec.seed), spec.hyperparameters);
  const evaluateAfter = evaluationSteps(spec.steps, task.evaluations);
  const batches = shuffledBatches(data.train.size, task.batchSize, spec.seed);
  const clock = { training: 0, evaluation: 0 };
  const timed = async <T>(kind: keyof typeof clock, work: () => Promise<T>): Promise<T> => {
    const from = performance.now();
    const result = await work();
    clock[kind] += (performance.now() - from) / 1000;
    return result;
  };
  const record = (step: number, trainLoss: number, validation: Record<string, number>) =>
    timed("evaluation", async () =>
      onRecord({ type: "record", step, seconds: step === 0 ? 0 : clock.training, trainLoss, validation }),
    );
  const end = async (status: EndLine["status"], step: number): Promise<EndLine> => ({
    type: "end",
    status,
    step,
    seconds: clock.training,
    evaluationSeconds: clock.evaluation,
    digest: digest(await trainer.params()),
  });

  const initial = await timed("evaluation", () => trainer.evaluate());
  if (!finite(initial)) return end("diverged", 0);
  let losses: number[] = [];
  let breath = performance.now();
  for (let step = 1; step <= spec.steps; step++) {
    const loss = await timed("training", () => trainer.step(data.train.batch(batches.next().value)));
    if (!Number.isFinite(loss)) return end("diverged", step - 1);
    // The loss is that of the parameters before the update: the first one belongs to step 0.
    if (step === 1) await record(0, loss, initial);
    losses.push(loss);
    if (evaluateAfter.has(step)) {
      const validation = await timed("evaluation", () => trainer.evaluate());
      if (!finite(validation)) return end("diverged", step);
      await record(step, losses.reduce((a, b) => a + b, 0) / losses.length, validation);
      losses = [];
    }
    if (performance.now() - breath > patience) {
      onProgress?.(step);
      await setImmediate();
      breath = performance.now();
    }
    signal?.throwIfAborted();
  }
  return end("finished", spec.steps);
}

const finite = (metrics: Record<string, number>): boolean => Object.values(metrics).every(Number.isFinite);

function digest(params: TensorTree): string {
  const hash = createHash("sha256");
  for (const leaf of tree.leaves<Tensor>(params)) hash.update(leaf.data as Uint8Array);
  return hash.digest("hex").slice(0, 16);
}
