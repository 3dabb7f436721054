import { finalValue } from "../race/final-value.ts";
import { findTask } from "../tasks/index.ts";
import type { Trial } from "../train/record.ts";
import type { PlannedTrial } from "./folder.ts";

/** How far a study is. */
export interface StudyStatus {
  readonly trials: number;
  readonly finished: number;
  readonly diverged: number;
  readonly stopped: number;
  /** Begun and not ended; `resumable` of them go on from a checkpoint. */
  readonly interrupted: number;
  readonly resumable: number;
  readonly waiting: number;
  readonly groups: readonly GroupStatus[];
  readonly time: TimeShares;
}

export interface GroupStatus {
  readonly task: string;
  readonly optimizer: string;
  readonly trials: number;
  readonly ended: number;
  readonly metric: string;
  /** The trial that ended best. */
  readonly best: { readonly value: number; readonly trial: Trial } | undefined;
}

/** Seconds of all ended trials together, by purpose. */
export interface TimeShares {
  readonly training: number;
  readonly evaluation: number;
  readonly logging: number;
  readonly checkpointing: number;
  readonly setup: number;
  /** Measured on its own: what it has more than the sum of the others is unaccounted for. */
  readonly wall: number;
}

export function studyStatus(plan: readonly PlannedTrial[]): StudyStatus {
  const trials = plan.flatMap(({ trial }) => trial ?? []);
  const count = (status: string) => trials.filter(({ end }) => end?.status === status).length;
  const groups = new Map<string, PlannedTrial[]>();
  for (const planned of plan) {
    const key = JSON.stringify([planned.spec.task, planned.spec.optimizer]);
    groups.set(key, [...(groups.get(key) ?? []), planned]);
  }
  return {
    trials: plan.length,
    finished: count("finished"),
    diverged: count("diverged"),
    stopped: count("stopped"),
    interrupted: trials.filter(({ end }) => end === undefined).length,
    resumable: plan.filter(({ resumable }) => resumable).length,
    waiting: plan.length - trials.length,
    groups: [...groups.values()].map(groupStatus),
    time: timeShares(trials),
  };
}

function groupStatus(plan: readonly PlannedTrial[]): GroupStatus {
  const { task, optimizer } = (plan[0] as PlannedTrial).spec;
  const { metric, direction } = findTask(task).target;
  const sign = direction === "min" ? 1 : -1;
  const values = plan.flatMap(({ trial }) => {
    const value = trial && finalValue(trial, metric);
    return trial === undefined || value === undefined ? [] : [{ value, trial }];
  });
  const best = values.sort((a, b) => sign * (a.value - b.value))[0];
  const ended = plan.filter(({ trial }) => trial?.end !== undefined).length;
  return { task, optimizer, trials: plan.length, ended, metric, best };
}

export function timeShares(trials: readonly Trial[]): TimeShares {
  const total = { training: 0, evaluation: 0, logging: 0, checkpointing: 0, setup: 0, wall: 0 };
  for (const { end } of trials) {
    if (end?.overhead === undefined) continue;
    total.training += end.seconds;
    total.evaluation += end.evaluationSeconds;
    for (const name of ["logging", "checkpointing", "setup", "wall"] as const) {
      total[name] += end.overhead[name];
    }
  }
  return total;
}
