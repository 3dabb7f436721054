import * as z from "zod/mini";

/**
 * A report's data: everything that a study or a race found, in plain JSON, for readers anywhere (no Node, no models). The
 * HTML report embeds it, `steepest report --json` writes it, the studio opens either.
 *
 * JSON has no infinity: `null` stands for a time to target of a run that missed it, for a metric that is not finite, and
 * for what a run that did not end never measured. Version 1 may gain fields; what is here keeps its meaning.
 */

/** Where a report's data stands in its HTML: `<script type="application/json" id="steepest-report">`. */
export const reportElement = "steepest-report";

const number = z.number();
/** A number, or null for infinite, not a number, or never measured. */
const maybe = z.nullable(z.number());
const count = z.int().check(z.nonnegative());
const numbers = z.record(z.string(), z.number());

const target = z.object({ metric: z.string(), value: number, direction: z.enum(["min", "max"]) });

const task = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  dataset: z.string(),
  /** Examples in a training batch: samples = steps x batchSize. */
  batchSize: count,
  /** Budget of every trial, in training steps. */
  steps: count,
  /** Null for a task that this version does not know. */
  target: z.nullable(target),
});

const hyperparameter = z.object({
  name: z.string(),
  default: maybe,
  min: maybe,
  max: maybe,
  /** "decay": in the logarithm of 1 - value. */
  scale: z.enum(["log", "linear", "decay"]),
});

const optimizer = z.object({
  name: z.string(),
  description: z.string(),
  hyperparameters: z.array(hyperparameter),
  /** What was searched, as the study file says it: ranges by name, or a list of settings; null when nothing was. */
  search: z.nullable(z.object({ method: z.string(), space: z.unknown() })),
});

const curve = z.object({
  /** Training steps done at each evaluation. */
  step: z.array(count),
  /** Seconds on the training clock. */
  seconds: z.array(number),
  /** Mean minibatch loss since the evaluation before. */
  trainLoss: z.array(maybe),
  /** Validation metrics by name. */
  validation: z.record(z.string(), z.array(maybe)),
});

/** Seconds by purpose; `wall` is measured on its own, the others should add up to it. */
const seconds = z.object({
  training: number,
  evaluation: number,
  logging: number,
  checkpointing: number,
  setup: number,
  wall: maybe,
});

const trial = z.object({
  /** The trial's hash: its identity. */
  id: z.string(),
  task: z.string(),
  optimizer: z.string(),
  /** Place of its hyperparameters among the settings of its task and optimizer. */
  setting: count,
  seed: z.int(),
  /** "tuning": it only helped to choose a setting. "result": it counts. */
  use: z.enum(["tuning", "result"]),
  /** The full specification, from which the trial can be run again. */
  spec: z.record(z.string(), z.unknown()),
  hyperparameters: numbers,
  /** "interrupted": it has not ended. "waiting": it has not begun. */
  status: z.enum(["finished", "diverged", "stopped", "interrupted", "waiting"]),
  started: z.nullable(z.string()),
  /** Steps done when it ended. */
  steps: count,
  seconds,
  /** The first evaluation that met the target: its number from 0, steps and seconds. Null: the run missed it. */
  hit: z.nullable(z.object({ evaluation: count, step: count, seconds: number })),
  /** The target's metric after the last step; null when the run diverged, was stopped or has not ended. */
  final: maybe,
  /** SHA-256 (16 digits) of the final parameters. */
  digest: z.nullable(z.string()),
  curve,
});

/** One optimizer on one task. */
const entry = z.object({
  task: z.string(),
  optimizer: z.string(),
  settings: z.array(numbers),
  /** The setting that stands for the optimizer, by its place; null when every one diverged. */
  chosen: z.nullable(count),
  /** How it was chosen, in words. */
  why: z.string(),
});

/** What is compared: training steps, or seconds of the training clock. */
const clock = z.enum(["step", "time"]);

const submission = z.object({
  optimizer: z.string(),
  /** AlgoPerf's score (100-point trapezoid) and the exact integral. */
  score: number,
  exact: number,
  /** By task: time to target (steps or seconds, median over seeds), and relative to the fastest; null for a miss. */
  times: z.record(z.string(), maybe),
  ratios: z.record(z.string(), maybe),
  /** rho at each tau. */
  profile: z.array(number),
});

const score = z.object({ clock, tau: z.array(number), submissions: z.array(submission) });

/** Two optimizers on the same tasks and seeds. */
const comparison = z.object({
  /** Null: over all tasks. */
  task: z.nullable(z.string()),
  /** Steps or seconds to target, or the target's metric after the last step. */
  measure: z.enum(["step", "time", "final"]),
  a: z.string(),
  b: z.string(),
  pairs: count,
  /**
   * Median over the pairs, with its bootstrap interval; null is infinite. Of a / b for steps and time: below 1 where a is
   * faster. Of a - b for the final metric.
   */
  value: maybe,
  low: maybe,
  high: maybe,
  confidence: number,
  /** Two-sided p-values of the sign test and of the signed-rank permutation test. */
  signTest: number,
  signedRankTest: number,
  /** Runs that missed the target, or diverged. */
  misses: z.object({ a: count, b: count }),
  /** The better one's name; null for a tie, which too few pairs always are. */
  winner: z.nullable(z.string()),
  /** Fewest pairs that can decide at this confidence. */
  needed: count,
});

const sensitivity = z.object({
  task: z.string(),
  optimizer: z.string(),
  /** By ascending learning rate: runs, how many diverged, the target's metric after the last step, steps to target. */
  curve: z.array(
    z.object({
      learningRate: number,
      runs: count,
      diverged: count,
      low: maybe,
      median: maybe,
      high: maybe,
      steps: maybe,
    }),
  ),
  /** The rate with the fewest steps to target; null when none reached it. */
  best: maybe,
  /** Mean over the rates of best / median steps to target: 1 means that tuning is for free. */
  tunedForFree: number,
  /** Decades of learning rate around the best one within 10 % of its steps. */
  decades: number,
});

const rank = z.object({
  clock,
  /** Mean Kendall tau between the ranking of a resample and the full one; null when all tie. */
  agreement: maybe,
  optimizers: z.array(
    z.object({ optimizer: z.string(), rank: number, low: number, high: number, best: number }),
  ),
});

/** The one-sided rule (target - mean) sqrt(n) >= c on the final metric (signs turned for a metric to be maximised). */
const targetRule = z.object({
  task: z.string(),
  optimizer: z.string(),
  runs: count,
  mean: maybe,
  margin: maybe,
  /** Null when there are too few runs to know how much they vary. */
  c: maybe,
  met: z.boolean(),
});

const sentence = z.object({
  task: z.nullable(z.string()),
  kind: z.enum(["winner", "tie", "note"]),
  text: z.string(),
});

const report = z.object({
  format: z.literal("steepest-report"),
  version: z.literal(1),
  kind: z.enum(["race", "study"]),
  title: z.string(),
  /** ISO 8601. */
  made: z.string(),
  /** Processors and Node of the machine that made the report. */
  machine: z.string(),
  /** The command that runs it again. */
  command: z.string(),
  /** How it was run, in words. */
  protocol: z.string(),
  executor: z.string(),
  threads: z.nullable(count),
  /** Versions of the code that ran the trials: more than one is worth a warning. */
  code: z.array(z.string()),
  /** Over all final parameters: equal runs give equal digests. */
  digest: z.string(),
  seeds: z.array(z.int()),
  tasks: z.array(task),
  optimizers: z.array(optimizer),
  entries: z.array(entry),
  trials: z.array(trial),
  /** AlgoPerf's scores by steps and by wall clock; empty without targets. */
  scores: z.array(score),
  comparisons: z.array(comparison),
  sensitivities: z.array(sensitivity),
  ranks: z.array(rank),
  targetRules: z.array(targetRule),
  /** The summary in words, most important first. Every winner carries its interval. */
  sentences: z.array(sentence),
});

export type ReportData = z.infer<typeof report>;
export type ReportTask = z.infer<typeof task>;
export type ReportTarget = z.infer<typeof target>;
export type ReportOptimizer = z.infer<typeof optimizer>;
export type ReportTrial = z.infer<typeof trial>;
export type ReportCurve = z.infer<typeof curve>;
export type ReportEntry = z.infer<typeof entry>;
export type ReportScore = z.infer<typeof score>;
export type ReportComparison = z.infer<typeof comparison>;
export type ReportSensitivity = z.infer<typeof sensitivity>;
export type ReportRank = z.infer<typeof rank>;
export type ReportTargetRule = z.infer<typeof targetRule>;
export type ReportSentence = z.infer<typeof sentence>;
export type Clock = z.infer<typeof clock>;

/** A text that is not a report's data. The message says where and what was expected. */
export class ReportError extends Error {
  override name = "ReportError";
}

const embedded = /<script[^>]*\bid="?steepest-report"?[^>]*>([\s\S]*?)<\/script>/;

/**
 * The data of a report from its JSON or from its HTML page.
 *
 * @param text the file's content
 * @param where names the file in messages
 * @throws ReportError when it is neither, is cut short, or of another version
 */
export function parseReport(text: string, where = "report"): ReportData {
  const html = /^\s*</.test(text);
  const json = html ? embedded.exec(text)?.[1] : text;
  if (json === undefined) {
    throw new ReportError(`${where}: is no Steepest report; expected its HTML page or its JSON`);
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new ReportError(`${where}: is not JSON, or was cut short: ${(cause as Error).message}`, { cause });
  }
  const version = (value as { version?: unknown } | null)?.version;
  if ((value as { format?: unknown } | null)?.format !== "steepest-report") {
    throw new ReportError(`${where}: is no Steepest report; expected "format": "steepest-report"`);
  }
  if (version !== 1) {
    throw new ReportError(
      `${where}: is of version ${JSON.stringify(version)}; this program reads version 1: use a newer one, or make ` +
        "the report again",
    );
  }
  const parsed = z.safeParse(report, value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0] as z.core.$ZodIssue;
  throw new ReportError(`${where}: ${pathText(issue.path)}: expected ${expected(issue)}`);
}

function expected(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") return `${issue.expected}`;
  if (issue.code === "invalid_value") return issue.values.map((value) => JSON.stringify(value)).join(" or ");
  return issue.code === "too_small" ? `at least ${issue.minimum}` : issue.message;
}

/** optimizers[1].search.learningRate */
export const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
