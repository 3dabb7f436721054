import { availableParallelism } from "node:os";
import { codeVersion } from "../train/code.ts";
import type { Trial } from "../train/record.ts";
import type { TrialSpec } from "../train/spec.ts";
import { type PlannedTrial, plannedTrials, writeStudy } from "./folder.ts";
import { planTrials } from "./plan.ts";
import { type PoolEvent, runPool } from "./pool.ts";
import { claimStudy } from "./running.ts";
import type { Study } from "./study.ts";
import { loadStudyFiles } from "./user-files.ts";

export interface RunStudyOptions {
  /** Default: cores / threads, and not more than there are trials. */
  readonly workers?: number;
  /** MiB of resident memory of a worker. Default: no limit. */
  readonly memory?: number;
  /** Default 10: saving takes milliseconds, and nobody minds ten seconds of work. */
  readonly checkpointSeconds?: number;
  readonly signal: AbortSignal;
  /** Called once, before the first trial runs. */
  readonly onPlan: (plan: readonly PlannedTrial[], workers: number) => Promise<void>;
  readonly onEvent: (event: PoolEvent) => void;
}

/** What became of a study's trials. */
export interface StudyOutcome {
  readonly specs: readonly TrialSpec[];
  /** By place in the plan; absent for those that failed or were not reached. */
  readonly trials: ReadonlyMap<number, Trial>;
  readonly failures: ReadonlyMap<number, string>;
}

/** Runs what is missing of a study in its folder. Throws an Error when no trial can go on. */
export async function runStudy(
  folder: string,
  study: Study,
  options: RunStudyOptions,
): Promise<StudyOutcome> {
  const { memory, checkpointSeconds = 10, signal, onPlan, onEvent } = options;
  await loadStudyFiles(study);
  writeStudy(folder, study);
  const claim = await claimStudy(folder);
  try {
    const specs = planTrials(study, codeVersion());
    const plan = plannedTrials(folder, specs);
    const trials = new Map<number, Trial>();
    const missing = new Map<number, TrialSpec>();
    for (const [id, { trial, spec }] of plan.entries()) {
      if (trial?.end !== undefined) trials.set(id, trial);
      else missing.set(id, spec);
    }
    const failures = new Map<number, string>();
    const workers = Math.min(options.workers ?? defaultWorkers(study), Math.max(1, missing.size));
    await onPlan(plan, workers);
    await runPool(missing, {
      out: folder,
      checkpointSeconds,
      ...(memory !== undefined && { memory }),
      workers,
      signal,
      onEvent(event) {
        if (event.kind === "ended") trials.set(event.id, event.trial);
        if (event.kind === "failed") failures.set(event.id, event.message);
        onEvent(event);
      },
    });
    return { specs, trials, failures };
  } finally {
    claim.release();
  }
}

/** As many as there are cores for. */
export const defaultWorkers = ({ threads = 1 }: Study): number =>
  Math.max(1, Math.floor(availableParallelism() / threads));
