import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { adamw, injectHyperparams, muon, sgd } from "steepest";
import { build, type Rollup } from "vite";
import { expect, expectTypeOf, test } from "vitest";
import "./support.ts";

test("importing adamw costs less than 6 kB, jax-js aside", async () => {
  const index = fileURLToPath(new URL("../src/index.ts", import.meta.url));
  const entry = join(mkdtempSync(join(tmpdir(), "size-")), "entry.js");
  writeFileSync(entry, `export { adamw } from ${JSON.stringify(index)};`);
  const output = (await build({
    configFile: false,
    logLevel: "silent",
    build: {
      write: false,
      minify: true,
      lib: { entry, formats: ["es"] },
      rollupOptions: { external: ["@jax-js/jax"] },
    },
  })) as Rollup.RollupOutput[];
  const code = output.flatMap(({ output }) => output).map((chunk) => ("code" in chunk ? chunk.code : ""));
  const bytes = gzipSync(code.join("")).length;
  expect(bytes).toBeGreaterThan(500);
  expect(bytes).toBeLessThan(6000);
});

test("wrong hyperparameters do not compile", () => {
  // @ts-expect-error no such hyperparameter
  adamw({ learningrate: 1e-3 });
  // @ts-expect-error a learning rate is required
  sgd({});
  // @ts-expect-error not a number, a schedule or an array
  adamw({ learningRate: "1e-3" });
  // @ts-expect-error not a role
  muon({ roles: { w: "matrix" } });
  // @ts-expect-error nesterov is not a real number that could be injected
  injectHyperparams(sgd, ["nesterov"]);
  expectTypeOf(injectHyperparams(sgd, ["learningRate", "momentum"]))
    .parameter(0)
    .toHaveProperty("learningRate");
});
