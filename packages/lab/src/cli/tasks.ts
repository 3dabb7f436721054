import type { Command } from "commander";
import { isPresent } from "../data/folders.ts";
import { datasets } from "../data/registry/index.ts";
import type { Task } from "../tasks/index.ts";

export function registerTasks(program: Command): void {
  program
    .command("tasks")
    .description("list the tasks that optimizers can be raced on, or show one with its parameters by role")
    .argument("[name]", "a task, or a file of your own that defines one")
    .action(async (name?: string) => {
      const { findTask, tasks } = await import("../tasks/index.ts");
      const { nameOf } = await import("../user-files/load.ts");
      const { targetText } = await import("../report/words.ts");
      for (const task of name === undefined ? tasks.values() : [findTask(await nameOf("task", name))]) {
        const set = task.dataset && datasets[task.dataset];
        const absent = !set || isPresent(set) ? "" : ` (not here: \`steepest data get ${set.name}\`)`;
        console.log(`${task.name}\n  ${task.title}. ${task.description}`);
        console.log(
          `  data ${set?.title ?? "of its own"}${absent}; batches of ${task.batchSize}; ${task.steps} steps; target: validation ${targetText(task.target)}`,
        );
        if (name !== undefined) for (const line of await parameterLines(task)) console.log(line);
      }
    });
}

/** A line for every role: how many parameters it has, and in how many arrays. */
async function parameterLines({ model }: Task): Promise<string[]> {
  const { leafPaths } = await import("steepest");
  const params = new Map(leafPaths<{ shape: number[]; data: ArrayLike<number> }>(model.init(0) as never));
  const roles = new Map<string, { arrays: number; count: number }>();
  for (const [path, role] of leafPaths<string>(model.roles as never)) {
    const { arrays, count } = roles.get(role) ?? { arrays: 0, count: 0 };
    roles.set(role, { arrays: arrays + 1, count: count + (params.get(path)?.data.length ?? 0) });
  }
  return [...roles].map(
    ([role, { arrays, count }]) => `  ${role.padEnd(10)} ${count} parameters in ${arrays} arrays`,
  );
}
