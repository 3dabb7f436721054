import { accessSync, constants, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { fileReason } from "../cli/errors.ts";
import { makeFolder } from "../folder.ts";
import { pathText } from "../report/data.ts";
import { checkpointPath } from "../train/checkpoint.ts";
import type { Trial } from "../train/record.ts";
import type { TrialSpec } from "../train/spec.ts";
import { readTrial, trialPath } from "../train/store.ts";
import { type Study, StudyError } from "./study.ts";

/** A study's folder: study.json, the study with everything decided; trials/, one file of JSON lines each; running/. */

const format = 1;
const studyPath = (folder: string): string => join(folder, "study.json");

/** Creates a study's folder, or replaces the study in it; trials that both have stay. */
export function writeStudy(folder: string, study: Study): void {
  try {
    makeFolder(resolve(folder));
    accessSync(folder, constants.W_OK);
    const path = studyPath(folder);
    writeFileSync(`${path}.part`, `${JSON.stringify({ format, study }, undefined, 2)}\n`);
    renameSync(`${path}.part`, path);
  } catch (cause) {
    throw new Error(`cannot write to ${folder}: ${fileReason(cause)}; choose another folder with --out`, {
      cause,
    });
  }
}

/** The study of a folder. Throws a StudyError when it holds none. */
export function readStudy(folder: string): Study {
  const path = studyPath(folder);
  if (!existsSync(path)) {
    throw new StudyError(
      `${folder}: holds no study.json; expected a folder that \`steepest study run\` made`,
    );
  }
  let file: { format?: unknown; study?: unknown } | null;
  try {
    file = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new StudyError(`${path}: cannot be read: ${fileReason(cause)}`, { cause });
  }
  if (file?.format !== format)
    throw new StudyError(`${path}: is of another format; expected format ${format}`);
  const parsed = resolvedStudy.safeParse(file.study);
  if (parsed.success) return file.study as Study;
  const { path: at, message } = parsed.error.issues[0] as z.core.$ZodIssue;
  throw new StudyError(
    `${path}: is damaged: ${pathText(["study", ...at])}: ${message}; \`steepest study run FILE --out ${folder}\` writes it ` +
      "anew and keeps the trials",
  );
}

/** What later steps rely on. */
const resolvedStudy = z.object({
  name: z.string(),
  tasks: z.array(z.object({ name: z.string(), steps: z.int().positive() })).min(1),
  optimizers: z
    .array(z.object({ name: z.string(), settings: z.array(z.record(z.string(), z.number())).min(1) }))
    .min(1),
  seeds: z.array(z.int()).min(1),
  executor: z.string(),
  threads: z.int().positive().optional(),
  earlyStopping: z.object({ patience: z.number(), after: z.number() }).optional(),
});

/** A trial of the plan and what is there of it. */
export interface PlannedTrial {
  readonly spec: TrialSpec;
  readonly path: string;
  readonly trial: Trial | undefined;
  /** It has not ended, but can go on from a checkpoint. */
  readonly resumable: boolean;
}

export const plannedTrials = (folder: string, specs: readonly TrialSpec[]): PlannedTrial[] =>
  specs.map((spec) => {
    const path = trialPath(folder, spec);
    const trial = readTrial(path);
    return { spec, path, trial, resumable: trial?.end === undefined && existsSync(checkpointPath(path)) };
  });
