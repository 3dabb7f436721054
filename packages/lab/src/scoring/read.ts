import { statSync } from "node:fs";
import { listed, parseCsv, readText } from "./csv.ts";
import { ScoreError } from "./error.ts";
import { findSubmissions, readLogFolder, workloadsIn } from "./inputs/log-folder.ts";
import { findTrialFiles, readTrialFiles } from "./inputs/study-folder.ts";
import { isTimeTable, readTimeTable } from "./inputs/time-table.ts";
import { isCurveTable, isTrialTable, readCurveTable, readTrialTable } from "./inputs/trial-table.ts";
import { openRules, type RuleSet, ruleSets, type Target } from "./rules.ts";
import type { TimeTable } from "./times.ts";
import type { Trial } from "./trials.ts";

/** What was found at a path, and the rules it is to be scored by. */
export interface ScoreInput {
  /** For people: "time-to-target table". */
  kind: string;
  /** Either times to target, or the trials they are computed from. */
  data: { times: TimeTable } | { trials: Trial[] };
  rules: RuleSet;
  /** What was passed over, one sentence each. */
  skipped: string[];
}

/**
 * Reads whatever can be scored, told by content, not by name: a time-to-target CSV, a trial CSV, a curve CSV (each plain
 * or gzipped), a folder of raw AlgoPerf logs, or a folder (or one file) of our own study results.
 *
 * @param rules how to score; by default what the workloads fit: see {@link detectRules}
 * @throws ScoreError when nothing there can be scored.
 */
export async function readScoreInput(path: string, rules?: RuleSet): Promise<ScoreInput> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw new ScoreError(`${path}: no such file or folder`);
  let input: ScoreInput;
  try {
    input = stat.isDirectory() ? await readFolder(path, rules) : await readFile(path, rules);
  } catch (cause) {
    if (cause instanceof ScoreError || !(cause instanceof Error && "syscall" in cause)) throw cause;
    throw new ScoreError(`${path}: cannot be read: ${cause.message}`, { cause });
  }
  const empty = "trials" in input.data ? !input.data.trials.length : !input.data.times.submissions.length;
  if (empty) {
    const why = input.skipped.length ? ` (${input.skipped[0]})` : "";
    throw new ScoreError(`${path}: the ${input.kind} holds no results${why}`);
  }
  const names = workloadsOf(input.data);
  if (!input.rules.base.some((workload) => names.includes(workload))) {
    throw new ScoreError(
      `${path}: none of its workloads (${listed(names)}) belongs to ${input.rules.name}; ` +
        `expected some of ${input.rules.base.join(", ")}`,
    );
  }
  return input;
}

/**
 * The rules that data fits: AlgoPerf v0.6 with finewebedu_lm, v0.5 with one of its held-out workloads, v0.6-2025 with
 * other AlgoPerf workloads; for anything else all workloads count alike.
 */
export function detectRules(workloads: string[], targets?: ReadonlyMap<string, Target>): RuleSet {
  const has = (names: string[]) => names.some((name) => workloads.includes(name));
  if (has(["finewebedu_lm"])) return ruleSets["v0.6"];
  if (has(ruleSets["v0.5"].heldOut.map(({ workload }) => workload))) return ruleSets["v0.5"];
  return has(ruleSets["v0.6-2025"].base) ? ruleSets["v0.6-2025"] : openRules(workloads, targets);
}

/** The workloads that data has results on, in order of appearance. */
export function workloadsOf(data: ScoreInput["data"]): string[] {
  return "times" in data ? data.times.workloads : [...new Set(data.trials.map(({ workload }) => workload))];
}

async function readFile(path: string, given: RuleSet | undefined): Promise<ScoreInput> {
  const text = readText(path);
  if (/^\s*\{\s*"type"/.test(text)) return readStudy([path], given);
  const csv = parseCsv(path, text);
  if (isTrialTable(csv.header)) {
    const trials = readTrialTable(csv);
    return {
      kind: "trial table",
      data: { trials },
      rules: given ?? detectRules(workloadsOf({ trials })),
      skipped: [],
    };
  }
  if (isCurveTable(csv.header)) {
    const at = csv.header.indexOf("workload");
    const rules =
      given ?? detectRules([...new Set(csv.rows.map(({ cells }) => (cells[at] as string).trim()))]);
    const trials = readCurveTable(csv, rules);
    return { kind: "table of learning curves", data: { trials }, rules, skipped: [] };
  }
  if (isTimeTable(csv.header)) {
    const times = readTimeTable(csv);
    return {
      kind: "time-to-target table",
      data: { times },
      rules: given ?? detectRules(times.workloads),
      skipped: [],
    };
  }
  throw new ScoreError(
    `${path}:1: cannot be scored: its header has ${listed(csv.header)}. Expected "submission" and then one column a ` +
      `workload (times to target), or submission, workload, study, trial, hit_index, hit_time_s (trials), or ` +
      `submission, workload, study, trial, eval_index, time_s, global_step, metric (learning curves)`,
  );
}

async function readFolder(path: string, given: RuleSet | undefined): Promise<ScoreInput> {
  if (findSubmissions(path).length > 0) {
    const known = given ?? detectRules(workloadsIn(path));
    const { trials, targets, skipped } = readLogFolder(path, known);
    const open = !given && known.targets.size === 0;
    const rules = open ? openRules(workloadsOf({ trials }), targets) : known;
    return { kind: "folder of AlgoPerf logs", data: { trials }, rules, skipped };
  }
  const files = findTrialFiles(path);
  if (files.length > 0) {
    const { loadFilesOf } = await import("../report/user-files.ts");
    // Those that fail to load leave a task without a target, which is told.
    await loadFilesOf(path);
    return readStudy(files, given);
  }
  throw new ScoreError(
    `${path}: holds nothing to score. Expected AlgoPerf logs (SUBMISSION/study_0/WORKLOAD_FRAMEWORK/trial_1/` +
      `eval_measurements.csv) or study results (.jsonl)`,
  );
}

async function readStudy(files: string[], given: RuleSet | undefined): Promise<ScoreInput> {
  const { tasks } = await import("../tasks/index.ts");
  const { trials, targets, skipped } = readTrialFiles(files, (name) => {
    const target = tasks.get(name)?.target;
    const own = target && {
      metric: target.metric,
      value: target.value,
      minimize: target.direction === "min",
      budget: undefined,
      base: undefined,
    };
    return given?.targets.get(name) ?? own;
  });
  const rules = given ?? openRules(workloadsOf({ trials }), targets);
  return { kind: "study", data: { trials }, rules, skipped };
}
