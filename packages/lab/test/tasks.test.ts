import { tree } from "@jax-js/jax";
import { initRuntime, toArray } from "@steepest/compile";
import { type ArrayTree, checkRoles } from "steepest";
import { beforeAll, describe, expect, test } from "vitest";
import { datasets } from "../src/data/registry/index.ts";
import { defaultsOf, findOptimizer } from "../src/optimizers/index.ts";
import { tasks } from "../src/tasks/index.ts";
import { createRunner } from "../src/train/runner.ts";
import { temporaryFolder } from "./steepest.ts";

beforeAll(() => initRuntime());

/** What every task must hold. A new task is tested by being registered. */
describe.each([...tasks.values()])("$name", (task) => {
  test("is complete and consistent", async () => {
    const data = await task.load();
    expect(task.dataset in datasets).toBe(true);
    expect(data.train.size).toBeGreaterThanOrEqual(task.batchSize);
    expect(new Set(data.validation.map(({ x }) => x.shape.join())).size).toBe(1);

    const batch = data.train.batch(Uint32Array.from({ length: task.batchSize }, (_, i) => i));
    expect(batch.x.shape[0]).toBe(task.batchSize);
    const last = data.train.batch(Uint32Array.of(data.train.size - 1));
    expect(last.x.shape.slice(1)).toEqual(batch.x.shape.slice(1));
    expect(Array.from(last.y.data).every(Number.isFinite)).toBe(true);

    const params = tree.map(toArray, task.model.init(0) as never) as ArrayTree;
    checkRoles(task.model.roles, params);
    tree.dispose(params);
  });

  test("trains on the native executor: the loss falls and every metric is reported", async () => {
    const runner = createRunner({ out: temporaryFolder() });
    const optimizer = findOptimizer("adamw");
    const { trial } = await runner.run({
      task: task.name,
      optimizer: optimizer.name,
      hyperparameters: defaultsOf(optimizer),
      seed: 1,
      steps: 20,
      executor: "native",
      code: "test",
    });
    await runner.dispose();
    const { validation: first } = trial.records[0] as (typeof trial.records)[number];
    const { validation: last } = trial.records.at(-1) as (typeof trial.records)[number];
    expect(Object.keys(first)).toContain(task.target.metric);
    expect(last.loss as number).toBeLessThan(first.loss as number);
  });
});
