import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isRace, readRace } from "../race/folder.ts";
import { plannedTrials, readStudy } from "../study/folder.ts";
import { planTrials } from "../study/plan.ts";
import { codeVersion } from "../train/code.ts";
import type { Trial } from "../train/record.ts";
import type { TrialSpec } from "../train/spec.ts";
import { readTrial, trialPath } from "../train/store.ts";
import { ReportError, type ReportOptimizer } from "./data.ts";

/** What a study's or a race's folder holds, in one shape for both. */
export interface Results {
  readonly kind: "race" | "study";
  readonly title: string;
  readonly command: string;
  readonly protocol: string;
  readonly trials: readonly ResultTrial[];
  /** What was searched, by optimizer. */
  readonly search: ReadonlyMap<string, ReportOptimizer["search"]>;
}

export interface ResultTrial {
  readonly spec: TrialSpec;
  readonly use: "tuning" | "result";
  /** Undefined when it has not begun. */
  readonly trial: Trial | undefined;
}

/** Reads the results folder of a study or a race. Throws an Error when it is neither, or holds no trial yet. */
export function readResults(folder: string): Results {
  const study = existsSync(join(folder, "study.json"));
  if (!study && !isRace(folder)) {
    const why = existsSync(folder) ? "holds no study.json and no race.json" : "no such folder";
    throw new ReportError(
      `${folder}: ${why}; expected a folder that \`steepest study run\` or \`steepest race\` wrote`,
    );
  }
  const results = study ? studyResults(folder) : raceResults(folder);
  if (results.trials.every(({ trial }) => trial === undefined)) {
    throw new ReportError(`${folder}: no trial has begun; \`steepest study resume ${folder}\` runs it`);
  }
  return results;
}

function raceResults(folder: string): Results {
  const { command, tune, entries } = readRace(folder);
  const trials = entries.flatMap((entry) => [
    ...entry.tuning.map((spec) => ({ spec, use: "tuning" as const })),
    ...entry.trials.map((spec) => ({ spec, use: "result" as const })),
  ]);
  const seeds = new Set(entries.flatMap((entry) => entry.trials.map(({ seed }) => seed))).size;
  const optimizers = [...new Set(trials.map(({ spec }) => spec.optimizer))];
  const tuning =
    tune > 1
      ? `Each optimizer had the same tuning budget: ${tune} learning rates a factor of 3 apart around its default, judged ` +
        "on validation with seed 0."
      : "Each optimizer ran at its default learning rate.";
  return {
    kind: "race",
    title: `${optimizers.join(", ")}: a race`,
    command,
    protocol: `${tuning} Then it ran with ${seeds} other seed${seeds === 1 ? "" : "s"}, which alone count.`,
    trials: trials.map(({ spec, use }) => ({ spec, use, trial: readTrial(trialPath(folder, spec)) })),
    search: new Map(
      tune > 1 ? optimizers.map((name) => [name, { method: "learning rates", space: tune }]) : [],
    ),
  };
}

function studyResults(folder: string): Results {
  const study = readStudy(folder);
  // A trial of this code counts before one of other code, and an ended one before one that has not.
  const versions = codesIn(folder, codeVersion());
  const plans = versions.map((code) => plannedTrials(folder, planTrials(study, code)));
  const [first = []] = plans;
  const trials = first.map((planned, i): ResultTrial => {
    const found = plans.map((plan) => plan[i] as typeof planned);
    const best = found.find(({ trial }) => trial?.end) ?? found.find(({ trial }) => trial) ?? planned;
    return { spec: best.spec, use: "result", trial: best.trial };
  });
  const most = Math.max(...study.optimizers.map(({ settings }) => settings.length));
  const counts = study.optimizers.map(({ name, settings }) => `${name} ${settings.length}`).join(", ");
  const equal = study.optimizers.every(({ settings }) => settings.length === most);
  const settings =
    most === 1
      ? "Each optimizer ran at one setting."
      : `Settings tried: ${equal ? `${most} for every optimizer` : counts}. As in AlgoPerf, the setting that reaches the ` +
        "target first stands for an optimizer in each seed; curves show the one whose median over seeds is best.";
  const stopping = study.earlyStopping;
  const early = stopping
    ? ` Trials stopped early after ${stopping.patience} evaluations without improvement, once ${Math.round(100 * stopping.after)} % ` +
      "of the budget was spent."
    : "";
  return {
    kind: "study",
    title: study.name,
    command: `steepest study resume ${folder}`,
    protocol: `${settings} Every one ran with ${study.seeds.length} seed${study.seeds.length === 1 ? "" : "s"}.${early}`,
    trials,
    search: new Map(study.optimizers.map(({ name, search }) => [name, search ?? null])),
  };
}

/** Versions of the code that ran the trials of a folder, this one first. */
function codesIn(folder: string, own: string): string[] {
  const root = join(folder, "trials");
  const files = existsSync(root) ? readdirSync(root, { withFileTypes: true, recursive: true }) : [];
  const starts = files
    .filter((file) => file.isFile() && file.name.endsWith(".jsonl"))
    .map((file) => readTrial(join(file.parentPath, file.name))?.start)
    .filter((start) => typeof start?.spec?.code === "string")
    .sort((a, b) => String(b?.started).localeCompare(String(a?.started)));
  return [...new Set([own, ...starts.map((start) => start?.spec.code as string)])];
}
