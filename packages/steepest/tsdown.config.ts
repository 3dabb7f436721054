import { defineConfig } from "tsdown";

export default defineConfig({
  entry: { index: "src/index.ts", registry: "src/registry/index.ts", node: "src/node.ts" },
  format: "esm",
  dts: true,
  platform: "neutral",
  sourcemap: true,
});
