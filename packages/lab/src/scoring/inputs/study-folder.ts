import { readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readText } from "../csv.ts";
import { errorAt, explain } from "../error.ts";
import type { Target } from "../rules.ts";
import { firstHit, type Trial } from "../trials.ts";

/** The lines that scoring needs of a trial's file; other lines and fields are passed over. */
const startLine = z.object({
  type: z.literal("start"),
  trial: z.string().min(1),
  spec: z.object({
    task: z.string().min(1),
    optimizer: z.string().min(1),
    hyperparameters: z.record(z.string(), z.unknown()),
    seed: z.number(),
  }),
});
const recordLine = z.object({
  type: z.literal("record"),
  step: z.number().nonnegative(),
  seconds: z.number().nonnegative(),
  // JSON has no NaN: a loss that is not finite is written as null.
  validation: z.record(z.string(), z.number().nullable()),
});

/** Files of trials (`.jsonl`) in a folder and below it, in natural order. */
export function findTrialFiles(folder: string): string[] {
  const found = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".jsonl"))
    .map((entry) => join(entry.parentPath, entry.name));
  return found.sort(new Intl.Collator("en", { numeric: true }).compare);
}

/**
 * Our own study results, one JSON-lines file a trial, as AlgoPerf sees them: the optimizer is the submission, the task
 * the workload, the seed the study and each hyperparameter setting a trial of it. Of a file with several attempts the
 * last counts. Trials of tasks without a target are left out and reported.
 */
export function readTrialFiles(
  files: string[],
  targetOf: (task: string) => Target | undefined,
): { trials: Trial[]; targets: Map<string, Target>; skipped: string[] } {
  const trials: Trial[] = [];
  const targets = new Map<string, Target>();
  const skipped: string[] = [];
  for (const file of files) {
    const attempt = readAttempt(file);
    if (!attempt) {
      skipped.push(`${file}: holds no trial`);
      continue;
    }
    const { trial, spec } = attempt.start;
    const target = targets.get(spec.task) ?? targetOf(spec.task);
    if (!target) {
      skipped.push(`${file}: the task ${spec.task} has no target; give one with --rules FILE`);
      continue;
    }
    targets.set(spec.task, target);
    const curve = attempt.records.map(({ step, seconds, validation }) => {
      return { step, time: seconds, metric: validation[target.metric] ?? Number.NaN };
    });
    trials.push({
      submission: spec.optimizer,
      workload: spec.task,
      study: `seed_${spec.seed}`,
      trial,
      ...(firstHit(curve, target) ?? { index: Infinity, time: Infinity, step: Infinity }),
      hparams: spec.hyperparameters,
      where: file,
    });
  }
  return { trials, targets, skipped };
}

/** The last attempt in a file. A line that a crash cut short is passed over; one of another shape is an error. */
function readAttempt(file: string) {
  let attempt: { start: z.infer<typeof startLine>; records: z.infer<typeof recordLine>[] } | undefined;
  for (const [i, text] of readText(file).split("\n").entries()) {
    let line: unknown;
    try {
      line = JSON.parse(text);
    } catch {
      continue;
    }
    const type = (line as { type?: unknown } | null)?.type;
    const shape = type === "start" ? startLine : type === "record" ? recordLine : undefined;
    const parsed = shape?.safeParse(line);
    if (!parsed) continue;
    if (!parsed.success) throw errorAt({ file, line: i + 1 }, explain(parsed.error, "the line"));
    if (parsed.data.type === "start") attempt = { start: parsed.data, records: [] };
    else attempt?.records.push(parsed.data);
  }
  return attempt;
}
