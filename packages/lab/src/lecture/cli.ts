import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { Listr } from "listr2";
import { openInBrowser } from "../cli/open-browser.ts";
import { lookUp } from "../suggest.ts";
import { registerAnimate } from "./animation/cli.ts";
import type { Item } from "./item.ts";
import type { Result } from "./result.ts";

interface Flags {
  all: boolean;
  quick: boolean;
  fresh: boolean;
  open: boolean;
  out: string;
}

/** Adds `steepest lecture`. */
export function registerLecture(program: Command): void {
  const command = program
    .command("lecture")
    .summary("recompute the lecture's claims on real data, with figures and verdicts")
    .description(
      "Runs claims of the lecture on real data and judges them: holds, does not hold or inconclusive, with the numbers.\n" +
        "Bounds, rates and plateaus over 200 seeds, claims about networks over 5 to 20. Without an ID it lists them.",
    )
    .argument("[ID...]", "claims to recompute")
    .option("--all", "every claim", false)
    .option("--quick", "fewer steps, and fewer seeds of networks", false)
    .option(
      "--out <DIR>",
      "results folder; results of the same specification found there are not run again",
      "runs/lecture",
    )
    .option("--fresh", "run again even what is there already", false)
    .option("--open", "open the page when it is ready", false)
    .addHelpText(
      "after",
      `
Examples:
  steepest lecture                          list the claims
  steepest lecture sgd-pl-constant --open   one claim, its page in the browser
  steepest lecture --all --quick            everything in a few minutes
  steepest lecture animate --all            SGD as moving pictures
`,
    )
    .action(async (ids: string[], flags: Flags) => {
      const { items, parts } = await import("./items/index.ts");
      if (ids.length === 0 && !flags.all) {
        for (const [part, own] of Object.entries(parts)) {
          console.log(part);
          for (const { id, line } of own) console.log(`  ${id.padEnd(24)} ${line}`);
        }
        console.log(
          "\nRun one with `steepest lecture ID`, all with `steepest lecture --all --quick`; moving pictures: `steepest lecture animate`.",
        );
        return;
      }
      const chosen = flags.all ? [...items.values()] : ids.map((id) => lookUp("claim", id, items));
      await lecture(chosen, flags);
    });
  registerAnimate(command);
}

async function lecture(chosen: readonly Item[], { quick, fresh, open, out }: Flags): Promise<void> {
  const [{ readResult, runItem, showResult, specification }, { items }, { indexPage }] = await Promise.all([
    import("./result.ts"),
    import("./items/index.ts"),
    import("./page.ts"),
  ]);
  try {
    mkdirSync(out, { recursive: true });
  } catch (cause) {
    throw new Error(`--out ${out}: cannot be created: ${(cause as Error).message}`, { cause });
  }
  // Everything the folder holds, also from earlier runs.
  const results = new Map<string, Result>();
  for (const id of items.keys()) {
    try {
      const result = readResult(out, id);
      if (result) results.set(id, result);
    } catch (error) {
      const again = chosen.some((item) => item.id === id) ? "it is run again" : "left alone";
      console.error(`steepest: ${(error as Error).message}; ${again}`);
    }
  }
  const isCurrent = ({ id, specification: own }: Result, q: boolean) => own === specification(id, q);
  const work = new Listr(
    chosen.map((item) => ({
      title: item.id,
      task: async (_: unknown, task: { title: string; output: string | undefined }) => {
        const known = results.get(item.id);
        const cached = !fresh && known !== undefined && isCurrent(known, quick);
        results.delete(item.id);
        const result = cached
          ? known
          : await runItem(out, item, { quick, progress: (what) => void (task.output = what) });
        showResult(out, item, result);
        results.set(item.id, result);
        task.title = `${item.id}: ${result.verdict}${cached ? " (cached)" : `, ${result.seconds.toFixed(1)} s`}`;
      },
    })),
    {
      renderer: process.stdout.isTTY ? "default" : "simple",
      exitOnError: false,
      collectErrors: "minimal",
    },
  );
  await work.run();
  for (const { id, title } of chosen) {
    const result = results.get(id);
    if (result === undefined) continue;
    console.log(`\n${title}: ${result.verdict}`);
    for (const { claim, verdict, detail } of result.checks)
      console.log(`  ${verdict.padEnd(13)} ${claim}\n${" ".repeat(16)}${detail}`);
    for (const note of result.notes ?? []) console.log(`  note: ${note.replaceAll("$", "")}`);
  }
  const index = join(out, "index.html");
  const rows = [...items.values()].flatMap((item) => {
    const result = results.get(item.id);
    return result ? [{ item, result, outdated: !isCurrent(result, result.quick) }] : [];
  });
  writeFileSync(index, indexPage(rows));
  const page = chosen.length === 1 ? join(out, (chosen[0] as Item).id, "index.html") : index;
  console.log(`\n${page}`);
  const failed = chosen.filter(({ id }) => !results.has(id));
  if (failed.length > 0) {
    const causes = work.errors.map((error) => error.message).join("; ");
    throw new Error(`${failed.map(({ id }) => id).join(", ")} could not be run: ${causes}`);
  }
  if (open) openInBrowser(resolve(page));
}
