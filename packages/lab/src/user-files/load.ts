import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { fileReason } from "../cli/errors.ts";
import { addOptimizer, optimizers, type RacedOptimizer } from "../optimizers/index.ts";
import { addTask, type Task, tasks } from "../tasks/index.ts";
import type { FileSource, Sources } from "../train/spec.ts";
import { checkExport, type Kind } from "./check.ts";
import { importUserFile } from "./import.ts";

/**
 * Tasks and optimizers from users' own files. A file is loaded once in a process and what it defines joins the registered
 * ones, so that everything that looks up names finds it. Trials carry the file's hash in their identity; what the file
 * imports is not hashed.
 */

interface Loaded {
  readonly name: string;
  readonly source: FileSource;
}

const loaded = new Map<string, Promise<Loaded>>();
const sources: Record<Kind, Map<string, FileSource>> = { task: new Map(), optimizer: new Map() };

/** What the path of a file looks like where a name may stand. */
export const userFilePattern = /[\\/]|\.[cm]?[jt]s$/;
export const isUserFile = (text: string): boolean => userFilePattern.test(text);

/** The name of a task or an optimizer, which is given by name or by a file; a file is loaded, once. Throws an Error. */
export async function nameOf(kind: Kind, text: string): Promise<string> {
  return isUserFile(text) ? (await loadUserFile(kind, text)).name : text;
}

/** The file that a name comes from; `{}` when it is registered. */
export function sourceOf(kind: Kind, name: string): { source?: FileSource } {
  const source = sources[kind].get(name);
  return source === undefined ? {} : { source };
}

/** Loads what a trial needs. Throws an Error that names the file when it is not there, or no longer what it was. */
export async function loadSources({ source = {} }: { readonly source?: Sources }): Promise<void> {
  for (const kind of ["task", "optimizer"] as const) {
    const wanted = source[kind];
    if (wanted === undefined) continue;
    if (!existsSync(wanted.file)) {
      throw new Error(
        `${wanted.file}: no such file; put it back, or say where it is now with --${kind} (\`steepest trial\`, ` +
          "`steepest study resume`)",
      );
    }
    const { sha256 } = (await loadUserFile(kind, wanted.file)).source;
    if (sha256 !== wanted.sha256) {
      throw new Error(
        `${wanted.file}: has changed since these trials were planned (SHA-256 ${wanted.sha256}, now ${sha256}); ` +
          "undo that, or start new trials with `steepest race` or `steepest study run`",
      );
    }
  }
}

/** Loads a user's file and registers what it defines. Throws an Error that names the file. */
function loadUserFile(kind: Kind, path: string): Promise<Loaded> {
  const key = `${kind} ${resolve(path)}`;
  const found = loaded.get(key) ?? load(kind, path);
  loaded.set(key, found);
  return found;
}

async function load(kind: Kind, path: string): Promise<Loaded> {
  const file = relative(process.cwd(), resolve(path));
  let text: Buffer;
  try {
    text = readFileSync(path);
  } catch (cause) {
    const absent = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const why = absent
      ? `no such file; expected one that defines a${kind === "task" ? " task" : "n optimizer"}`
      : `cannot be read: ${fileReason(cause)}`;
    throw new Error(`${file}: ${why}`, { cause });
  }
  let value: unknown;
  try {
    value = (await importUserFile(path)).default;
  } catch (cause) {
    throw new Error(`${file}: cannot be loaded: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
  checkExport(kind, file, value);
  const { name } = value as { name: string };
  const other = sources[kind].get(name);
  if (other !== undefined) throw new Error(`${file}: ${other.file} defines the ${kind} "${name}" too`);
  if ((kind === "task" ? tasks : optimizers).has(name)) {
    throw new Error(`${file}: the ${kind} "${name}" is registered already; choose another name`);
  }
  if (kind === "task") addTask(value as Task);
  else addOptimizer(value as RacedOptimizer);
  const source = { file, sha256: createHash("sha256").update(text).digest("hex").slice(0, 16) };
  sources[kind].set(name, source);
  return { name, source };
}
