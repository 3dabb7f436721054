import type { Command } from "commander";

export function registerOptimizers(program: Command): void {
  program
    .command("optimizers")
    .description("list the optimizers that can be raced")
    .action(async () => {
      const { optimizers } = await import("../optimizers/index.ts");
      for (const { name, description, hyperparameters } of optimizers.values()) {
        console.log(`${name}\n  ${description}`);
        for (const [key, h] of Object.entries(hyperparameters)) {
          console.log(`  ${key.padEnd(13)} default ${h.default}, range ${h.min} to ${h.max} (${h.scale})`);
        }
      }
    });
}
