import { tree } from "@jax-js/jax";
import { initRuntime, toArray } from "@steepest/compile";
import { type ArrayTree, checkRoles } from "steepest";
import { beforeAll, describe, expect, test } from "vitest";
import { datasets, ships } from "../src/data/registry/index.ts";
import { countParameters } from "../src/models/index.ts";
import { defaultsOf, findOptimizer } from "../src/optimizers/index.ts";
import { eigen } from "../src/problems/symmetric.ts";
import { shuffledBatches, trainingBatch } from "../src/tasks/batches.ts";
import { type Task, tasks } from "../src/tasks/index.ts";
import { openTrainer } from "../src/train/trainer.ts";
import { bring, ownCache } from "./shared-data.ts";

beforeAll(() => initRuntime());

const cache = ownCache();
const has = (name: NonNullable<Task["dataset"]>) => ships(datasets[name]) || bring(name, cache);
/** Every registered task names one. */
const datasetOf = (task: Task) => task.dataset as NonNullable<Task["dataset"]>;
const cases = [...tasks.values()].map((task) => ({ task, title: task.name, isThere: has(datasetOf(task)) }));

test.each(cases.filter(({ isThere }) => !isThere))(
  "$title skips: its data is not beside the checkout",
  ({ task }) => expect(task.load()).rejects.toThrow(`steepest data get ${task.dataset}`),
);

/** What every task must hold. A new task is tested by being registered. */
describe.each(cases.filter(({ isThere }) => isThere))("$title", ({ task }) => {
  test("is complete and consistent", async () => {
    const data = await task.load();
    expect(datasetOf(task) in datasets).toBe(true);
    expect(data.train.size).toBeGreaterThanOrEqual(task.batchSize);
    expect(new Set(data.validation.map(({ x }) => x.shape.join())).size).toBe(1);

    const batch = data.train.batch(Uint32Array.from({ length: task.batchSize }, (_, i) => i));
    expect(batch.x.shape[0]).toBe(task.batchSize);
    const last = data.train.batch(Uint32Array.of(data.train.size - 1));
    expect(last.x.shape.slice(1)).toEqual(batch.x.shape.slice(1));
    expect(Array.from(last.y.data).every(Number.isFinite)).toBe(true);

    const params = tree.map(toArray, task.model.init(0) as never) as ArrayTree;
    checkRoles(task.model.roles, params);
    const stated = /([\d,]+) parameters/.exec(task.description)?.[1];
    if (stated !== undefined) {
      expect(countParameters(task.model.init(0))).toBe(Number(stated.replaceAll(",", "")));
    }
    tree.dispose(params);
  });

  test("trains on the native executor: the loss falls and every metric is reported", async () => {
    const data = await task.load();
    const optimizer = findOptimizer("adamw").create({ steps: 20, roles: task.model.roles });
    const trainer = await openTrainer(task, data, optimizer, "native");
    trainer.reset(1, defaultsOf(findOptimizer("adamw")));
    const first = await trainer.evaluate();
    const batches = shuffledBatches(data.train.size, task.batchSize, 1, task.lastBatch);
    for (let step = 0; step < 20; step++) {
      await trainer.step(trainingBatch(task, data.train, batches.next().value));
    }
    const last = await trainer.evaluate();
    await trainer.dispose();
    expect(Object.keys(first)).toContain(task.target.metric);
    expect(last.loss as number).toBeLessThan(first.loss as number);
  });
});

test.runIf(has("california-housing"))(
  "housing-least-squares has the condition number that it states",
  async () => {
    const task = tasks.get("housing-least-squares") as Task;
    const { train } = await task.load();
    const { x } = train.batch(Uint32Array.from({ length: train.size }, (_, i) => i));
    const [count, columns] = x.shape as [number, number];
    const width = columns + 1;
    const hessian = new Float64Array(width * width);
    for (let row = 0; row < count; row++) {
      // The bias sees a column of ones.
      const at = (j: number) => (j === columns ? 1 : (x.data[row * columns + j] as number));
      for (let i = 0; i < width; i++) {
        for (let j = 0; j < width; j++) {
          hessian[i * width + j] = (hessian[i * width + j] as number) + (at(i) * at(j)) / count;
        }
      }
    }
    const { values } = eigen(hessian, width);
    const condition = (values.at(-1) as number) / (values[0] as number);
    expect(task.description).toContain(`condition number is ${Math.round(condition)}.`);
  },
);
