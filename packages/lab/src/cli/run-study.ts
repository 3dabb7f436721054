import { createHash } from "node:crypto";
import { join } from "node:path";
import { formatSeconds } from "../report/numbers.ts";
import { type PlannedTrial, plannedTrials, readStudy } from "../study/folder.ts";
import { loadStudy } from "../study/load.ts";
import { type Progress, progressLines, trialLabel, variedNames } from "../study/progress.ts";
import { defaultWorkers, runStudy, type StudyOutcome } from "../study/run.ts";
import { studyStatus } from "../study/status.ts";
import type { Study } from "../study/study.ts";
import { relocate } from "../study/user-files.ts";
import { Interrupted } from "./errors.ts";
import { displayPath } from "./paths.ts";
import { dryRun } from "./plan-study.ts";
import { groupLines } from "./show-study.ts";
import type { ResumeFlags, RunFlags, StudyRunFlags } from "./study.ts";

/** Runs `steepest study run`. Its modules are heavy, so that the command line loads them only here. */
export async function runFile(
  file: string,
  { out, quick, dryRun: dry, ...flags }: StudyRunFlags,
): Promise<void> {
  const study = await loadStudy(file, { quick });
  const folder = out ?? join("runs", study.name);
  if (dry) await dryRun(folder, study, flags.workers ?? defaultWorkers(study));
  else await run(folder, study, flags);
}

export async function resume(folder: string, { task, optimizer, ...flags }: ResumeFlags): Promise<void> {
  await run(folder, await relocate(readStudy(folder), { task, optimizer }), flags);
}

async function run(folder: string, study: Study, flags: RunFlags): Promise<void> {
  const { workers, memory, checkpoint } = flags;
  const shown = displayPath(folder);
  const began = performance.now();
  let progress: Progress | undefined;
  const outcome = await interruptibly(shown, (signal) =>
    runStudy(folder, study, {
      ...(workers !== undefined && { workers }),
      ...(memory !== undefined && { memory }),
      checkpointSeconds: checkpoint,
      signal,
      async onPlan(plan, count) {
        const missing = plan.filter(({ trial }) => trial?.end === undefined).length;
        console.log(planLine(plan, missing, count, shown));
        if (missing === 0) return;
        if (process.stdout.isTTY) {
          const { progressList } = await import("../study/progress-list.ts");
          progress = progressList(plan, count);
        } else progress = progressLines(plan, count, console.log);
      },
      onEvent: (event) => progress?.event(event),
    }).finally(() => progress?.close()),
  );

  const plan = plannedTrials(folder, outcome.specs);
  console.log("");
  for (const line of groupLines(studyStatus(plan))) console.log(line);
  console.log(
    `\n${outcome.trials.size} of ${plan.length} trials in ${formatSeconds((performance.now() - began) / 1000)}`,
  );
  console.log(
    `digest  ${studyDigest(outcome)} (over all final parameters: equal studies give equal digests)`,
  );
  console.log(
    `next    steepest report ${shown} --open; steepest score ${shown}; steepest query "FROM trials" ${shown}`,
  );
  if (outcome.failures.size > 0) throw new Error(failureText(outcome));
}

function planLine(plan: readonly PlannedTrial[], missing: number, workers: number, folder: string): string {
  const there = plan.length - missing;
  const resumed = plan.filter(({ resumable }) => resumable).length;
  const parts = [
    `${plan.length} trial${plan.length === 1 ? "" : "s"} in ${folder}`,
    ...(there > 0 ? [`${there} already there`] : []),
    ...(resumed > 0 ? [`${resumed} go on from a checkpoint`] : []),
    ...(missing > 0 ? [`${workers} worker${workers === 1 ? "" : "s"}`] : []),
  ];
  return parts.join("; ");
}

/** Equal for equal results, whatever the order in which they were computed. */
function studyDigest({ specs, trials }: StudyOutcome): string {
  const hash = createHash("sha256");
  for (const id of specs.keys()) hash.update(`${trials.get(id)?.end?.digest ?? ""}\n`);
  return hash.digest("hex").slice(0, 16);
}

function failureText({ failures, specs }: StudyOutcome): string {
  const varied = variedNames(specs);
  const lines = [...failures].map(([id, why]) => `  ${trialLabel(specs[id] as never, varied)}: ${why}`);
  const more = lines.length > 10 ? [`  and ${lines.length - 10} more`] : [];
  const count = `${lines.length} trial${lines.length === 1 ? "" : "s"}`;
  return [`${count} failed; the others are kept:`, ...lines.slice(0, 10), ...more].join("\n");
}

/** Runs a study that an interrupt (Ctrl-C) or a polite kill stops after the running trials were saved. */
async function interruptibly<T>(folder: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  try {
    const result = await work(controller.signal);
    if (!controller.signal.aborted) return result;
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
  throw new Interrupted(
    `stopped: finished trials are kept and running ones were saved; steepest study resume ${folder} goes on`,
  );
}
