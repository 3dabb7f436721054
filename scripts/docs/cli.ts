import "steepest/node";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { defaultDevice, init } from "@jax-js/jax";
import { generatedFolders, problemsOf } from "./check.ts";
import { buildDocs } from "./pages.ts";
import { publicSymbols, root } from "./symbols.ts";

const usage = `Writes docs/optimizers and docs/api from the comments in packages/steepest/src.

  npm run docs              write the pages and pictures
  npm run docs -- --check   only say what is missing, stale or a dead link; exit code 1 if anything is`;

/** Runs the command line and returns its exit code. */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.some((arg) => arg !== "--check")) {
    const wanted = args.includes("--help");
    (wanted ? console.log : console.error)(
      wanted ? usage : `docs: unknown option ${args.join(" ")}\n\n${usage}`,
    );
    return wanted ? 0 : 1;
  }
  await init();
  defaultDevice("wasm");
  const symbols = publicSymbols();
  const docs = buildDocs(symbols);
  if (!args.includes("--check")) {
    for (const folder of generatedFolders)
      rmSync(join(root, "docs", folder), { recursive: true, force: true });
    for (const [path, text] of docs.files) {
      const file = join(root, "docs", path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
  const problems = problemsOf(docs, symbols);
  for (const problem of problems) console.error(problem);
  const pages = [...docs.files.keys()].filter((path) => path.endsWith(".md")).length;
  console.log(`docs: ${symbols.length} public symbols, ${pages} pages, ${problems.length} problems`);
  return problems.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
