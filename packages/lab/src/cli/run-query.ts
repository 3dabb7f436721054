import { writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { copyViews, openDatabase, QueryError, trialFiles } from "../export/database.ts";
import { type Format, formatResult } from "../export/table.ts";
import { eventFile } from "../export/tensorboard.ts";
import { makeFolder } from "../folder.ts";
import { readTrial } from "../train/store.ts";
import { fileReason } from "./errors.ts";
import type { ExportFormat } from "./query.ts";

/** Runs `steepest query`. DuckDB is heavy, so that the command line loads it only here. */
export async function query(sql: string, folder: string, format: Format): Promise<string> {
  const database = await openDatabase(folder);
  try {
    const reader = await database.connection.runAndReadAll(sql);
    return formatResult({ columns: reader.deduplicatedColumnNames(), rows: reader.getRowsJS() }, format);
  } catch (cause) {
    throw new QueryError(`the query failed: ${(cause as Error).message}`, { cause });
  } finally {
    database.close();
  }
}

/** Runs `steepest export`; returns what it wrote, in words. */
export async function exportResults(
  folder: string,
  format: ExportFormat,
  out = join(folder, "export", format),
): Promise<string[]> {
  const files = trialFiles(folder);
  try {
    makeFolder(resolve(out));
    if (format === "tensorboard") return [writeEvents(folder, files, out)];
    const database = await openDatabase(folder);
    try {
      return await copyViews(database, format, out);
    } finally {
      database.close();
    }
  } catch (cause) {
    throw new Error(`cannot export to ${out}: ${fileReason(cause)}`, { cause });
  }
}

/** One run of TensorBoard a trial: the same folders as the trials have. */
function writeEvents(folder: string, files: readonly string[], out: string): string {
  let count = 0;
  for (const file of files) {
    const trial = readTrial(file);
    if (trial === undefined) continue;
    const run = join(out, relative(join(folder, "trials"), file).replace(/\.jsonl$/, ""));
    makeFolder(resolve(run));
    // TensorBoard takes files with this word in their name; the number stands for the time of creation.
    const seconds = String(Math.floor(Date.parse(trial.start.started) / 1000)).padStart(10, "0");
    writeFileSync(join(run, `events.out.tfevents.${seconds}.steepest`), eventFile(trial));
    count++;
  }
  return `${count} runs in ${out}; tensorboard --logdir ${out}`;
}
