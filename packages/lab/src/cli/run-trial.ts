import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildReport } from "../report/build.ts";
import { parseReport, type ReportData, ReportError, type ReportTrial } from "../report/data.ts";
import { formatNumber, formatSeconds } from "../report/numbers.ts";
import { codeVersion } from "../train/code.ts";
import { createRunner } from "../train/runner.ts";
import type { TrialSpec } from "../train/spec.ts";
import { fileReason } from "./errors.ts";
import { writableFolder } from "./paths.ts";
import type { TrialFlags } from "./trial.ts";

/** Runs `steepest trial`. Its modules are heavy, so that the command line loads them only here. */
export async function repeatTrial(source: string, id: string, { out, ...files }: TrialFlags): Promise<void> {
  const before = findTrial(readSource(source), id, source);
  const spec = relocated(before.spec as unknown as TrialSpec, files);
  const code = codeVersion();
  console.log(`trial   ${before.id}: ${spec.task} ${spec.optimizer}, seed ${spec.seed}, ${spec.steps} steps`);
  console.log(
    `setting ${Object.entries(spec.hyperparameters)
      .map(([name, value]) => `${name} ${formatNumber(value)}`)
      .join(", ")}`,
  );
  if (spec.code !== code) {
    console.log(`note    it was run by code ${spec.code}, this is ${code}: the result may differ`);
  }
  const folder =
    out === undefined ? mkdtempSync(join(tmpdir(), "steepest-trial-")) : writableFolder(out, "--out");
  const runner = createRunner({ out: folder, fresh: true });
  try {
    const { trial } = await runner.run({ ...spec, code });
    for (const { step, seconds, trainLoss, validation } of trial.records) {
      const metrics = Object.entries(validation).map(([name, value]) => `${name} ${formatNumber(value)}`);
      console.log(
        `step ${String(step).padStart(String(spec.steps).length)}  ${formatSeconds(seconds).padStart(9)}  ` +
          `training loss ${formatNumber(trainLoss)}  validation ${metrics.join(", ")}`,
      );
    }
    console.log(
      `${trial.end?.status} after ${trial.end?.step} steps, ${formatSeconds(trial.end?.seconds ?? 0)} of training`,
    );
    console.log(verdict(before, trial.end?.digest));
    if (out !== undefined) console.log(`kept in ${out}`);
  } finally {
    await runner.dispose();
    if (out === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** The specification with its files where they are now. */
function relocated(spec: TrialSpec, { task, optimizer }: Omit<TrialFlags, "out">): TrialSpec {
  const source = { ...spec.source };
  for (const [kind, file] of Object.entries({ task, optimizer }) as ["task" | "optimizer", string?][]) {
    if (file === undefined) continue;
    const { [kind]: before } = source;
    if (before === undefined) {
      throw new Error(`--${kind}: ${spec[kind]} is registered and comes from no file; leave the option out`);
    }
    source[kind] = { ...before, file };
  }
  return spec.source === undefined ? spec : { ...spec, source };
}

function verdict({ digest }: ReportTrial, found: string | undefined): string {
  if (digest === null) return `digest  ${found}; the recorded trial has not ended`;
  if (digest === found) return `digest  ${found}: the same parameters, bit for bit`;
  return `digest  ${found}, recorded ${digest}: the parameters differ`;
}

function readSource(source: string): ReportData {
  try {
    if (statSync(source).isDirectory()) return buildReport(source);
    return parseReport(readFileSync(source, "utf8"), source);
  } catch (cause) {
    if (cause instanceof ReportError || !(cause as NodeJS.ErrnoException).code) throw cause;
    const absent = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new Error(
      `${source}: ${absent ? "no such file or folder" : `cannot be read: ${fileReason(cause)}`}`,
      { cause },
    );
  }
}

function findTrial({ trials }: ReportData, id: string, source: string): ReportTrial {
  const found = trials.filter((trial) => trial.id.startsWith(id.toLowerCase()));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const some = (found.length > 0 ? found : trials).slice(0, 5).map((trial) => trial.id);
  throw new Error(
    found.length > 0
      ? `${source}: ${found.length} trials begin with ${id}: ${some.join(", ")}${found.length > 5 ? ", ..." : ""}`
      : `${source}: no trial ${id} among its ${trials.length}; expected a hash such as ${some[0]}`,
  );
}
