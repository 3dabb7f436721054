import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasChromium } from "./support/chromium.ts";
import { buildSite, type Site, watchedPage } from "./support/page.ts";

// The library and the "jax" executor, built for the browser, train a small MLP in Chromium.
describe.skipIf(!hasChromium())("in a page", () => {
  let site: Site;
  beforeAll(async () => {
    site = await buildSite(fileURLToPath(new URL("smoke", import.meta.url)));
  });
  afterAll(() => site?.close());

  test("20 steps of SGD and AdamW lower the loss, without a console error or an external request", async () => {
    const { page, problems } = await watchedPage(site);
    await page.goto(site.origin);
    const losses = await page.evaluate(() => (globalThis as unknown as { smoke: Promise<Losses> }).smoke);
    for (const name of ["sgd", "adamw"] as const) {
      const curve = losses[name];
      expect(curve).toHaveLength(20);
      expect(curve.every(Number.isFinite), `${name}: ${curve}`).toBe(true);
      expect(curve[19], name).toBeLessThan(0.8 * (curve[0] as number));
    }
    expect(problems).toEqual([]);
  });

  test("the built page imports nothing from Node", async () => {
    const files = (await readdir(site.folder, { recursive: true })).filter((file) => file.endsWith(".js"));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const text = await readFile(join(site.folder, file), "utf8");
      const imports = [...text.matchAll(/(?<![\w.])(?:from|import\(?)\s*["'`]([^"'`]+)["'`]/g)].map(
        ([, name]) => name,
      );
      expect(
        imports.filter((name) => !name?.startsWith("./") && !name?.startsWith("../")),
        file,
      ).toEqual([]);
      expect(text, file).not.toContain("onnxruntime-node");
    }
  });
});

type Losses = Record<"sgd" | "adamw", number[]>;
