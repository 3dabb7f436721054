import type { Command } from "commander";
import { datasets } from "../data/registry.ts";
import { targetText } from "../race/words.ts";
import { tasks } from "../tasks/index.ts";

export function registerTasks(program: Command): void {
  program
    .command("tasks")
    .description("list the tasks that optimizers can be raced on")
    .action(() => {
      for (const task of tasks.values()) {
        console.log(`${task.name}\n  ${task.title}. ${task.description}`);
        console.log(
          `  data ${datasets[task.dataset].title}; batches of ${task.batchSize}; ${task.steps} steps; target: validation ${targetText(task.target)}`,
        );
      }
    });
}
