import { copyFileSync, existsSync } from "node:fs";
import { extname, join } from "node:path";
import { packageRoot } from "../package.ts";
import { formatSeconds } from "../report/numbers.ts";
import { plannedTrials } from "../study/folder.ts";
import { studyJsonSchema } from "../study/json-schema.ts";
import { planTrials } from "../study/plan.ts";
import { rehearse } from "../study/rehearse.ts";
import type { Study } from "../study/study.ts";
import { codeVersion } from "../train/code.ts";
import type { TrialSpec } from "../train/spec.ts";
import { fileReason } from "./errors.ts";
import { displayPath, writeOutput } from "./paths.ts";

/** What can be asked before a study runs: `study init`, `study schema` and `study run --dry-run`. */

/** Writes a commented study file to begin with. Throws an Error rather than replace a file. */
export function initStudy(file: string): void {
  const extension = extname(file);
  if (![".yaml", ".yml", ".ts"].includes(extension)) {
    throw new Error(`${file}: expected a name that ends in .yaml, .yml or .ts`);
  }
  if (existsSync(file)) throw new Error(`${file} is there already; choose another name`);
  try {
    copyFileSync(join(packageRoot, "examples", extension === ".ts" ? "study.ts" : "study.yaml"), file);
  } catch (cause) {
    throw new Error(`cannot write ${file}: ${fileReason(cause)}`, { cause });
  }
  console.log(`wrote ${displayPath(file)}; next: steepest study run ${displayPath(file)} --dry-run`);
}

/** Writes or prints the JSON schema of study files. */
export function writeSchema(out: string | undefined): void {
  const text = `${JSON.stringify(studyJsonSchema(), undefined, 2)}\n`;
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  writeOutput(out, text);
  console.log(
    `wrote ${displayPath(out)}; in a YAML study: # yaml-language-server: $schema=${displayPath(out)}`,
  );
}

/** Says what a study would run and about how long it would take; runs none of its trials. */
export async function dryRun(folder: string, study: Study, workers: number): Promise<void> {
  const plan = plannedTrials(folder, planTrials(study, codeVersion()));
  const missing = plan.filter(({ trial }) => trial?.end === undefined).map(({ spec }) => spec);
  const there = plan.length - missing.length;
  console.log(
    `${plan.length} trials: ${study.tasks.length} tasks x ` +
      `${study.optimizers.reduce((n, { settings }) => n + settings.length, 0)} settings x ${study.seeds.length} seeds` +
      `${there > 0 ? `; ${there} already in ${displayPath(folder)}` : `, into ${displayPath(folder)}`}`,
  );
  if (missing.length === 0) return;
  console.log("measuring a few steps of each task and optimizer:");
  const count = (spec: TrialSpec) =>
    missing.filter(({ task, optimizer }) => task === spec.task && optimizer === spec.optimizer).length;
  const names = missing.map(({ task, optimizer }) => `${task} ${optimizer}`.length);
  const total = await rehearse(missing, workers, (spec, seconds) => {
    const name = `${spec.task} ${spec.optimizer}`.padEnd(Math.max(...names));
    const trials = count(spec);
    console.log(
      `  ${name}  ${String(trials).padStart(5)} trial${trials === 1 ? " " : "s"} of ${spec.steps} steps, about ${formatSeconds(seconds)} each`,
    );
  });
  console.log(
    `about ${formatSeconds(total)} with ${workers} worker${workers === 1 ? "" : "s"}` +
      `${study.earlyStopping ? ", less where trials are stopped early" : ""}; nothing was run`,
  );
}
