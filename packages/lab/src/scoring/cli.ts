import { writeFileSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import { ScoreError } from "./error.ts";
import { readScoreInput, workloadsOf } from "./read.ts";
import { renderCsv, renderJson, renderText } from "./render.ts";
import { chosenTrials, type ScoreResult, scoreInput } from "./result.ts";
import { loadRules, type RuleSet, ruleSetNames, ruleSets, withHeldOut } from "./rules.ts";
import { algoPerfTauMax } from "./score.ts";
import type { TrialRule } from "./trials.ts";

interface Flags {
  rules?: string;
  rule: TrialRule;
  tuning?: "external" | "self";
  heldOut?: string[];
  strict?: boolean;
  lenient?: boolean;
  baseline?: string;
  tauMax: number;
  ratios?: boolean;
  json?: boolean;
  csv?: boolean;
  out?: string;
  figure?: string;
}

/** Adds `steepest score`. */
export function registerScore(program: Command): void {
  program
    .command("score")
    .summary("score submissions against each other by AlgoPerf's rules")
    .description(
      "Scores submissions against each other by AlgoPerf's rules. FILE-OR-FOLDER is a CSV of times to target, of trials " +
        "or of learning curves (each may be gzipped), a folder of raw AlgoPerf logs, or study results. Scores are " +
        "relative: they depend on all submissions in it.",
    )
    .argument("<FILE-OR-FOLDER>")
    .option(
      "--rules <NAME|FILE>",
      `${ruleSetNames.join(", ")} or a JSON file (default: what the workloads fit)`,
    )
    .addOption(
      new Option(
        "--rule <RULE>",
        "which trial stands for a study: the first to hit by evaluation index or by time",
      )
        .choices(["index-min", "time-min"])
        .default("index-min"),
    )
    .addOption(
      new Option(
        "--tuning <KIND>",
        "sets the trials a study and the budgets (default: by trials a study)",
      ).choices(["external", "self"]),
    )
    .option(
      "--held-out <NAMES>",
      'held-out workloads, comma-separated, or "none" (default: the rules\')',
      names,
    )
    .addOption(
      new Option("--strict", "refuse data that lacks workloads, studies or trials").conflicts("lenient"),
    )
    .option("--lenient", "score missing results as misses without listing them (default: list them)")
    .option(
      "--baseline <NAME>",
      "also print the time relative to this submission, a geometric mean (below 1 is faster)",
    )
    .option("--tau-max <NUMBER>", "integrate performance profiles from 1 to this", tauMax, algoPerfTauMax)
    .option("--ratios", "also print the ratio to the fastest on every workload")
    .addOption(new Option("--json", "print everything as JSON").conflicts("csv"))
    .option("--csv", "print the table with ratios as CSV, full precision")
    .option("--out <FILE>", "write there instead of printing")
    .option("--figure <FILE.svg|png>", "draw the performance profiles", figureFile)
    .action(async (path: string, flags: Flags, command: Command) => {
      try {
        await score(path, flags);
      } catch (error) {
        if (!(error instanceof ScoreError)) throw error;
        command.error(`error: ${error.message}`, { exitCode: 1, code: "steepest.score" });
      }
    });
}

async function score(path: string, flags: Flags): Promise<void> {
  const given = flags.rules === undefined ? undefined : loadRules(flags.rules);
  const input = await readScoreInput(path, given);
  const { heldOut } = flags;
  if (heldOut) input.rules = withHeldOut(input.rules, heldOut);
  const result = scoreOrExplain(path, input, flags);
  if (flags.strict && result.missing.length > 0) {
    throw new ScoreError(
      `${path}: ${input.rules.name} asks for more than is there:\n${bullets(result.missing)}\n` +
        "Complete the data, or leave out --strict to score missing results as misses",
    );
  }
  if (flags.figure) await writeFigure(flags.figure, result);
  const format = flags.json
    ? "json"
    : flags.csv
      ? "csv"
      : /\.(json|csv)$/i.exec(flags.out ?? "")?.[1]?.toLowerCase();
  const trials = "trials" in input.data ? chosenTrials(input.data.trials, flags.rule, "time") : [];
  const hparams = trials.flatMap(({ submission, workload, study, trial, hparams }) =>
    hparams ? [{ submission, workload, study, trial, hparams }] : [],
  );
  const text =
    format === "json"
      ? `${renderJson(result, { input: path, kind: input.kind, rule: flags.rule, ...(hparams.length && { hparams }) })}\n`
      : format === "csv"
        ? renderCsv(result)
        : `${heading(input.kind, result, flags.rule, "trials" in input.data)}\n\n${renderText(result, flags)}\n`;
  if (flags.out === undefined) process.stdout.write(text);
  else write(flags.out, text);
  for (const note of notes(input.rules, workloadsOf(input.data), input.skipped, result, flags)) {
    process.stderr.write(`note: ${note}\n`);
  }
}

function scoreOrExplain(path: string, input: Parameters<typeof scoreInput>[0], flags: Flags): ScoreResult {
  const { rule, tauMax, tuning, baseline } = flags;
  try {
    return scoreInput(input, { rule, tauMax, tuning, baseline });
  } catch (cause) {
    if (cause instanceof RangeError) throw new ScoreError(`${path}: ${cause.message}`, { cause });
    throw cause;
  }
}

/** What was scored and how, a line each. */
function heading(
  kind: string,
  { rules, selfTuning, clocks }: ScoreResult,
  rule: TrialRule,
  trials: boolean,
): string {
  const submissions = clocks[0]?.times.submissions.length ?? 0;
  const heldOut = rules.heldOut.length ? `, ${rules.heldOut.length} held out` : "";
  const least =
    rule === "index-min" ? "the smallest evaluation index (of ties, the faster)" : "the smallest time";
  return [
    `${rules.name}, ${selfTuning ? "self-tuning" : "external tuning"}: ${count(submissions, "submission")} on ` +
      `${count(rules.base.length, "workload")}${heldOut} (${kind})`,
    "score: trapezoid of rho on 100 points; exact: the same integral without discretization",
    ...(trials ? [`${rule}: a study's trial is the one that hit the target at ${least}`] : []),
    ...(clocks.length > 1 ? ["steps: as each submission counts its own"] : []),
  ].join("\n");
}

function notes(
  rules: RuleSet,
  workloads: string[],
  skipped: string[],
  result: ScoreResult,
  { lenient }: Flags,
): string[] {
  const used = new Set([...rules.base, ...rules.heldOut.map(({ workload }) => workload)]);
  const unused = workloads.filter((name) => !used.has(name));
  const undefinedRatios = (result.clocks[0]?.speedups ?? []).flatMap(({ submission, reason }) =>
    reason === undefined ? [] : [`${submission}: ${reason}`],
  );
  const list = (found: string[], title: string) => (found.length ? [`${title}:\n${bullets(found)}`] : []);
  return [
    ...list(unused, `workloads outside ${rules.name} were left out`),
    ...(rules.name === ruleSets["v0.6"].name && !workloads.includes("finewebedu_lm")
      ? ["there is no finewebedu_lm, which counts as missed by all; --rules v0.6-2025 scores without it"]
      : []),
    ...list(undefinedRatios, "no time relative to the baseline"),
    ...(lenient ? [] : list(skipped, "passed over")),
    ...(lenient
      ? []
      : list(result.missing, "missing, and scored as misses (--strict refuses, --lenient is silent)")),
  ];
}

const count = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;

/** At most six, and how many more there are. */
function bullets(found: string[]): string {
  const more = found.length > 6 ? [`  and ${found.length - 6} more`] : [];
  return [...found.slice(0, 6).map((text) => `  ${text}`), ...more].join("\n");
}

async function writeFigure(file: string, result: ScoreResult): Promise<void> {
  // Loading the plotting library takes longer than scoring.
  const [{ profileFigure }, { toPng }] = await Promise.all([
    import("./figure.ts"),
    import("../figures/png.ts"),
  ]);
  const svg = profileFigure(result.clocks);
  write(file, /\.png$/i.test(file) ? toPng(svg) : svg);
}

function write(file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content);
  } catch (cause) {
    throw new ScoreError(`${file}: cannot be written: ${(cause as Error).message}`, { cause });
  }
}

function names(text: string): string[] {
  if (text === "none") return [];
  const list = text.split(",").map((name) => name.trim());
  if (list.includes("")) throw new InvalidArgumentError('Expected names separated by commas, or "none".');
  return list;
}

function tauMax(text: string): number {
  const value = Number(text);
  if (!(value > 1 && value < Infinity)) throw new InvalidArgumentError("Expected a number above 1.");
  return value;
}

function figureFile(text: string): string {
  if (!/\.(svg|png)$/i.test(text))
    throw new InvalidArgumentError("Expected a name that ends in .svg or .png.");
  return text;
}
