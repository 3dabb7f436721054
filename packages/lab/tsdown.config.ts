import { writeFileSync } from "node:fs";
import { defineConfig } from "tsdown";
import { bundlePage } from "./src/report/bundle.ts";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    cli: "src/cli.ts",
    browser: "src/browser.ts",
    models: "src/models/index.ts",
    drawing: "src/drawing.ts",
    format: "src/format.ts",
  },
  format: "esm",
  dts: true,
  platform: "node",
  sourcemap: true,
  // Packages of their own, or only of a checkout: not parts of this bundle.
  deps: { neverBundle: ["steepest", "@steepest/compile", "rolldown"] },
  // The names that package.json states: dist/index.js, dist/cli.js, dist/index.d.ts.
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
  hooks: {
    // The program of the report's page, which reports carry in themselves.
    async "build:done"() {
      writeFileSync(new URL("dist/report-page.js", import.meta.url), await bundlePage());
    },
  },
});
