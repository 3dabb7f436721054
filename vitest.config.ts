import { defineConfig } from "vitest/config";

// Tests import the packages' TypeScript sources through the "source" export condition: no build step is needed.
export default defineConfig({
  ssr: { resolve: { conditions: ["source", "node", "import", "default"] } },
  resolve: { conditions: ["source", "module", "node", "import", "default"] },
  test: {
    include: ["packages/*/test/**/*.test.ts", "bench/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
  },
});
