import { existsSync } from "node:fs";
import { findOptimizer } from "../optimizers/index.ts";
import { findTask, type TaskData } from "../tasks/index.ts";
import { loadSources } from "../user-files/load.ts";
import { checkpointPath, readCheckpoint, removeCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { modelPath, writeModel } from "./model-file.ts";
import { pathFile, writePath } from "./path.ts";
import { recordPath } from "./path-recorder.ts";
import { parseTrial, type RecordLine, type StartLine, type Trial } from "./record.ts";
import { specHash, type TrialSpec } from "./spec.ts";
import { openWriter, readStart, readTrial, trialPath } from "./store.ts";
import { openTrainer, type Trainer } from "./trainer.ts";
import { runTrial } from "./trial.ts";

export interface RunnerOptions {
  /** Results folder. */
  readonly out: string;
  readonly signal?: AbortSignal | undefined;
  /** Also write the trained parameters of every trial, as safetensors next to its records. Default false. */
  readonly keepModels?: boolean;
  /**
   * Also write the parameters along the way, at most 64 times, as safetensors next to the records. Not for trials that go on
   * from checkpoints. Default false.
   */
  readonly keepPaths?: boolean;
  /** Run every trial again, even if it is there already. Default false. */
  readonly fresh?: boolean;
  /** Save the state of a running trial this often, and go on from there when it was interrupted. Default: never. */
  readonly checkpointSeconds?: number;
}

export interface RunEvents {
  /** A program is about to be compiled: the first trial of a task and an optimizer. */
  readonly onCompile?: () => void;
  readonly onProgress?: (step: number) => void;
}

/** Runs trials into a results folder, and hands back those that are there already. */
export interface Runner {
  run(spec: TrialSpec, events?: RunEvents): Promise<{ trial: Trial; reused: boolean }>;
  dispose(): Promise<void>;
}

/** One runner trains one trial at a time and keeps the last compiled program for the next one. */
export function createRunner(options: RunnerOptions): Runner {
  const { out, signal, keepModels = false, keepPaths = false, fresh = false, checkpointSeconds } = options;
  if (keepPaths && checkpointSeconds !== undefined) {
    throw new RangeError(
      "createRunner: paths are kept of whole runs only; expected no checkpointSeconds with keepPaths",
    );
  }
  const data = new Map<string, Promise<TaskData>>();
  let open: { key: string; trainer: Trainer } | undefined;

  const trainerFor = async (spec: TrialSpec, onCompile?: () => void): Promise<Trainer> => {
    const { task, optimizer, steps, executor, threads } = spec;
    const key = JSON.stringify([task, optimizer, steps, executor, threads]);
    if (open?.key === key) return open.trainer;
    await open?.trainer.dispose();
    open = undefined;
    onCompile?.();
    const found = findTask(task);
    const entry = findOptimizer(optimizer);
    const transformation = entry.create({ steps, roles: found.model.roles });
    const rule = { ...transformation, ...(entry.evaluated && { evaluated: entry.evaluated }) };
    const trainer = await openTrainer(found, await dataOf(task), rule, executor, threads);
    open = { key, trainer };
    return trainer;
  };
  const dataOf = (task: string) => {
    const loaded = data.get(task) ?? findTask(task).load();
    data.set(task, loaded);
    return loaded;
  };

  return {
    async run(spec, { onCompile, onProgress } = {}) {
      const path = trialPath(out, spec);
      await loadSources(spec);
      const before = fresh ? undefined : readTrial(path);
      const kept = (!keepModels || existsSync(modelPath(path))) && (!keepPaths || existsSync(pathFile(path)));
      if (before?.end !== undefined && kept) {
        return { trial: before, reused: true };
      }
      signal?.throwIfAborted();
      const began = performance.now();
      const trainer = await trainerFor(spec, onCompile);
      const saved = checkpointPath(path);
      const found = checkpointSeconds === undefined || fresh ? undefined : await resumable(path, trainer);
      const writer = openWriter(path, found?.checkpoint.bytes);
      try {
        const start = found?.start ?? startLine(spec);
        const records: RecordLine[] = [...(found?.records ?? [])];
        const task = findTask(spec.task);
        if (found === undefined) {
          trainer.reset(spec.seed, spec.hyperparameters);
          writer.write(start);
        } else trainer.restore(found.checkpoint.carry);
        const recorder = keepPaths ? recordPath() : undefined;
        const { wall: wallBefore, setup: setupBefore } = found?.checkpoint ?? { wall: 0, setup: 0 };
        const setup = setupBefore + (performance.now() - began) / 1000;
        const wall = () => wallBefore + (performance.now() - began) / 1000;
        const { end, clock } = await runTrial(spec, task, await dataOf(spec.task), trainer, {
          onRecord(record) {
            writer.write(record);
            records.push(record);
          },
          ...(onProgress && { onProgress }),
          ...(signal && { signal }),
          ...(recorder && {
            onStep: async (step) => {
              if (recorder.wants(step)) recorder.record(step, await trainer.params());
            },
          }),
          from: found?.checkpoint.state,
          ...(checkpointSeconds !== undefined && {
            checkpointSeconds,
            onCheckpoint: async (state) => {
              const carry = await trainer.carry();
              writeCheckpoint(saved, { state, carry, bytes: writer.bytes(), setup, wall: wall() });
            },
          }),
        });
        if (keepModels) writeModel(modelPath(path), await trainer.model());
        if (recorder) {
          // A run that diverged ends between two records.
          recorder.record(end.step, await trainer.params());
          writePath(pathFile(path), recorder.path());
        }
        const { logging, checkpointing } = clock;
        const ended = { ...end, overhead: { logging, checkpointing, setup, wall: wall() } };
        writer.write(ended);
        if (checkpointSeconds !== undefined) removeCheckpoint(saved);
        return { trial: { start, records, end: ended }, reused: false };
      } finally {
        writer.close();
      }
    },
    async dispose() {
      await open?.trainer.dispose();
      open = undefined;
    },
  };
}

const startLine = (spec: TrialSpec): StartLine => ({
  type: "start",
  format: 1,
  trial: specHash(spec),
  spec,
  started: new Date().toISOString(),
});

/** An interrupted attempt up to its checkpoint; undefined when it has none that fits the trial's file. */
async function resumable(path: string, trainer: Trainer) {
  const checkpoint = readCheckpoint(checkpointPath(path), await trainer.carry());
  const kept = checkpoint && readStart(path, checkpoint.bytes);
  const trial = kept === undefined ? undefined : parseTrial(kept);
  return checkpoint && trial && { checkpoint, start: trial.start, records: trial.records };
}
