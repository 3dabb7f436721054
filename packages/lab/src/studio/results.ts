import { closeSync, type Dirent, lstatSync, openSync, readdirSync, readSync, realpathSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";

/** Something that the page can open: a folder of a study or a race, or the file of a report, a landscape or an animation. */
export interface ResultsEntry {
  /** Its name in addresses and to readers: the given folder's name and the path in it. */
  readonly name: string;
  readonly kind: "study" | "race" | "report" | "landscape" | "animation";
  readonly path: string;
  /** When it last changed, in milliseconds since 1970. */
  readonly changed: number;
}

const deepest = 6;
const skipped = new Set(["node_modules", "trials", "running", "figures", "export"]);
const markers = { "study.json": "study", "race.json": "race" } as const;

/**
 * What the given folders and files hold, newest first. Folders are searched to a depth of 6, without links and hidden
 * files, so that nothing outside them is found.
 */
export function findResults(roots: readonly string[]): ResultsEntry[] {
  const found: ResultsEntry[] = [];
  for (const root of roots) {
    const real = realpathSync(root);
    const nameOf = (path: string) =>
      [basename(real), ...relative(real, path).split(sep)].filter(Boolean).join("/");
    const add = (kind: ResultsEntry["kind"], path: string, marker = path) =>
      found.push({ name: nameOf(path), kind, path, changed: lstatSync(marker).mtimeMs });
    const visit = (folder: string, depth: number): void => {
      const entries = contentsOf(folder);
      const marker = entries.find((entry) => entry.isFile() && Object.hasOwn(markers, entry.name));
      if (marker) add(markers[marker.name as keyof typeof markers], folder, join(folder, marker.name));
      for (const entry of entries) {
        const path = join(folder, entry.name);
        if (entry.name.startsWith(".")) continue;
        const kind = entry.isFile() ? kindOf(path) : undefined;
        // The report of a study says no more than the study.
        if (kind !== undefined && (kind !== "report" || marker === undefined)) add(kind, path);
        if (entry.isDirectory() && depth < deepest && !skipped.has(entry.name)) visit(path, depth + 1);
      }
    };
    if (lstatSync(real).isDirectory()) visit(real, 0);
    else add(kindOf(real) ?? "report", real);
  }
  return distinctNames(found).sort((a, b) => b.changed - a.changed);
}

/** A folder that cannot be read, or was removed a moment ago, hides only itself. */
function contentsOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Folders of one name in different places get a number behind it. */
function distinctNames(entries: readonly ResultsEntry[]): ResultsEntry[] {
  const times = new Map<string, number>();
  return entries.map((entry) => {
    const time = (times.get(entry.name) ?? 0) + 1;
    times.set(entry.name, time);
    return time === 1 ? entry : { ...entry, name: `${entry.name} (${time})` };
  });
}

/**
 * What a file is by what it says of itself, in its first or its last half megabyte: a report's page or JSON, a landscape or an
 * animation.
 */
function kindOf(path: string): "report" | "landscape" | "animation" | undefined {
  if (!/\.(html|json)$/.test(path)) return undefined;
  const { size } = lstatSync(path);
  const part = Buffer.alloc(2 ** 19);
  const file = openSync(path, "r");
  try {
    for (const from of new Set([0, Math.max(0, size - part.length)])) {
      const text = part.subarray(0, readSync(file, part, 0, part.length, from));
      if (text.includes('"steepest-report"')) return "report";
      if (text.includes('"steepest-landscape/')) return "landscape";
      if (text.includes('"steepest-animation"')) return "animation";
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}
