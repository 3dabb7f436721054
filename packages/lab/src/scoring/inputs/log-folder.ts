import { existsSync, readdirSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { z } from "zod";
import { type CsvTable, column, listed, parseCsv, parseNumber, readText } from "../csv.ts";
import { errorAt, explain, quote, ScoreError } from "../error.ts";
import type { RuleSet, Target } from "../rules.ts";
import { type Evaluation, firstHit, type Trial } from "../trials.ts";

/** Submissions may lie this many folders below the given one (LOGS/external_tuning/TEAM/SUBMISSION). */
const maxDepth = 4;

/** Trials read from raw AlgoPerf logs, and what was passed over, one sentence each. */
export interface LogFolder {
  trials: Trial[];
  /** Workloads in the logs that the rules have a target for, or that bring their own. */
  targets: Map<string, Target>;
  skipped: string[];
}

/**
 * Folders that hold the logs of one submission each: those with children named `study_0`, `study_1`, ...
 * Empty if the folder holds no AlgoPerf logs.
 */
export function findSubmissions(folder: string, depth = 0): string[] {
  const children = foldersIn(folder);
  if (children.some((name) => /^study_\d+$/.test(name))) return [folder];
  return depth === maxDepth ? [] : children.flatMap((name) => findSubmissions(join(folder, name), depth + 1));
}

/** Names of the workloads that logs below a folder are about. */
export function workloadsIn(root: string): string[] {
  const folders = findSubmissions(root).flatMap((folder) =>
    studiesIn(folder).flatMap((study) => foldersIn(join(folder, study))),
  );
  return [...new Set(folders.map(workloadName))];
}

const studiesIn = (folder: string) => foldersIn(folder).filter((name) => /^study_\d+$/.test(name));
const workloadName = (folder: string) => folder.replace(/_(jax|pytorch)$/, "");

/**
 * Reads `SUBMISSION/study_K/WORKLOAD_FRAMEWORK/trial_J/eval_measurements.csv` (or, without it, `measurements.csv`), each
 * plain or gzipped; `hparams.json` goes with the trial. The target is the rules', else the one in `meta_data_0.json`.
 */
export function readLogFolder(root: string, rules: RuleSet | undefined): LogFolder {
  const found: LogFolder = { trials: [], targets: new Map(), skipped: [] };
  const submissions = findSubmissions(root);
  const names = submissions.map((folder) => basename(folder));
  for (const [i, folder] of submissions.entries()) {
    const name = names[i] as string;
    // Two submissions of one name are told apart by their paths.
    const submission = names.indexOf(name) === names.lastIndexOf(name) ? name : relative(root, folder);
    for (const study of studiesIn(folder)) {
      for (const runs of foldersIn(join(folder, study))) {
        for (const trial of foldersIn(join(folder, study, runs)).filter((name) => /^trial_\d+$/.test(name))) {
          const id = { submission, workload: workloadName(runs), study, trial };
          readTrial(join(folder, study, runs, trial), id, rules, found);
        }
      }
    }
  }
  return found;
}

function readTrial(
  folder: string,
  id: Pick<Trial, "submission" | "workload" | "study" | "trial">,
  rules: RuleSet | undefined,
  found: LogFolder,
): void {
  const file = ["eval_measurements.csv", "measurements.csv"]
    .flatMap((name) => [join(folder, name), join(folder, `${name}.gz`)])
    .find((path) => existsSync(path));
  if (file === undefined) {
    found.skipped.push(`${folder}: has no eval_measurements.csv`);
    return;
  }
  const target = found.targets.get(id.workload) ?? rules?.targets.get(id.workload) ?? readTarget(folder);
  if (!target) {
    found.skipped.push(`${folder}: neither the rules nor meta_data_0.json give ${id.workload} a target`);
    return;
  }
  found.targets.set(id.workload, target);
  const hit = firstHit(readEvaluations(parseCsv(file, readText(file)), target.metric), target);
  if (hit && !(hit.time > 0 && hit.time < Infinity)) {
    throw new ScoreError(
      `${file}: the target is reached at score ${hit.time}; expected a positive number of seconds`,
    );
  }
  const hparams = hit && readJson(join(folder, "hparams.json"), z.record(z.string(), z.unknown()));
  found.trials.push({
    ...id,
    ...(hit ?? { index: Infinity, time: Infinity, step: Infinity }),
    ...(hparams && { hparams }),
    where: file,
  });
}

/** Evaluations in order; rows of `measurements.csv` without an evaluation are passed over. */
function readEvaluations(table: CsvTable, metric: string): Evaluation[] {
  const split = `validation/${metric}`;
  if (!table.header.includes(split)) {
    throw errorAt(
      { file: table.file, line: 1 },
      `no column "${split}"; the header has ${listed(table.header)}`,
    );
  }
  const readers = ["score", "global_step", split].map((name) => [name, column(table, name)] as const);
  const evaluations: Evaluation[] = [];
  for (const row of table.rows) {
    const [time, step, value] = readers.map(([name, read]) => {
      const number = parseNumber(read(row));
      if (number === undefined) {
        throw errorAt(
          { file: table.file, line: row.line, column: name },
          `${quote(read(row))} is not a number`,
        );
      }
      return number;
    }) as [number, number, number];
    if (!Number.isNaN(time)) evaluations.push({ time, step, metric: value });
  }
  return evaluations;
}

const metaData = z.object({
  "workload.target_metric_name": z.string(),
  "workload.validation_target_value": z.number(),
  "workload.max_allowed_runtime_sec": z.number().positive().optional(),
});

/** A run's own target, for workloads that the rules do not know. */
function readTarget(folder: string): Target | undefined {
  const meta = readJson(join(folder, "meta_data_0.json"), metaData);
  if (!meta) return undefined;
  const metric = meta["workload.target_metric_name"];
  return {
    metric,
    value: meta["workload.validation_target_value"],
    minimize: /loss|error|wer|ppl|perplexity/.test(metric),
    budget: meta["workload.max_allowed_runtime_sec"],
    base: undefined,
  };
}

/** A JSON file of the given shape, or undefined if there is none. */
function readJson<T>(file: string, shape: z.ZodType<T>): T | undefined {
  if (!existsSync(file)) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(readText(file));
  } catch (cause) {
    throw new ScoreError(`${file}: is not JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = shape.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new ScoreError(`${file}: ${explain(parsed.error, "the file")}`);
}

/** Names of the folders in a folder, in natural order (trial_2 before trial_10). */
function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort(new Intl.Collator("en", { numeric: true }).compare);
}
