import { median } from "../statistics/quantiles.ts";
import { ScoreError } from "./error.ts";
import type { TimeTable } from "./times.ts";

/** One training run of one submission on one workload. */
export interface Trial {
  submission: string;
  workload: string;
  study: string;
  trial: string;
  /** Number of the evaluation (from 0) that first reached the target; Infinity if none did. */
  index: number;
  /** Accumulated submission time of that evaluation, s; Infinity if the target was missed. */
  time: number;
  /** Training step of that evaluation; Infinity if the target was missed, NaN if the data has no steps. */
  step: number;
  /** Hyperparameters, where the data has them. */
  hparams?: Record<string, unknown>;
  /** File and line, for messages. */
  where: string;
}

/**
 * Which trial stands for a study. AlgoPerf's reference takes the one that reached the target at the smallest
 * evaluation index ("index-min"), the rules' text the one with the smallest time ("time-min"). Trials are evaluated at
 * their own pace, so the two can differ. Of trials that tie by index the one with the smaller time stands, then the first
 * by name (trial_2 before trial_10). The reference takes the first in the order of its folders, which no file tells: in
 * version 0.6 the two orders give the baseline 0.4590 (as published, and with this rule) or 0.4716.
 */
export type TrialRule = "index-min" | "time-min";

/** What is measured to the target: accumulated submission time in seconds, or training steps. */
export type Clock = "time" | "step";

const byName = new Intl.Collator("en", { numeric: true }).compare;

/** The trial that stands for a study, or undefined if all missed. */
export function bestTrial(trials: Trial[], rule: TrialRule, clock: Clock): Trial | undefined {
  const key = (trial: Trial) => (rule === "index-min" ? trial.index : trial[clock]);
  return trials
    .filter((trial) => trial.index < Infinity)
    .sort((a, b) => key(a) - key(b) || a.time - b.time || byName(a.trial, b.trial))[0];
}

/**
 * t(submission, workload) = the median over studies of the chosen trial's time to target. A study without a hit counts
 * as infinite and stays in the median; a study without any trial does not count.
 */
export function timesToTarget(trials: Trial[], rule: TrialRule, clock: Clock): TimeTable {
  const groups = groupTrials(trials);
  const workloads = [...new Set(trials.map((trial) => trial.workload))].sort();
  const submissions = [...groups.keys()];
  const times = submissions.map((submission) =>
    workloads.map((workload) => {
      const studies = groups.get(submission)?.get(workload);
      if (!studies) return Number.NaN;
      return median([...studies.values()].map((study) => bestTrial(study, rule, clock)?.[clock] ?? Infinity));
    }),
  );
  return { submissions, workloads, times };
}

/** Trials by submission, then workload, then study. */
export type Groups = Map<string, Map<string, Map<string, Trial[]>>>;

/**
 * Groups trials, keeping their order.
 *
 * @throws ScoreError if a trial appears twice.
 */
export function groupTrials(trials: Trial[]): Groups {
  const groups: Groups = new Map();
  for (const trial of trials) {
    const workloads = upsert(groups, trial.submission, () => new Map<string, Map<string, Trial[]>>());
    const studies = upsert(workloads, trial.workload, () => new Map<string, Trial[]>());
    const study = upsert(studies, trial.study, () => []);
    const same = study.find((other) => other.trial === trial.trial);
    if (same) {
      throw new ScoreError(
        `${trial.where}: ${trial.submission}, ${trial.workload}, ${trial.study}, ${trial.trial} was already given at ` +
          `${same.where}; a trial may appear once`,
      );
    }
    study.push(trial);
  }
  return groups;
}

function upsert<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

/** One evaluation of a run. */
export interface Evaluation {
  /** Accumulated submission time, s. */
  time: number;
  step: number;
  /** Validation metric; NaN never reaches a target. */
  metric: number;
}

/** The first evaluation at or beyond the target (the target itself counts), or undefined. */
export function firstHit(
  evaluations: Evaluation[],
  target: { value: number; minimize: boolean },
): { index: number; time: number; step: number } | undefined {
  const index = evaluations.findIndex(({ metric }) =>
    target.minimize ? metric <= target.value : metric >= target.value,
  );
  const hit = evaluations[index];
  return hit && { index, time: hit.time, step: hit.step };
}
