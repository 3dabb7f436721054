import { appendFileSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { defaultsOf, optimizers } from "../src/optimizers/index.ts";
import { shuffledBatches } from "../src/tasks/batches.ts";
import { createRunner } from "../src/train/runner.ts";
import { specHash, type TrialSpec } from "../src/train/spec.ts";
import { openWriter, readTrial, trialPath } from "../src/train/store.ts";
import { evaluationSteps } from "../src/train/trial.ts";
import { temporaryFolder } from "./steepest.ts";

const spec: TrialSpec = {
  task: "a9a-logistic",
  optimizer: "sgd",
  hyperparameters: { learningRate: 0.1, momentum: 0.9 },
  seed: 1,
  steps: 10,
  executor: "jax",
  code: "test",
};

describe("a trial", () => {
  test("its hash depends on every field and not on the order of keys", () => {
    const { task, ...rest } = spec;
    expect(specHash({ ...rest, task })).toBe(specHash(spec));
    const others = [
      { ...spec, seed: 2 },
      { ...spec, steps: 11 },
      { ...spec, hyperparameters: { ...spec.hyperparameters, learningRate: 0.2 } },
      { ...spec, code: "other" },
    ];
    expect(new Set([spec, ...others].map(specHash)).size).toBe(5);
  });

  test("divergence is a result, and one compiled step serves every learning rate", async () => {
    const out = temporaryFolder();
    const runner = createRunner({ out });
    let compiled = 0;
    const run = (learningRate: number) =>
      runner.run({ ...spec, hyperparameters: { learningRate } }, { onCompile: () => compiled++ });
    const wild = await run(1e38);
    const calm = await run(0.1);
    await expect(run(Number.NaN)).resolves.toMatchObject({ trial: { end: { status: "diverged" } } });
    await runner.dispose();
    expect(wild.trial.end?.status).toBe("diverged");
    expect(wild.trial.end?.step).toBeLessThan(10);
    expect(calm.trial.end?.status).toBe("finished");
    expect(compiled).toBe(1);
  });

  test("an unknown hyperparameter is refused", async () => {
    const runner = createRunner({ out: temporaryFolder() });
    const wrong = { ...spec, hyperparameters: { rate: 1 } };
    await expect(runner.run(wrong)).rejects.toThrow(
      /unknown hyperparameter "rate"; known: learningRate, momentum/,
    );
    await runner.dispose();
  });

  test.each([...optimizers.values()])("$name lowers the loss of logistic regression", async (entry) => {
    const runner = createRunner({ out: temporaryFolder() });
    const { trial } = await runner.run({
      ...spec,
      optimizer: entry.name,
      hyperparameters: defaultsOf(entry),
      steps: 30,
    });
    await runner.dispose();
    const losses = trial.records.map((r) => r.validation.loss as number);
    expect(losses.at(-1)).toBeLessThan(losses[0] as number);
  });
});

describe("the file of a trial", () => {
  test("survives a crash in the middle of a line; the next attempt counts", async () => {
    const out = temporaryFolder();
    const path = trialPath(out, spec);
    const writer = openWriter(path);
    writer.write({ type: "start", format: 1, trial: specHash(spec), spec, started: "2026-01-01T00:00:00Z" });
    writer.close();
    appendFileSync(path, '{"type":"record","step":0,"sec');
    expect(readTrial(path)).toMatchObject({ records: [] });

    const runner = createRunner({ out });
    const { trial, reused } = await runner.run(spec);
    await runner.dispose();
    expect(reused).toBe(false);
    expect(readTrial(path)).toEqual(trial);
    expect(readFileSync(path, "utf8")).toContain('"sec\n{"type":"start"');
    const again = createRunner({ out });
    expect(await again.run(spec)).toEqual({ trial, reused: true });
  });
});

describe("batches and evaluations", () => {
  test("an epoch holds every example once; the seed decides the order", () => {
    const take = (seed: number, count: number) => {
      const batches = shuffledBatches(10, 4, seed);
      return Array.from({ length: count }, () => [...batches.next().value]);
    };
    const [a, b] = take(1, 2) as [number[], number[]];
    expect(new Set([...a, ...b]).size).toBe(8);
    expect(take(1, 5)).toEqual(take(1, 5));
    expect(take(1, 5)).not.toEqual(take(2, 5));
    expect(() => shuffledBatches(3, 4, 1).next()).toThrow(/a batch of 4 cannot be drawn from 3 examples/);
  });

  test("evaluations are spread over the budget, first and last step included", () => {
    expect([...evaluationSteps(100, 4)]).toEqual([0, 25, 50, 75, 100]);
    expect([...evaluationSteps(3, 20)]).toEqual([0, 1, 2, 3]);
  });
});
