import type { Command } from "commander";
import { datasets } from "../data/registry/index.ts";

export function registerTasks(program: Command): void {
  program
    .command("tasks")
    .description("list the tasks that optimizers can be raced on")
    .action(async () => {
      const { tasks } = await import("../tasks/index.ts");
      const { targetText } = await import("../report/words.ts");
      for (const task of tasks.values()) {
        console.log(`${task.name}\n  ${task.title}. ${task.description}`);
        console.log(
          `  data ${datasets[task.dataset].title}; batches of ${task.batchSize}; ${task.steps} steps; target: validation ${targetText(task.target)}`,
        );
      }
    });
}
