import { setImmediate } from "node:timers/promises";
import { shuffledBatches, trainingBatch } from "../tasks/batches.ts";
import type { Target, Task, TaskData } from "../tasks/index.ts";
import { type Clock, digest, type RunState } from "./checkpoint.ts";
import type { EndLine, RecordLine } from "./record.ts";
import type { EarlyStopping, TrialSpec } from "./spec.ts";
import type { Trainer } from "./trainer.ts";

export interface TrialOptions {
  /** Called with every record, off the training clock. */
  readonly onRecord: (record: RecordLine) => void;
  /** Called now and then with the number of steps done. */
  readonly onProgress?: (step: number) => void;
  /** Called before the first step and after every one, off the training clock. */
  readonly onStep?: (step: number) => Promise<void>;
  /** Aborting stops the run after the current step; `runTrial` then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Goes on from here. Default: from the beginning. */
  readonly from?: RunState | undefined;
  /** Called every `checkpointSeconds`, and before an abort. */
  readonly onCheckpoint?: (state: RunState) => Promise<void>;
  /** Default: never. */
  readonly checkpointSeconds?: number;
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
 * "diverged". The trainer must hold the initial carry, or that of `from`. The resulting `EndLine` lacks what only its caller can know: preparation and the wall clock.
 */
export async function runTrial(
  spec: TrialSpec,
  task: Task,
  data: TaskData,
  trainer: Trainer,
  options: TrialOptions,
): Promise<{ end: EndLine; clock: Clock }> {
  const { onRecord, onProgress, onStep, signal, from, onCheckpoint } = options;
  const checkpointEvery = 1000 * (options.checkpointSeconds ?? Number.POSITIVE_INFINITY);
  const state = structuredClone(from) ?? begin();
  const { clock } = state;
  const timed = async <T>(kind: keyof Clock, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    clock[kind] += (performance.now() - started) / 1000;
    return result;
  };
  const record = (step: number, trainLoss: number, validation: Record<string, number>) =>
    timed("logging", async () =>
      onRecord({ type: "record", step, seconds: step === 0 ? 0 : clock.training, trainLoss, validation }),
    );
  const end = async (status: EndLine["status"], step: number) => {
    const final = await timed("logging", async () => digest(await trainer.params()));
    const { training: seconds, evaluation: evaluationSeconds } = clock;
    return {
      end: { type: "end", status, step, seconds, evaluationSeconds, digest: final } as const,
      clock,
    };
  };

  const evaluateAfter = evaluationSteps(spec.steps, task.evaluations);
  const batches = shuffledBatches(data.train.size, task.batchSize, spec.seed, task.lastBatch);
  for (let step = 0; step < state.step; step++) batches.next();
  let initial: Record<string, number> = {};
  if (state.step === 0) {
    initial = await timed("evaluation", () => trainer.evaluate());
    if (!finite(initial)) return end("diverged", 0);
  }
  const stepped = (step: number) => onStep && timed("logging", () => onStep(step));
  await stepped(state.step);
  let breath = performance.now();
  let saved = performance.now();
  while (state.step < spec.steps) {
    const loss = await timed("training", () =>
      trainer.step(trainingBatch(task, data.train, batches.next().value)),
    );
    if (!Number.isFinite(loss)) return end("diverged", state.step);
    // The loss is that of the parameters before the update: the first one belongs to step 0.
    if (state.step === 0) await record(0, loss, initial);
    const step = ++state.step;
    state.losses.push(loss);
    await stepped(step);
    if (evaluateAfter.has(step)) {
      const validation = await timed("evaluation", () => trainer.evaluate());
      if (!finite(validation)) return end("diverged", step);
      await record(step, state.losses.reduce((a, b) => a + b, 0) / state.losses.length, validation);
      state.losses = [];
      watch(state, task.target, validation);
      if (hopeless(state, spec)) return end("stopped", step);
    }
    if (performance.now() - breath > patience) {
      await timed("logging", async () => {
        onProgress?.(step);
        await setImmediate();
      });
      breath = performance.now();
    }
    const aborted = signal?.aborted === true;
    if ((aborted || performance.now() - saved > checkpointEvery) && step < spec.steps) {
      await timed("checkpointing", async () => onCheckpoint?.(state));
      saved = performance.now();
    }
    signal?.throwIfAborted();
  }
  return end("finished", spec.steps);
}

const begin = (): RunState => ({
  step: 0,
  losses: [],
  best: null,
  stale: 0,
  clock: { training: 0, evaluation: 0, logging: 0, checkpointing: 0 },
});

const finite = (metrics: Record<string, number>): boolean => Object.values(metrics).every(Number.isFinite);

/** Counts evaluations since the best one. */
function watch(state: RunState, { metric, direction }: Target, validation: Record<string, number>): void {
  const value = validation[metric] as number;
  const better = state.best === null || (direction === "min" ? value < state.best : value > state.best);
  state.best = better ? value : state.best;
  state.stale = better ? 0 : state.stale + 1;
}

/** Whether the specification's early stopping applies; never at the last step, where there is nothing to save. */
function hopeless({ step, stale }: RunState, { earlyStopping, steps }: TrialSpec): boolean {
  if (earlyStopping === undefined || step >= steps) return false;
  const { after, patience }: EarlyStopping = earlyStopping;
  return step >= after * steps && stale >= patience;
}
