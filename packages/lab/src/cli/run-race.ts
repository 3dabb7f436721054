import { join } from "node:path";
import { findOptimizer } from "../optimizers/index.ts";
import { exportModels } from "../race/export.ts";
import { writeRace } from "../race/folder.ts";
import { countTrials, type RacePlan } from "../race/plan.ts";
import { presentLines, presentList } from "../race/progress.ts";
import { type Entry, raceJobs } from "../race/race.ts";
import { resultLines } from "../race/table.ts";
import { buildReport } from "../report/build.ts";
import { writeFigures } from "../report/figures.ts";
import { targetText } from "../report/words.ts";
import { writeReport } from "../report/write.ts";
import { findTask } from "../tasks/index.ts";
import { createRunner } from "../train/runner.ts";
import { nameOf } from "../user-files/load.ts";
import { Interrupted } from "./errors.ts";
import { openInBrowser } from "./open-browser.ts";
import { displayPath, writableFolder } from "./paths.ts";
import type { RaceFlags } from "./race.ts";

/** Runs `steepest race`. Its modules are heavy, so that the command line loads them only here. */
export async function race(taskNames: readonly string[], flags: RaceFlags): Promise<void> {
  const plan: RacePlan = {
    tasks: (await namesOf("task", [...taskNames, ...flags.task])).map(findTask),
    optimizers: (await namesOf("optimizer", [...flags.optimizers, ...flags.optimizer])).map(findOptimizer),
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

  const data = buildReport(out);
  for (const task of data.tasks) {
    console.log(`\n${task.title}${task.target === null ? "" : `: target ${targetText(task.target)}`}`);
    for (const line of resultLines(data, task)) console.log(`  ${line}`);
    for (const { text } of data.sentences.filter((s) => s.task === task.name)) console.log(`  ${text}`);
  }
  const general = data.sentences.filter(({ task }) => task === null);
  if (general.length > 0) console.log("");
  for (const { text } of general) console.log(text);
  const report = join(out, "report.html");
  await writeReport(report, data);
  if (flags.figures) writeFigures(data, join(out, "figures"));
  if (exportFolder !== undefined) {
    for (const path of await exportModels(entries, out, exportFolder)) console.log(`model   ${path}`);
  }
  console.log(`\ndigest  ${data.digest} (over all final parameters: equal runs give equal digests)`);
  console.log(`report  ${displayPath(report)}`);
  if (flags.open) openInBrowser(report);
}

/** Distinct names of what is given by name or by file. */
async function namesOf(kind: "task" | "optimizer", given: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const text of given) found.add(await nameOf(kind, text));
  return [...found];
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
