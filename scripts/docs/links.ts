import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { root } from "./symbols.ts";

/** Markdown files of the repository, from its root. */
function pages(): string[] {
  const inside = (folder: string) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(folder, name));
  const packages = readdirSync(join(root, "packages")).map((name) => join("packages", name, "README.md"));
  return ["README.md", "CONTRIBUTING.md", "bench/README.md", ...packages, ...inside("docs")].filter((file) =>
    existsSync(join(root, file)),
  );
}

/** GitHub's anchors: lower case, spaces to dashes, no punctuation. */
const anchorsOf = (text: string): Set<string> =>
  new Set(
    [...text.matchAll(/^#+ +(.*)$/gm)].map(([, heading]) =>
      (heading as string)
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .trim()
        .replaceAll(" ", "-"),
    ),
  );

/** Links that lead nowhere: to files that do not exist, or to headings that their page does not have. */
export function deadLinks(): string[] {
  return pages().flatMap((page) => {
    const text = readFileSync(join(root, page), "utf8").replace(/```[\s\S]*?```/g, "");
    const targets = [
      ...[...text.matchAll(/\]\(([^)\s]+)\)/g)].map((m) => m[1] as string),
      ...[...text.matchAll(/(?:href|src)="([^"]+)"/g)].map((m) => m[1] as string),
    ];
    return targets.flatMap((target) => {
      if (/^[a-z]+:/i.test(target)) return [];
      const [file, hash] = target.split("#") as [string, string | undefined];
      const path = file === "" ? join(root, page) : join(root, dirname(page), decodeURIComponent(file));
      if (!existsSync(path))
        return [`${page}: link to ${target}, but ${relative(root, path)} does not exist`];
      if (hash === undefined || !path.endsWith(".md")) return [];
      return anchorsOf(readFileSync(path, "utf8")).has(hash)
        ? []
        : [`${page}: link to ${target}, but there is no such heading`];
    });
  });
}
