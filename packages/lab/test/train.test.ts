import { appendFileSync, readFileSync } from "node:fs";
import { type Tensor, tensor } from "@steepest/compile";
import { describe, expect, test } from "vitest";
import { defaultsOf, findOptimizer, optimizers } from "../src/optimizers/index.ts";
import { inOrder, shuffledBatches, takeRows, trainingBatch } from "../src/tasks/batches.ts";
import { defineTask, findTask, type HostBatch, type Task } from "../src/tasks/index.ts";
import { createRunner } from "../src/train/runner.ts";
import { specHash, type TrialSpec } from "../src/train/spec.ts";
import { openWriter, readTrial, trialPath } from "../src/train/store.ts";
import { openTrainer } from "../src/train/trainer.ts";
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

  test("what does not fill a batch: dropped, taken into the next epoch, or kept", () => {
    const take = (last: "drop" | "wrap" | "keep", count: number) => {
      const batches = shuffledBatches(10, 4, 1, last);
      return Array.from({ length: count }, () => [...batches.next().value]);
    };
    expect(take("drop", 5).map((batch) => batch.length)).toEqual([4, 4, 4, 4, 4]);
    // Five full batches are two epochs: every example twice.
    const wrapped = take("wrap", 5);
    expect(wrapped.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i >> 1));
    expect(new Set(wrapped.slice(0, 2).flat()).size).toBe(8);
    const kept = take("keep", 3);
    expect(kept.map((batch) => batch.length)).toEqual([4, 4, 2]);
    expect(new Set(kept.flat()).size).toBe(10);

    const source = {
      size: 10,
      batch: (rows: Uint32Array) => ({ x: tensor([...rows]), y: tensor([...rows]) }),
    };
    const task = { batchSize: 4, lastBatch: "keep" } as const;
    const short = trainingBatch(task, source, Uint32Array.of(7, 3));
    expect([...short.x.data]).toEqual([7, 3, 7, 3]);
    expect([...(short.weights as Tensor).data]).toEqual([1, 1, 0, 0]);
    expect([...(trainingBatch(task, source, Uint32Array.of(1, 2, 3, 4)).weights as Tensor).data]).toEqual([
      1, 1, 1, 1,
    ]);
  });

  test("validation examples that do not fill the last batch keep their weight", () => {
    const batch = (rows: Uint32Array) => ({ x: tensor([...rows]), y: tensor([...rows]) });
    const [a, b] = inOrder(5, 3, batch);
    expect([...(a as HostBatch).x.data, ...(b as HostBatch).x.data]).toEqual([0, 1, 2, 3, 4, 0]);
    expect([...((b as HostBatch).weights as Tensor).data]).toEqual([1, 1, 0]);
    expect(inOrder(6, 3, batch).every(({ weights }) => weights === undefined)).toBe(true);
  });

  test("a task that keeps short batches trains, and its validation is the mean over all examples", async () => {
    const task = defineTask({
      ...(findTask("digits-mlp") as Task),
      lastBatch: "keep",
      batchSize: 100,
      load: async () => {
        const { train, validation } = await findTask("digits-mlp").load();
        const all = validation[0] as HostBatch;
        const part = (rows: Uint32Array) => ({ x: takeRows(all.x, rows), y: takeRows(all.y, rows) });
        return { train: { ...train, size: 130 }, validation: inOrder(360, 100, part) };
      },
    });
    const whole = await openTrainer(
      findTask("digits-mlp"),
      await findTask("digits-mlp").load(),
      findOptimizer("sgd").create({ steps: 4, roles: task.model.roles }),
      "native",
    );
    const trainer = await openTrainer(
      task,
      await task.load(),
      findOptimizer("sgd").create({ steps: 4, roles: task.model.roles }),
      "native",
    );
    for (const one of [whole, trainer]) one.reset(1, {});
    const [a, b] = [await whole.evaluate(), await trainer.evaluate()];
    expect(b.loss).toBeCloseTo(a.loss as number, 5);
    expect(b.accuracy).toBeCloseTo(a.accuracy as number, 6);
    const { train } = await task.load();
    const full = Uint32Array.from({ length: 30 }, (_, i) => i);
    // Of 30 examples the loss is theirs, whatever fills the batch.
    const first = await trainer.step(trainingBatch(task, train, full));
    trainer.reset(1, {});
    const other = trainingBatch(task, train, full);
    (other.x.data as Float32Array).fill(0.5, 64 * 40);
    expect(await trainer.step(other)).toBeCloseTo(first, 6);
    await whole.dispose();
    await trainer.dispose();
  });

  test("a task may limit the memory of its training step, with the same losses to the bit", async () => {
    const plain = findTask("digits-mlp");
    const data = await plain.load();
    const open = (task: Task) => {
      const optimizer = findOptimizer("adamw").create({ steps: 4, roles: task.model.roles });
      return openTrainer(task, data, optimizer, "native");
    };
    const losses: number[][] = [];
    for (const task of [plain, { ...plain, memory: "least" } as const]) {
      const trainer = await open(task);
      trainer.reset(1, {});
      const batch = () =>
        trainingBatch(
          task,
          data.train,
          Uint32Array.from({ length: 64 }, (_, i) => i),
        );
      losses.push([await trainer.step(batch()), await trainer.step(batch()), await trainer.step(batch())]);
      await trainer.dispose();
    }
    expect(losses[1]).toEqual(losses[0]);
    await expect(open({ ...plain, memory: 8 })).rejects.toThrow(
      /digits-mlp step \d: intermediate results need \d+ bytes .*the limit is 8$/,
    );
  });

  test("evaluations are spread over the budget, first and last step included", () => {
    expect([...evaluationSteps(100, 4)]).toEqual([0, 25, 50, 75, 100]);
    expect([...evaluationSteps(3, 20)]).toEqual([0, 1, 2, 3]);
  });
});
