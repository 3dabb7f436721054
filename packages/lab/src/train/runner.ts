import { existsSync } from "node:fs";
import { findOptimizer } from "../optimizers/index.ts";
import { findTask, type TaskData } from "../tasks/index.ts";
import { modelPath, writeModel } from "./model-file.ts";
import type { RecordLine, StartLine, Trial } from "./record.ts";
import { specHash, type TrialSpec } from "./spec.ts";
import { openWriter, readTrial, trialPath } from "./store.ts";
import { openTrainer, type Trainer } from "./trainer.ts";
import { runTrial } from "./trial.ts";

export interface RunnerOptions {
  /** Results folder. */
  readonly out: string;
  readonly signal?: AbortSignal | undefined;
  /** Also write the trained parameters of every trial, as safetensors next to its records. Default false. */
  readonly keepModels?: boolean;
  /** Run every trial again, even if it is there already. Default false. */
  readonly fresh?: boolean;
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
export function createRunner({ out, signal, keepModels = false, fresh = false }: RunnerOptions): Runner {
  const data = new Map<string, Promise<TaskData>>();
  let open: { key: string; trainer: Trainer } | undefined;

  const trainerFor = async (spec: TrialSpec, onCompile?: () => void): Promise<Trainer> => {
    const { task, optimizer, steps, executor } = spec;
    const key = JSON.stringify([task, optimizer, steps, executor]);
    if (open?.key === key) return open.trainer;
    await open?.trainer.dispose();
    open = undefined;
    onCompile?.();
    const found = findTask(task);
    const transformation = findOptimizer(optimizer).create({ steps, roles: found.model.roles });
    const trainer = await openTrainer(found, await dataOf(task), transformation, executor);
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
      const before = fresh ? undefined : readTrial(path);
      if (before?.end !== undefined && (!keepModels || existsSync(modelPath(path)))) {
        return { trial: before, reused: true };
      }
      signal?.throwIfAborted();
      const trainer = await trainerFor(spec, onCompile);
      const writer = openWriter(path);
      try {
        const start: StartLine = {
          type: "start",
          format: 1,
          trial: specHash(spec),
          spec,
          started: new Date().toISOString(),
        };
        writer.write(start);
        const records: RecordLine[] = [];
        const end = await runTrial(spec, findTask(spec.task), await dataOf(spec.task), trainer, {
          onRecord(record) {
            writer.write(record);
            records.push(record);
          },
          ...(onProgress && { onProgress }),
          ...(signal && { signal }),
        });
        if (keepModels) writeModel(modelPath(path), await trainer.params());
        writer.write(end);
        return { trial: { start, records, end }, reused: false };
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
