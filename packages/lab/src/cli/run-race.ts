import { createHash } from "node:crypto";
import { accessSync, constants, statSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, relative, resolve } from "node:path";
import { toPng } from "../figures/png.ts";
import { makeFolder } from "../folder.ts";
import { findOptimizer } from "../optimizers/index.ts";
import { exportModels } from "../race/export.ts";
import { writeRace } from "../race/folder.ts";
import { countTrials, type RacePlan } from "../race/plan.ts";
import { presentLines, presentList } from "../race/progress.ts";
import { type Entry, raceJobs } from "../race/race.ts";
import { raceReport, taskFigures } from "../race/report.ts";
import { summarise } from "../race/summary.ts";
import { resultLines } from "../race/table.ts";
import { targetText, taskSentences } from "../race/words.ts";
import { findTask, tasks } from "../tasks/index.ts";
import { createRunner } from "../train/runner.ts";
import { fileReason, Interrupted } from "./errors.ts";
import { openInBrowser } from "./open-browser.ts";
import type { RaceFlags } from "./race.ts";

/** Runs `steepest race`. Its modules are heavy, so that the command line loads them only here. */
export async function race(taskNames: readonly string[], flags: RaceFlags): Promise<void> {
  const plan: RacePlan = {
    tasks: taskNames.length > 0 ? [...new Set(taskNames)].map(findTask) : [...tasks.values()],
    optimizers: flags.optimizers.map(findOptimizer),
    seeds: flags.seeds,
    tune: flags.tune,
    budget: flags.budget,
    executor: flags.executor,
  };
  const out = writableFolder(flags.out, "--out");
  const exportFolder = flags.export === undefined ? undefined : writableFolder(flags.export, "--export");

  const shown = displayPath(out);
  console.log(
    `${countTrials(plan)} trials: ${plan.tasks.length} tasks x ${plan.optimizers.length} optimizers; results in ${shown}`,
  );
  const entries = await runInterruptibly(shown, (signal, count) => {
    const runner = createRunner({
      out,
      signal,
      keepModels: exportFolder !== undefined || flags.path,
      keepPaths: flags.path,
      fresh: flags.fresh,
    });
    const jobs = raceJobs(plan, runner).map((job) => ({
      ...job,
      run: (onEvent: Parameters<typeof job.run>[0]) =>
        job.run((event) => {
          if (event.trial !== undefined) count();
          onEvent(event);
        }),
    }));
    const present = process.stdout.isTTY ? presentList : presentLines(console.log);
    return present(jobs).finally(() => runner.dispose());
  });

  const command = ["steepest", ...process.argv.slice(2)].join(" ");
  const specsOf = (trials: Entry["trials"]) => trials.map(({ start }) => start.spec);
  writeRace(out, {
    command,
    tune: plan.tune,
    entries: entries.map(({ learningRate, tuning, trials }) => ({
      learningRate,
      tuning: specsOf(tuning),
      trials: specsOf(trials),
    })),
  });

  const summaries = entries.map(summarise);
  for (const task of plan.tasks) {
    const own = summaries.filter((s) => s.entry.task === task);
    console.log(`\n${task.title}: target ${targetText(task.target)}`);
    for (const line of resultLines(own)) console.log(`  ${line}`);
    for (const sentence of taskSentences(task, own)) console.log(`  ${sentence}`);
  }
  const digest = raceDigest(entries);
  const report = join(out, "report.html");
  const facts = {
    command,
    machine: `${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}, Node ${process.versions.node}`,
    date: new Date().toISOString().slice(0, 10),
    digest,
  };
  writeFileSync(report, raceReport(plan, summaries, facts));
  if (flags.figures) writeFigures(plan, entries, join(out, "figures"));
  if (exportFolder !== undefined) {
    for (const path of await exportModels(entries, out, exportFolder)) console.log(`model   ${path}`);
  }
  console.log(`\ndigest  ${digest} (over all final parameters: equal runs give equal digests)`);
  console.log(`report  ${displayPath(report)}`);
  if (flags.open) openInBrowser(report);
}

/** A path as short as it can be typed here. */
function displayPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short || ".";
}

/** Creates a folder if need be and makes sure that files can be written there. */
function writableFolder(path: string, option: string): string {
  const folder = resolve(path);
  try {
    makeFolder(folder);
    if (!statSync(folder).isDirectory()) throw Object.assign(new Error("a file"), { code: "EEXIST" });
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new Error(`cannot write to ${path}: ${fileReason(cause)}; choose another folder with ${option}`, {
      cause,
    });
  }
  return folder;
}

/** Runs work that an interrupt (Ctrl-C) or a polite kill stops after the current training step. */
async function runInterruptibly<T>(
  folder: string,
  work: (signal: AbortSignal, count: () => void) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let done = 0;
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Interrupted("stopped"));
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  try {
    return await work(controller.signal, () => {
      done++;
    });
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    throw new Interrupted(
      `stopped: ${done} finished trial${done === 1 ? " is" : "s are"} kept under ${folder}/trials, one file of JSON lines each; ` +
        "the same command goes on from there",
    );
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

function raceDigest(entries: readonly Entry[]): string {
  const hash = createHash("sha256");
  for (const { tuning, trials } of entries)
    for (const trial of [...tuning, ...trials]) hash.update(trial.end?.digest ?? "");
  return hash.digest("hex").slice(0, 16);
}

function writeFigures(plan: RacePlan, entries: readonly Entry[], folder: string): void {
  makeFolder(folder);
  for (const task of plan.tasks) {
    const own = entries.filter((entry) => entry.task === task);
    for (const { name, svg } of taskFigures(task, own)) {
      writeFileSync(join(folder, `${name}.svg`), svg);
      writeFileSync(join(folder, `${name}.png`), toPng(svg));
    }
  }
}
