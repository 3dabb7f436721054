import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deadLinks } from "./links.ts";
import type { Docs } from "./pages.ts";
import { type PublicSymbol, root } from "./symbols.ts";

/** Folders under docs/ that are generated as a whole. */
export const generatedFolders = ["optimizers", "optimizers/images", "api"] as const;

/** Everything that is wrong with the documentation; nothing when it is complete and up to date. */
export function problemsOf({ files, problems, places }: Docs, symbols: readonly PublicSymbol[]): string[] {
  const missing = symbols
    .filter(({ name }) => !places.has(name))
    .map(({ name, file }) => `${file}: ${name} is exported and has no page`);
  const stale = [...files]
    .filter(([path, text]) => {
      const file = join(root, "docs", path);
      return !existsSync(file) || readFileSync(file, "utf8") !== text;
    })
    .map(([path]) => `docs/${path}: not what the sources say; run \`npm run docs\``);
  return [...problems, ...missing, ...stale, ...leftOver(files), ...deadLinks()];
}

/** Files in generated folders that nothing generates any more. */
export const leftOver = (files: ReadonlyMap<string, string>): string[] =>
  generatedFolders
    .filter((folder) => existsSync(join(root, "docs", folder)))
    .flatMap((folder) =>
      readdirSync(join(root, "docs", folder), { withFileTypes: true })
        .filter((file) => file.isFile() && !files.has(`${folder}/${file.name}`))
        .map((file) => `docs/${folder}/${file.name}: belongs to nothing any more; run \`npm run docs\``),
    );
