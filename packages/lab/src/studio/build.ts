import { execFile } from "node:child_process";
import { existsSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { packageRoot } from "../package.ts";

/**
 * The folder of the built page. A published package brings it along; from the sources it is built when it is missing or
 * older than they are, which takes some seconds.
 *
 * @param tell is given a line when a build begins
 */
export async function builtPage(tell: (line: string) => void): Promise<string> {
  const shipped = join(packageRoot, "studio");
  const source = join(packageRoot, "..", "studio");
  if (!existsSync(join(source, "vite.config.ts"))) {
    if (existsSync(join(shipped, "index.html"))) return shipped;
    throw new Error(`the studio's page is missing from ${shipped}: install @steepest/lab again`);
  }
  const target = join(source, "dist");
  const built = join(target, "index.html");
  const isFresh = existsSync(built) && statSync(built).mtimeMs >= newest(source);
  if (!isFresh) {
    tell("building the studio's page from its sources, some seconds ...");
    await build(source, target);
  }
  return target;
}

/** When the page's sources last changed: its own, those of the packages that it bundles, and the other dependencies. */
function newest(source: string): number {
  const names = readdirSync(source).filter((name) => /\.(html|ts|json)$/.test(name));
  const own = [...names, "../../package-lock.json"].map((name) => join(source, name)).filter(existsSync);
  const packages = ["steepest", "compile", "lab", "studio"].map((name) => join(source, "..", name, "src"));
  const inside = [...packages, join(source, "public")].filter(existsSync).flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return [...own, ...inside].reduce((latest, path) => Math.max(latest, statSync(path).mtimeMs), 0);
}

/** Builds beside the target and then takes its place, so that a running server or a second build never sees a half. */
async function build(source: string, target: string): Promise<void> {
  const manifest = createRequire(join(source, "package.json")).resolve("vite/package.json");
  const vite = join(dirname(manifest), "bin", "vite.js");
  const part = `${target}.${process.pid}`;
  const begin = new Date();
  try {
    await promisify(execFile)(process.execPath, [vite, "build", "--outDir", part, "--emptyOutDir"], {
      cwd: source,
    });
  } catch (cause) {
    rmSync(part, { recursive: true, force: true });
    const { stderr = "", message } = cause as Error & { stderr?: string };
    throw new Error(`the studio's page could not be built:\n${stderr.trim() || message}`, { cause });
  }
  // What is edited while it is being built is newer than the page.
  utimesSync(join(part, "index.html"), begin, begin);
  rmSync(target, { recursive: true, force: true });
  renameSync(part, target);
}
