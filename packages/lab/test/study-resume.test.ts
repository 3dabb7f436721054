import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { defaultsOf, findOptimizer } from "../src/optimizers/index.ts";
import { checkpointPath } from "../src/train/checkpoint.ts";
import type { Trial } from "../src/train/record.ts";
import { createRunner } from "../src/train/runner.ts";
import type { TrialSpec } from "../src/train/spec.ts";
import { readTrial, trialPath } from "../src/train/store.ts";
import { temporaryFolder } from "./steepest.ts";

const spec = (task: string, optimizer: string, more: Partial<TrialSpec> = {}): TrialSpec => ({
  task,
  optimizer,
  hyperparameters: defaultsOf(findOptimizer(optimizer)),
  seed: 1,
  steps: 60,
  executor: "native",
  threads: 1,
  code: "test",
  ...more,
});

/** Everything but the seconds. */
const timeless = ({ start, records, end }: Trial) => ({
  spec: start.spec,
  records: records.map(({ seconds, ...record }) => record),
  end: end && { status: end.status, step: end.step, digest: end.digest },
});

async function runWhole(trial: TrialSpec) {
  const runner = createRunner({ out: temporaryFolder() });
  const { trial: whole } = await runner.run(trial);
  await runner.dispose();
  return timeless(whole);
}

/** Runs a trial until its checkpoint of about this step, and stops there; returns its file. */
async function interrupt(out: string, trial: TrialSpec, atRecord: number): Promise<string> {
  const path = trialPath(out, trial);
  const controller = new AbortController();
  const runner = createRunner({ out, checkpointSeconds: 1000, signal: controller.signal });
  const running = runner.run(trial, {
    onProgress: () => {
      if ((readTrial(path)?.records.length ?? 0) >= atRecord) controller.abort(new Error("stop here"));
    },
  });
  await expect(running).rejects.toThrow("stop here");
  await runner.dispose();
  expect(existsSync(checkpointPath(path))).toBe(true);
  return path;
}

async function resume(out: string, trial: TrialSpec) {
  const runner = createRunner({ out, checkpointSeconds: 1000 });
  const result = await runner.run(trial);
  await runner.dispose();
  return result;
}

describe("an interrupted trial goes on from its checkpoint, bit for bit", () => {
  test.each([
    spec("fashion-cnn", "muon", { steps: 40 }),
    spec("shakespeare-gpt", "adamw", { steps: 40 }),
    spec("a9a-logistic", "sgd", { executor: "jax", steps: 600 }),
  ])("$task $optimizer $executor", async (trial) => {
    const out = temporaryFolder();
    const path = await interrupt(out, trial, 2);
    const start = readFileSync(path, "utf8").split("\n")[0];
    const { trial: resumed } = await resume(out, trial);
    expect(timeless(resumed)).toEqual(await runWhole(trial));
    const text = readFileSync(path, "utf8");
    expect(text.split("\n")[0]).toBe(start);
    expect(text.match(/"type":"start"/g)).toHaveLength(1);
    expect(timeless(readTrial(path) as Trial)).toEqual(timeless(resumed));
    expect(readdirSync(dirname(path))).toHaveLength(1);
  });
});

describe("damage of every kind only costs time", () => {
  const trial = spec("a9a-logistic", "adamw", { steps: 1500 });
  const kinds: [string, (path: string) => void][] = [
    [
      "records written after the checkpoint, the last one torn",
      (path) =>
        append(
          path,
          '{"type":"record","step":1,"seconds":0,"trainLoss":1,"validation":{"loss":1}}\n{"type":"rec',
        ),
    ],
    ["a checkpoint cut short", (path) => truncateSync(checkpointPath(path), 300)],
    ["an empty checkpoint", (path) => truncateSync(checkpointPath(path), 0)],
    ["a checkpoint with a wrong bit", (path) => flipLastBit(checkpointPath(path))],
    ["a trial's file shorter than its checkpoint says", (path) => truncateSync(path, 20)],
    ["half a checkpoint beside the whole one", (path) => writeFileSync(`${checkpointPath(path)}.part`, "x")],
  ];
  const whole = runWhole(trial);
  test.each(kinds)("%s", async (_, damage) => {
    const out = temporaryFolder();
    damage(await interrupt(out, trial, 2));
    const { trial: resumed } = await resume(out, trial);
    expect(timeless(resumed)).toEqual(await whole);
  });
});

test("early stopping ends a trial that gets nowhere, and says so", async () => {
  const early = { patience: 2, after: 0.25 };
  const hopeless = { learningRate: 0, momentum: 0.9 };
  const runner = createRunner({ out: temporaryFolder() });
  const base = spec("a9a-logistic", "sgd", { steps: 100, earlyStopping: early });
  const { trial } = await runner.run({ ...base, hyperparameters: hopeless });
  expect(trial.end).toMatchObject({ status: "stopped", step: 25 });
  expect(trial.start.spec.earlyStopping).toEqual(early);
  const good = await runner.run(base);
  expect(good.trial.end).toMatchObject({ status: "finished", step: 100 });
  await runner.dispose();
});

test("training, evaluation, logging, checkpoints and preparation add up to the wall clock within 5 %", async () => {
  const runner = createRunner({ out: temporaryFolder(), checkpointSeconds: 0.02 });
  for (const task of ["a9a-logistic", "fashion-cnn"]) {
    const began = performance.now();
    const { trial } = await runner.run(spec(task, "adamw", { steps: 300 }));
    const wall = (performance.now() - began) / 1000;
    const { seconds, evaluationSeconds, overhead } = trial.end as Required<NonNullable<Trial["end"]>>;
    const sum = seconds + evaluationSeconds + overhead.logging + overhead.checkpointing + overhead.setup;
    expect(overhead.checkpointing).toBeGreaterThan(0);
    expect(Math.abs(sum / wall - 1)).toBeLessThan(0.05);
    expect(Math.abs(overhead.wall / wall - 1)).toBeLessThan(0.05);
  }
  await runner.dispose();
});

const append = (path: string, text: string) => writeFileSync(path, text, { flag: "a" });

function flipLastBit(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
  writeFileSync(path, bytes);
}
