import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Command } from "commander";
import { describeError } from "../cli/errors.ts";
import { wholeNumber } from "../cli/options.ts";
import { packageRoot } from "../package.ts";
import { randomStream } from "../random.ts";
import { parseTrial, type Trial } from "../train/record.ts";

/**
 * Proves that a study survives anything: it runs a study once in peace, and once more while kill -9 hits its workers and
 * the process itself at random moments, resuming it each time. Both must agree bit for bit in everything but seconds.
 *
 *     npm run chaos -- --kills 20
 */

export interface ChaosOptions {
  readonly kills: number;
  readonly trials: number;
  readonly workers: number;
  /** Seeds the moments and the victims. */
  readonly seed: number;
  readonly print: (line: string) => void;
}

/** One kill in this many comes while the study starts; the others come within `pause` seconds after it has begun to train. */
const early = 5;
const pause = 1.5;
/** Often, so that most kills hit a trial that has a checkpoint. */
const checkpointSeconds = 0.05;

/** Throws an Error that names the first difference. */
export async function chaos({ kills, trials, workers, seed, print }: ChaosOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "steepest-chaos-"));
  const file = join(folder, "study.json");
  writeFileSync(file, JSON.stringify(tinyStudy(trials)));
  const [peace, war] = [join(folder, "peace"), join(folder, "war")];
  const flags = ["--workers", String(workers), "--checkpoint", String(checkpointSeconds)];

  const calm = await finish(steepest(["study", "run", file, "--out", peace, ...flags]));
  if (calm.code !== 0) throw new Error(`the undisturbed study failed: ${calm.text}`);
  const expected = readTrials(peace);
  print(`undisturbed: ${expected.size} trials`);

  const random = randomStream(seed, "chaos");
  let [resumed, began] = [0, Date.now()];
  const begin = () => {
    began = Date.now();
    const child = steepest(["study", "run", file, "--out", war, ...flags]);
    child.stdout?.on("data", (chunk) => {
      resumed += Number(/(\d+) go on from a checkpoint/.exec(String(chunk))?.[1] ?? 0);
    });
    return child;
  };
  let running = begin();
  const count = { parent: 0, worker: 0 };
  while (count.parent + count.worker < kills) {
    const training = () => running.exitCode !== null || trialFiles(war).some((file) => changed(file) > began);
    if (random.below(early) > 0) while (!training()) await setTimeout(20);
    await setTimeout(1000 * pause * random.uniform());
    const own = random.uniform() < 0.4 ? undefined : pick(workersOf(war), random.uniform());
    if (own !== undefined) {
      if (kill(own)) count.worker++;
    } else if (running.exitCode === null) {
      kill(running.pid as number);
      await ended(running);
      count.parent++;
      running = begin();
    } else {
      // It was faster than the kills: everything is there, so that the rest of them hits a new beginning.
      if (running.exitCode !== 0) throw new Error(`the disturbed study failed with code ${running.exitCode}`);
      rmSync(join(war, "trials"), { recursive: true });
      running = begin();
    }
  }
  print(
    `killed ${count.parent} times the study and ${count.worker} times a worker; ` +
      `new studies found ${resumed} trials with a checkpoint`,
  );
  const first = await finish(running);
  const last = first.code === 0 ? first : await finish(steepest(["study", "resume", war, ...flags]));
  if (last.code !== 0) throw new Error(`the disturbed study did not end well: ${last.text}`);

  const found = readTrials(war);
  for (const [name, trial] of expected) {
    const other = found.get(name);
    if (trial !== other) throw new Error(`${name} differs:\n  ${trial}\n  ${other ?? "absent"}\n(${folder})`);
  }
  if (found.size !== expected.size) {
    throw new Error(
      `${found.size} trials instead of ${expected.size}: did the code change meanwhile? (${folder})`,
    );
  }
  print(`equal: ${found.size} trials, bit for bit`);
  rmSync(folder, { recursive: true });
}

/** Tiny trials, some of which diverge: five settings an optimizer. */
const tinyStudy = (trials: number) => ({
  tasks: ["a9a-logistic"],
  optimizers: [
    { name: "sgd", search: { learningRate: { min: 0.01, max: 3e38, scaling: "log" } }, points: 5 },
    { name: "adamw", search: { learningRate: { min: 0.001, max: 0.1, scaling: "log" } }, points: 5 },
  ],
  seeds: Math.max(1, Math.round(trials / 10)),
  budget: 150,
});

function steepest(args: readonly string[]): ChildProcess {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const command = ["--conditions=source", "--import", tsx, join(packageRoot, "src", "cli.ts"), ...args];
  return spawn(process.execPath, command, { stdio: ["ignore", "pipe", "pipe"] });
}

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once("exit", () => resolve()));

async function finish(child: ChildProcess): Promise<{ code: number | null; text: string }> {
  let text = "";
  child.stdout?.on("data", (chunk) => {
    text += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    text += chunk;
  });
  await ended(child);
  return { code: child.exitCode, text: text.slice(-1500) };
}

/** Processes that have marked themselves as workers of the study. */
function workersOf(study: string): number[] {
  try {
    const names = readdirSync(join(study, "running"));
    return names.flatMap((name) => (name.startsWith("worker-") ? [Number(name.slice(7))] : []));
  } catch {
    return [];
  }
}

const pick = <T>(list: readonly T[], at: number): T | undefined => list[Math.floor(at * list.length)];

/** False when the process had ended already. */
function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

/** What must not differ, by file: everything that a trial's last attempt says but its seconds. */
function readTrials(study: string): Map<string, string> {
  return new Map(
    trialFiles(study).map((file) => [
      file.slice(study.length + 1),
      timeless(parseTrial(readFileSync(file, "utf8"))),
    ]),
  );
}

function trialFiles(study: string): string[] {
  const root = join(study, "trials");
  if (!existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".jsonl"))
    .map((entry) => join(entry.parentPath, entry.name));
}

const changed = (file: string): number => statSync(file).mtimeMs;

const timeless = (trial: Trial | undefined): string =>
  JSON.stringify([
    trial?.start.spec,
    trial?.records.map(({ seconds, ...record }) => record),
    trial?.end && { status: trial.end.status, step: trial.end.step, digest: trial.end.digest },
  ]);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const program = new Command("chaos")
    .description("kill a study at random and prove that its results are those of an undisturbed one")
    .option("--kills <n>", "kills of workers and of the study itself", wholeNumber(0), 20)
    .option("--trials <n>", "trials of the study, in tens", wholeNumber(10), 60)
    .option("--workers <n>", "worker processes", wholeNumber(1), 2)
    .option("--seed <n>", "seeds moments and victims", wholeNumber(0), 0)
    .action((options) => chaos({ ...options, print: console.log }));
  try {
    await program.parseAsync();
  } catch (error) {
    console.error(`chaos: ${describeError(error)}`);
    process.exitCode = 1;
  }
}
