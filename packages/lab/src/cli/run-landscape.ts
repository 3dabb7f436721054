import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { initRuntime } from "@steepest/compile";
import { toPng } from "../figures/png.ts";
import { computeLandscape } from "../landscape/compute.ts";
import type { Landscape, LandscapeMethod } from "../landscape/format.ts";
import { openLoss, spreadExamples } from "../landscape/loss.ts";
import { honesty, landscapeFigure } from "../landscape/node/figure.ts";
import { openSource, type Source } from "../landscape/node/source.ts";
import { readRows, requestKey, writeLandscape } from "../landscape/node/store.ts";
import { formatNumber, formatSeconds } from "../report/numbers.ts";
import { codeVersion } from "../train/code.ts";
import { Interrupted } from "./errors.ts";
import type { LandscapeFlags } from "./landscape.ts";

/** Runs `steepest landscape`. Its modules are heavy, so that the command line loads them only here. */
export async function landscape(targets: readonly string[], flags: LandscapeFlags): Promise<void> {
  await initRuntime();
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Interrupted("stopped"));
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  try {
    await compute(targets, flags, controller.signal);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

async function compute(
  targets: readonly string[],
  flags: LandscapeFlags,
  signal: AbortSignal,
): Promise<void> {
  const { line, grid, range, seed, directions } = flags;
  const between = directions === "between";
  const count = between && targets.length === 1 ? (line ? 2 : 3) : 1;
  const show = ticker();
  const source = await openSource(targets, {
    ...flags,
    count,
    path: directions === undefined || directions === "pca",
    signal,
    onTraining: (what, step, steps) => show(`training ${what}: step ${step}/${steps}`, false),
  });
  if (directions === undefined && targets.length > 1) {
    throw new Error(`${targets.length} networks are given; expected --directions between`);
  }
  const { task, layout, networks, path, title, facts } = source;
  const method: LandscapeMethod = directions ?? (path ? "pca" : "filter");
  if (method === "pca" && path === undefined) {
    throw new Error(
      `${targets[0]}: its path was not kept; train with \`steepest race --path\`, or choose other directions`,
    );
  }
  const dropout = flags.dropout === "on";
  if (dropout && task.model.dropout === undefined) {
    throw new Error(`${task.name}: its model has no dropout; expected --dropout off`);
  }
  const batches = spreadExamples((await task.load()).train, task.batchSize, flags.examples);
  const examples = batches.length * (batches[0]?.x.shape[0] ?? 0);
  const view = { method, line, grid, range, seed };
  const key = requestKey(
    [view, dropout, examples, task.name, codeVersion()],
    [...networks.map((n) => n.vector), ...(path?.networks ?? [])],
  );
  const file = resolve(flags.out ?? join(flags.runs, `${task.name}-${method}${line ? "-line" : ""}.json`));
  const before = flags.fresh ? undefined : readRows(file, key);
  const total = (line ? 1 : grid) * grid;
  const began = performance.now();
  const loss = await openLoss({
    task,
    layout,
    batches,
    dropout: dropout ? seed : undefined,
    executor: "native",
    name: `${task.name} loss`,
  });
  if (before && before.loss.length > 0) {
    console.log(
      `${before.loss.length} of ${line ? 1 : grid} rows are there already; --fresh computes them again`,
    );
  }
  console.log(`${title}: ${total} losses over ${examples} training examples`);
  let latest: Landscape | undefined;
  try {
    const result = await computeLandscape(
      {
        title,
        task: task.name,
        view,
        layout,
        networks,
        path,
        examples,
        dropout,
        source: { ...facts, command: ["steepest", ...process.argv.slice(2)].join(" "), key },
        rows: before?.loss,
      },
      loss,
      {
        signal,
        onRow(so) {
          latest = so;
          const done = so.loss.length * grid;
          if (so.loss.length > 0) writeLandscape(file, so);
          show(`losses: ${done} of ${total}`, done === total);
        },
      },
    );
    writeLandscape(file, result);
    report(result, source, file, (performance.now() - began) / 1000, flags.figures);
  } catch (error) {
    if (!signal.aborted) throw error;
    const rows = latest?.loss.length ?? 0;
    throw new Interrupted(
      rows === 0
        ? "stopped before the first row"
        : `stopped: ${rows} of ${line ? 1 : grid} rows are kept in ${file}; the same command goes on from there`,
    );
  } finally {
    await loss.dispose();
  }
}

function report(result: Landscape, { facts }: Source, file: string, seconds: number, figures: boolean): void {
  const base = file.replace(/\.json$/, "");
  if (figures) {
    const svg = landscapeFigure(result);
    writeFileSync(`${base}.svg`, svg);
    writeFileSync(`${base}.png`, toPng(svg));
  }
  const [point] = result.points as [Landscape["points"][0]];
  console.log(
    `${result.title}: loss ${formatNumber(point.loss ?? Number.NaN)} over ${result.examples} training examples, ${formatSeconds(seconds)}`,
  );
  for (const sentence of honesty(result)) console.log(`  ${sentence}`);
  for (const { radius, rise } of result.sharpness) {
    console.log(
      `  within ${formatNumber(radius)} of it the loss rises by up to ${rise === null ? "∞" : formatNumber(rise)}`,
    );
  }
  if (facts.note) console.log(`  note: ${facts.note}`);
  console.log(`file    ${file}${figures ? ", and .svg and .png beside it" : ""}`);
}

/** A line that replaces itself on a terminal; elsewhere a line whenever the work is at an end. */
function ticker(): (text: string, end: boolean) => void {
  const terminal = process.stderr.isTTY === true;
  let said = 0;
  return (text, end) => {
    const now = performance.now();
    if (terminal) process.stderr.write(`\r\x1b[K${text}${end ? "\n" : ""}`);
    else if (end || now - said > 10_000) {
      process.stderr.write(`${text}\n`);
      said = now;
    }
  };
}
