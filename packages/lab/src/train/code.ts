import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative, sep } from "node:path";
import { packageRoot, version } from "../package.ts";

/** The parts of this package that a trial's numbers depend on; reports and commands may change freely. */
const parts = new Set(["data", "models", "optimizers", "tasks", "train", "random.ts"]);

function codeFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|js)$/.test(entry.name) && !entry.name.endsWith(".d.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** A package's code: its sources in a checkout, its bundle when it was installed. */
function codeFolder(root: string): string {
  const source = join(root, "src");
  return existsSync(source) ? source : join(root, "dist");
}

function dependency(name: string): string {
  const places = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const found = places
    .map((place) => join(place, name))
    .find((folder) => existsSync(join(folder, "package.json")));
  if (found === undefined) throw new Error(`the package ${name} is not installed`);
  return codeFolder(found);
}

let cached: string | undefined;

/**
 * The version of the code that decides a trial's numbers: this package's version and 8 digits of the SHA-256 of the
 * training half of its code, of `steepest` and of `@steepest/compile`. Trials of other code are not reused.
 */
export function codeVersion(): string {
  if (cached !== undefined) return cached;
  const own = codeFolder(packageRoot);
  const training = codeFiles(own).filter(
    (file) => own.endsWith("dist") || parts.has(relative(own, file).split(sep)[0] as string),
  );
  const hash = createHash("sha256");
  for (const file of [
    training,
    codeFiles(dependency("steepest")),
    codeFiles(dependency("@steepest/compile")),
  ].flat()) {
    hash.update(readFileSync(file));
  }
  cached = `${version}+${hash.digest("hex").slice(0, 8)}`;
  return cached;
}
