import { dirname, isAbsolute, join } from "node:path";
import { isUserFile, loadSources, nameOf } from "../user-files/load.ts";
import type { PlaceOf } from "./schema.ts";
import { type Study, StudyError } from "./study.ts";

const fields = { tasks: "task", optimizers: "optimizer" } as const;

/**
 * A study as written, with the names that its users' files define in place of the files, which are loaded. Their paths are
 * relative to the study file. Throws a StudyError that names the place.
 */
export async function nameUserFiles(study: unknown, where: string, placeOf?: PlaceOf): Promise<unknown> {
  if (typeof study !== "object" || study === null) return study;
  const named: Record<string, unknown> = { ...study };
  for (const field of ["tasks", "optimizers"] as const) {
    const entries = named[field];
    if (!Array.isArray(entries)) continue;
    const resolved: unknown[] = [];
    for (const [i, entry] of entries.entries()) {
      const text: unknown = typeof entry === "string" ? entry : entry?.name;
      if (typeof text !== "string" || !isUserFile(text)) {
        resolved.push(entry);
        continue;
      }
      const path = isAbsolute(text) ? text : join(dirname(where), text);
      const name = await nameOf(fields[field], path).catch((cause: Error) => {
        const place = placeOf?.([field, i]);
        const at = place === undefined ? where : `${where}:${place}`;
        throw new StudyError(`${at}: ${field}[${i}]: ${cause.message}`, { cause });
      });
      resolved.push(typeof entry === "string" ? name : { ...entry, name });
    }
    named[field] = resolved;
  }
  return named;
}

/** Loads the users' files of a study. Throws an Error when one is gone or has changed. */
export async function loadStudyFiles({ tasks, optimizers }: Study): Promise<void> {
  for (const { source } of tasks) if (source) await loadSources({ source: { task: source } });
  for (const { source } of optimizers) if (source) await loadSources({ source: { optimizer: source } });
}
