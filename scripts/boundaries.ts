import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Checks the one direction of imports (docs/architecture.md): which package may import which, and that packages meant
 * for the browser use no Node built-ins. Cycles between files are found by Biome (noImportCycles).
 */

interface Rule {
  /** Workspace packages that it may import. */
  readonly allows: readonly string[];
  /** Files, as path prefixes inside src, that may use Node. "" is all of them. */
  readonly node: readonly string[];
}

const rules: Record<string, Rule> = {
  steepest: { allows: [], node: [] },
  compile: { allows: [], node: ["native/"] },
  lab: { allows: ["steepest", "@steepest/compile"], node: [""] },
  studio: {
    allows: [
      "steepest",
      "@steepest/compile",
      "@steepest/lab/browser",
      "@steepest/lab/drawing",
      "@steepest/lab/format",
      "@steepest/lab/models",
    ],
    node: [],
  },
};

const root = fileURLToPath(new URL("..", import.meta.url));
const problems: string[] = [];

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

for (const [name, rule] of Object.entries(rules)) {
  const source = join(root, "packages", name, "src");
  for (const file of files(source)) {
    const inside = relative(source, file);
    const text = readFileSync(file, "utf8");
    for (const [, imported] of text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)) {
      const target = imported as string;
      const where = `packages/${name}/src/${inside}`;
      const isOurs =
        target === "steepest" || target.startsWith("steepest/") || target.startsWith("@steepest/");
      const allowed = rule.allows.some((a) => target === a || target.startsWith(`${a}/`));
      if (isOurs && !allowed)
        problems.push(
          `${where} imports ${target}; ${name} may import ${rule.allows.join(", ") || "no package"}`,
        );
      const usesNode = target.startsWith("node:") || target === "onnxruntime-node";
      if (usesNode && !rule.node.some((prefix) => inside.startsWith(prefix))) {
        problems.push(`${where} imports ${target}; this part of ${name} also runs in browsers`);
      }
    }
  }
}

for (const problem of problems) console.error(problem);
console.log(
  problems.length === 0 ? "imports: one direction, as designed" : `imports: ${problems.length} problems`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
