import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import type { FileSource } from "../train/spec.ts";
import type { Kind } from "../user-files/check.ts";
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

/**
 * A study with its users' files where they are now, each known by the name that it defines; `loadStudyFiles` checks that
 * they are the same files. Throws an Error for one that the study does not use.
 */
export async function relocate(
  study: Study,
  files: Readonly<Record<Kind, readonly string[]>>,
): Promise<Study> {
  const moved = async <E extends { name: string; source?: FileSource }>(
    kind: Kind,
    entries: readonly E[],
  ) => {
    const places = new Map<string, string>();
    for (const file of files[kind]) {
      const name = await nameOf(kind, resolve(file));
      if (!entries.some((entry) => entry.name === name && entry.source)) {
        const used = entries.flatMap((entry) => (entry.source ? [entry.name] : []));
        throw new StudyError(
          `--${kind} ${file}: defines ${name}; this study takes ${used.join(", ") || `no ${kind}`} from files`,
        );
      }
      places.set(name, relative(process.cwd(), resolve(file)));
    }
    return entries.map((entry) => {
      const file = places.get(entry.name);
      return entry.source && file !== undefined ? { ...entry, source: { ...entry.source, file } } : entry;
    });
  };
  return {
    ...study,
    tasks: await moved("task", study.tasks),
    optimizers: await moved("optimizer", study.optimizers),
  };
}

/** Loads the users' files of a study. Throws an Error when one is gone or has changed. */
export async function loadStudyFiles({ tasks, optimizers }: Study): Promise<void> {
  for (const { source } of tasks) if (source) await loadSources({ source: { task: source } });
  for (const { source } of optimizers) if (source) await loadSources({ source: { optimizer: source } });
}
