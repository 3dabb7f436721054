import { existsSync } from "node:fs";
import { join } from "node:path";
import { isRace, readRace } from "../race/folder.ts";
import { readStudy } from "../study/folder.ts";
import type { Sources } from "../train/spec.ts";
import { loadSources } from "../user-files/load.ts";

/**
 * Loads the users' files of a study's or a race's folder, which say titles and targets. Results can be read without them:
 * returns a note for each that is gone or has changed. A changed one counts as it is now.
 */
export async function loadFilesOf(folder: string): Promise<string[]> {
  const notes = new Set<string>();
  for (const source of sourcesIn(folder)) {
    await loadSources({ source }).catch((error: Error) => notes.add(error.message));
  }
  return [...notes];
}

function sourcesIn(folder: string): Sources[] {
  if (existsSync(join(folder, "study.json"))) {
    const { tasks, optimizers } = readStudy(folder);
    return [
      ...tasks.flatMap(({ source }) => (source ? [{ task: source }] : [])),
      ...optimizers.flatMap(({ source }) => (source ? [{ optimizer: source }] : [])),
    ];
  }
  if (!isRace(folder)) return [];
  const specs = readRace(folder).entries.flatMap(({ tuning, trials }) => [...tuning, ...trials]);
  return specs.flatMap(({ source: { task, optimizer } = {} }) => [
    ...(task ? [{ task }] : []),
    ...(optimizer ? [{ optimizer }] : []),
  ]);
}
