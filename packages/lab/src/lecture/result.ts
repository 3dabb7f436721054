import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { isPresent } from "../data/folders.ts";
import { datasets } from "../data/registry/index.ts";
import { toPng } from "../figures/png.ts";
import { packageRoot } from "../package.ts";
import { lookUp } from "../suggest.ts";
import { codeVersion } from "../train/code.ts";
import { writeAnimation } from "./animation/cli.ts";
import { scenes } from "./animation/scenes.ts";
import { panelsFigure } from "./figure.ts";
import { type Item, type Outcome, type RunOptions, seeds } from "./item.ts";
import { itemPage } from "./page.ts";
import { overall, type Verdict } from "./verdict.ts";

/** What a run of an item leaves behind, `result.json`. */
export interface Result extends Outcome {
  readonly id: string;
  /** 16 hexadecimal digits of the SHA-256 of everything the numbers depend on. */
  readonly specification: string;
  readonly quick: boolean;
  readonly seeds: number;
  readonly seconds: number;
  readonly verdict: Verdict;
  /** Of the animation, if the item has one. */
  readonly caption?: string;
}

/** What only shows the numbers: a change here draws the pages again, without running anything. */
const presentation = new Set(["cli.ts", "figure.ts", "page.ts", "result.ts", "tex.ts"]);

let codeHash: string | undefined;

/** Of everything that computes: the library and the compiler, and in a checkout this package's claims, problems and landscapes. */
function code(): string {
  if (codeHash !== undefined) return codeHash;
  // A bundle is hashed as a whole by codeVersion().
  const hash = createHash("sha256").update(codeVersion());
  for (const folder of ["lecture", "problems", "landscape"].map((name) => join(packageRoot, "src", name))) {
    if (!existsSync(folder)) continue;
    const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
    const files = entries.filter((e) => e.isFile() && !(e.parentPath === folder && presentation.has(e.name)));
    for (const file of files.map((e) => join(e.parentPath, e.name)).sort())
      hash.update(relative(folder, file)).update(readFileSync(file));
  }
  codeHash = hash.digest("hex");
  return codeHash;
}

/** The identity of a run: the item, how long, how many seeds, which optional data is there, and the code that computes it. */
export function specification(id: string, quick: boolean): string {
  const data = [datasets.w8a, datasets["california-housing"]].map(isPresent);
  const parts = JSON.stringify({ id, quick, seeds, data, code: code() });
  return createHash("sha256").update(parts).digest("hex").slice(0, 16);
}

export const resultFile = (folder: string, id: string): string => join(folder, id, "result.json");

/**
 * The result that the folder holds, of whatever specification; undefined when there is none.
 *
 * @throws Error when the file is damaged.
 */
export function readResult(folder: string, id: string): Result | undefined {
  const file = resultFile(folder, id);
  if (!existsSync(file)) return undefined;
  try {
    const result = JSON.parse(readFileSync(file, "utf8")) as Result;
    if (result.id !== id || !Array.isArray(result.checks) || !Array.isArray(result.panels))
      throw new Error(`it is no result of ${id}`);
    return result;
  } catch (cause) {
    throw new Error(`${file} is damaged: ${(cause as Error).message}`, { cause });
  }
}

/** Runs an item and writes `result.json` and the animation into OUT/ID. */
export async function runItem(folder: string, item: Item, options: RunOptions): Promise<Result> {
  const started = performance.now();
  // Of the code that runs, not of what an editor made of it meanwhile.
  const own = specification(item.id, options.quick);
  const outcome = await item.run(options);
  mkdirSync(join(folder, item.id), { recursive: true });
  let caption: string | undefined;
  if (item.animation !== undefined) {
    options.progress?.("animation");
    const animation = await lookUp("animation", item.animation, scenes).make({ quick: options.quick });
    const [gif, json] = ["gif", "json"].map((ending) => join(folder, item.id, `animation.${ending}`));
    await writeAnimation(animation, gif as string, json as string);
    caption = animation.caption;
  }
  const result: Result = {
    id: item.id,
    specification: own,
    quick: options.quick,
    seeds,
    seconds: (performance.now() - started) / 1000,
    verdict: overall(outcome.checks),
    ...(caption !== undefined && { caption }),
    ...outcome,
  };
  writeFileSync(resultFile(folder, item.id), `${JSON.stringify(result)}\n`);
  return result;
}

/** Writes what shows a result: `figure.svg`, `figure.png`, `data.csv` and `index.html` in OUT/ID. */
export function showResult(folder: string, item: Item, result: Result): void {
  const svg = panelsFigure(result.panels, item.title);
  const contents: Record<string, string | Uint8Array> = {
    "figure.svg": svg,
    "figure.png": toPng(svg),
    "data.csv": csv(result),
    "index.html": itemPage(item, result, svg),
  };
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(folder, item.id, name), content);
}

/** One line for every drawn point; a run that diverged leaves its numbers out. */
function csv({ panels }: Result): string {
  const number = (v: number | undefined) => (Number.isFinite(v) ? v : "");
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const lines = panels.flatMap(({ title, series }) =>
    series.flatMap(({ name, kind, points }) =>
      points.map((p) =>
        [quote(title), quote(name), kind, ...[p.x, p.mean, p.low, p.high].map(number)].join(","),
      ),
    ),
  );
  return `${["panel,series,kind,x,mean,low,high", ...lines].join("\n")}\n`;
}
