import { missingTimes, missingTrials } from "./missing.ts";
import type { ScoreInput } from "./read.ts";
import type { RuleSet } from "./rules.ts";
import { type Scoreboard, scoreTable } from "./score.ts";
import { type Speedup, speedups } from "./speedup.ts";
import type { TimeTable } from "./times.ts";
import { bestTrial, type Clock, groupTrials, type Trial, type TrialRule, timesToTarget } from "./trials.ts";

export interface ScoreOptions {
  rule: TrialRule;
  tauMax: number;
  /** Which budgets and how many trials a study; by default self-tuning if every study has one trial. */
  tuning: "external" | "self" | undefined;
  /** Submission to relate times to. */
  baseline: string | undefined;
}

/** Everything `steepest score` reports. */
export interface ScoreResult {
  rules: RuleSet;
  selfTuning: boolean;
  /** By wall-clock and, where the data has steps, by steps. */
  clocks: ClockResult[];
  /** What the rules ask for and the data lacks. */
  missing: string[];
}

export interface ClockResult {
  clock: Clock;
  times: TimeTable;
  board: Scoreboard;
  /** By wall-clock only, and only against a baseline; the order of `times.submissions`. */
  speedups?: Speedup[];
}

/** Scores what was read. Throws a RangeError if the baseline is not among the submissions. */
export function scoreInput({ data, rules }: ScoreInput, options: ScoreOptions): ScoreResult {
  const selfTuning = options.tuning
    ? options.tuning === "self"
    : "trials" in data && oneTrialEach(data.trials);
  const tables: { clock: Clock; times: TimeTable }[] =
    "times" in data
      ? [{ clock: "time", times: data.times }]
      : clocksOf(data.trials).map((clock) => ({
          clock,
          times: timesToTarget(data.trials, options.rule, clock),
        }));
  return {
    rules,
    selfTuning,
    clocks: tables.map(({ clock, times }) => ({
      clock,
      times,
      board: scoreTable(times, rules, { tauMax: options.tauMax }),
      ...(clock === "time" &&
        options.baseline !== undefined && {
          speedups: speedups(times, rules, options.baseline, { selfTuning }),
        }),
    })),
    missing:
      "times" in data ? missingTimes(data.times, rules) : missingTrials(data.trials, rules, selfTuning),
  };
}

/** Hyperparameters of the trials that stand for their study, where the data has any. */
export function chosenTrials(trials: Trial[], rule: TrialRule, clock: Clock): Trial[] {
  const studies = [...groupTrials(trials).values()].flatMap((workloads) => [...workloads.values()]);
  return studies.flatMap((study) =>
    [...study.values()].flatMap((runs) => bestTrial(runs, rule, clock) ?? []),
  );
}

function clocksOf(trials: Trial[]): Clock[] {
  return trials.every((trial) => trial.step > 0) ? ["time", "step"] : ["time"];
}

function oneTrialEach(trials: Trial[]): boolean {
  const workloads = [...groupTrials(trials).values()].flatMap((byWorkload) => [...byWorkload.values()]);
  return workloads.every((studies) => [...studies.values()].every((runs) => runs.length === 1));
}
