import { defineConfig } from "vitest/config";

const pageTests = "packages/studio/test/**/*.test.ts";

// Tests import the packages' TypeScript sources through the "source" export condition: no build step is needed. Only the
// studio's look at a built page.
export default defineConfig({
  ssr: { resolve: { conditions: ["source", "node", "import", "default"] } },
  resolve: { conditions: ["source", "module", "node", "import", "default"] },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    projects: [
      {
        extends: true,
        test: {
          name: "library",
          include: ["packages/*/test/**/*.test.ts", "bench/**/*.test.ts"],
          exclude: [pageTests, "**/node_modules/**"],
        },
      },
      {
        extends: true,
        test: {
          name: "studio",
          include: [pageTests],
          globalSetup: "packages/studio/test/support/build.ts",
        },
      },
    ],
  },
});
