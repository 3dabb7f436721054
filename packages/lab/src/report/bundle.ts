import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../package.ts";

/** The report page's program (report/page/) as one script without imports. */

const source = join(packageRoot, "src", "report", "page", "main.ts");

/** From the bundle of an installed package, or, in a checkout, bundled now: a fifth of a second. */
export async function pageScript(): Promise<string> {
  return existsSync(source)
    ? bundlePage()
    : readFileSync(join(packageRoot, "dist", "report-page.js"), "utf8");
}

/** Bundles and minifies the program. Needs the bundler, which users of the package do not have. */
export async function bundlePage(): Promise<string> {
  const { rolldown } = await import("rolldown");
  const bundle = await rolldown({ input: source, platform: "browser" });
  const { output } = await bundle.generate({ format: "iife", minify: true });
  await bundle.close();
  return output[0].code;
}
