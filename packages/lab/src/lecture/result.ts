import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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

/** The identity of a run: the item, how long, how many seeds, which optional data is there, and the code that computes it. */
export function specification(id: string, quick: boolean): string {
  const data = [datasets.w8a, datasets["california-housing"]].map(isPresent);
  const hash = createHash("sha256").update(JSON.stringify({ id, quick, seeds, data, code: codeVersion() }));
  // In a checkout; a bundle is hashed as a whole by codeVersion().
  for (const folder of ["lecture", "problems"]
    .map((name) => join(packageRoot, "src", name))
    .filter(existsSync)) {
    for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true }).sort(byPath)) {
      if (entry.isFile()) hash.update(entry.name).update(readFileSync(join(entry.parentPath, entry.name)));
    }
  }
  return hash.digest("hex").slice(0, 16);
}

const byPath = (a: { parentPath: string; name: string }, b: { parentPath: string; name: string }): number =>
  join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1;

/** A finished result of the same specification, or undefined. A damaged file counts as none. */
export function readResult(folder: string, id: string, quick: boolean): Result | undefined {
  try {
    const result = JSON.parse(readFileSync(join(folder, id, "result.json"), "utf8")) as Result;
    return result.specification === specification(id, quick) ? result : undefined;
  } catch {
    return undefined;
  }
}

/** Runs an item and writes `result.json`, `data.csv`, `figure.svg`, `figure.png`, `index.html` and the animation into OUT/ID. */
export async function runItem(folder: string, item: Item, options: RunOptions): Promise<Result> {
  const started = performance.now();
  const outcome = await item.run(options);
  const own = join(folder, item.id);
  mkdirSync(own, { recursive: true });
  let caption: string | undefined;
  if (item.animation !== undefined) {
    options.progress?.("animation");
    const animation = await lookUp("animation", item.animation, scenes).make(options.quick);
    await writeAnimation(animation, join(own, "animation.gif"), join(own, "animation.json"));
    caption = animation.caption;
  }
  const result: Result = {
    id: item.id,
    specification: specification(item.id, options.quick),
    quick: options.quick,
    seeds,
    seconds: (performance.now() - started) / 1000,
    verdict: overall(outcome.checks),
    ...(caption !== undefined && { caption }),
    ...outcome,
  };
  const svg = panelsFigure(result.panels, item.title);
  writeFileSync(join(own, "figure.svg"), svg);
  writeFileSync(join(own, "figure.png"), toPng(svg));
  writeFileSync(join(own, "data.csv"), csv(result));
  writeFileSync(join(own, "index.html"), itemPage(item, result, svg));
  // Last, so that a cached result always has its files.
  writeFileSync(join(own, "result.json"), `${JSON.stringify(result)}\n`);
  return result;
}

/** One line for every drawn point. */
function csv({ panels }: Result): string {
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const lines = panels.flatMap(({ title, series }) =>
    series.flatMap(({ name, kind, points }) =>
      points.map((p) => [quote(title), quote(name), kind, p.x, p.mean, p.low ?? "", p.high ?? ""].join(",")),
    ),
  );
  return `${["panel,series,kind,x,mean,low,high", ...lines].join("\n")}\n`;
}
