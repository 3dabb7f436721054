import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this package, found upwards from this module: it may run from src or, bundled, from dist. */
function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error(`@steepest/lab: no package.json above ${fileURLToPath(import.meta.url)}`);
    folder = parent;
  }
  return folder;
}

export const packageRoot: string = findRoot();

/** Whether this program runs from the sources of a checkout, not from the bundle. */
export const runsFromSource: boolean = fileURLToPath(import.meta.url).startsWith(join(packageRoot, "src"));

/** This package's version, from its package.json. */
export const version: string = (
  JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string }
).version;
