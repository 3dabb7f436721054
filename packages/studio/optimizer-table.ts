import { fileURLToPath } from "node:url";
import { type Plugin, runnerImport } from "vite";
import type { optimizers } from "./src/learning/optimizers.ts";

const file = fileURLToPath(new URL("src/learning/optimizers.ts", import.meta.url));

/** Runs the file that takes the table of optimizers out of the library's registry, and puts the table in its place. */
export function optimizerTable(conditions: string[]): Plugin {
  return {
    name: "optimizer-table",
    async load(id) {
      if (id !== file) return;
      const { module } = await runnerImport<{ optimizers: typeof optimizers }>(file, {
        configFile: false,
        environments: { inline: { resolve: { conditions, noExternal: ["steepest"] } } },
      });
      return `export const optimizers = ${JSON.stringify(module.optimizers)};`;
    },
  };
}
