import { parseArgs } from "node:util";
import { defaultsOf, findOptimizer } from "../packages/lab/src/optimizers/index.ts";
import { findTask, type Task, tasks } from "../packages/lab/src/tasks/index.ts";
import { codeVersion } from "../packages/lab/src/train/code.ts";
import type { Trial } from "../packages/lab/src/train/record.ts";
import { createRunner } from "../packages/lab/src/train/runner.ts";

/**
 * How a task's target is chosen, `npm run targets -- TASK...`: SGD with momentum and AdamW are tuned over at least
 * five learning rates on seed 0; each runs three other seeds at its best rate; the target is what the better of the two has reached after
 * 75 % of the budget, in the median over those seeds, rounded to the easier side.
 */

const seeds = [1, 2, 3];
/** Powers of 3 around each optimizer's default, and further ones while the best is at the edge. */
const grid = [-2, -1, 0, 1, 2];
const mostMore = 3;
const share = 0.75;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: "string", default: "runs/targets" } },
});
const runner = createRunner({ out: values.out });
for (const task of positionals.length > 0 ? positionals.map(findTask) : [...tasks.values()])
  await sweep(task);
await runner.dispose();

async function sweep(task: Task): Promise<void> {
  const sign = task.target.direction === "min" ? 1 : -1;
  const lines: string[] = [];
  for (const name of ["sgd", "adamw"]) {
    const optimizer = findOptimizer(name);
    const run = async (learningRate: number, seed: number) => {
      const hyperparameters = { ...defaultsOf(optimizer), learningRate };
      const { steps, name: taskName } = task;
      const spec = {
        task: taskName,
        optimizer: name,
        hyperparameters,
        seed,
        steps,
        executor: "native",
        code: codeVersion(),
      } as const;
      return (await runner.run(spec)).trial;
    };
    const base = defaultsOf(optimizer).learningRate as number;
    const tried = new Map<number, number>();
    const attempt = async (power: number) => {
      const trial = await run(Number((base * 3 ** power).toPrecision(2)), 0);
      tried.set(
        power,
        trial.end?.status === "finished" ? metricAt(task, trial, 1) : sign * Number.POSITIVE_INFINITY,
      );
    };
    const best = () => [...tried].sort(([, a], [, b]) => sign * (a - b))[0]?.[0] as number;
    for (const power of grid) await attempt(power);
    // A best rate at the edge of the grid is not known to be the best.
    for (
      let more = 0;
      more < mostMore &&
      Math.abs(best()) === Math.max(...[...tried.keys()].map((k) => k * Math.sign(best())));
      more++
    ) {
      await attempt(best() + Math.sign(best()));
    }
    const rate = Number((base * 3 ** best()).toPrecision(2));
    const trials: Trial[] = [];
    for (const seed of seeds) trials.push(await run(rate, seed));
    const at = (part: number) => median(trials.map((trial) => metricAt(task, trial, part)));
    const seconds = median(trials.map(({ end }) => end?.seconds ?? Number.NaN));
    lines.push(
      `  ${name.padEnd(6)} rate ${rate}: ${task.target.metric} ${at(share).toPrecision(4)} at 75 %, ${at(1).toPrecision(4)} at the end; ` +
        `${seconds.toFixed(1)} s; grid ${[...tried]
          .sort(([a], [b]) => a - b)
          .map(([power, value]) => `${(base * 3 ** power).toPrecision(2)}: ${value.toPrecision(3)}`)
          .join(", ")}`,
    );
  }
  console.log(`${task.name} (target now ${task.target.value})\n${lines.join("\n")}`);
}

/** The target metric at the last evaluation within this share of the budget. */
function metricAt({ target }: Task, { records, start }: Trial, part: number): number {
  const within = records.filter(({ step }) => step <= part * start.spec.steps);
  return within.at(-1)?.validation[target.metric] ?? Number.NaN;
}

function median(values: number[]): number {
  const sorted = values.sort((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}
