import { defineConfig } from "tsdown";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    cli: "src/cli.ts",
    browser: "src/browser.ts",
    models: "src/models/index.ts",
    format: "src/format.ts",
  },
  format: "esm",
  dts: true,
  platform: "node",
  sourcemap: true,
  // Packages of their own, not parts of this bundle.
  deps: { neverBundle: ["steepest", "@steepest/compile"] },
  // The names that package.json states: dist/index.js, dist/cli.js, dist/index.d.ts.
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
});
