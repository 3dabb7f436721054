import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Language, languages } from "../src/i18n/index.ts";
import { panels } from "../src/panels.ts";
import { accessibilityProblems } from "./support/axe.ts";
import { hasChromium } from "./support/chromium.ts";
import { openSite, type Site, settled, watchedPage } from "./support/page.ts";
import { serve } from "./support/serve.ts";

const source = fileURLToPath(new URL("../src", import.meta.url));
const files = (folder: string, extension: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(extension))
    .map((file) => join(folder, file));
const names = Object.keys(panels);

describe("texts", () => {
  /** The keys of nested texts, with the kind of each: "a.b string". */
  const shape = (value: unknown, path = ""): string[] =>
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => shape(inner, `${path}.${key}`))
      : [`${path} ${typeof value}${typeof value === "function" ? value.length : ""}`];

  test("both languages have the same texts, in the page and in every panel", async () => {
    const folders = files(source, join("texts", "index.ts"));
    expect(folders.length).toBeGreaterThanOrEqual(3);
    const own = await Promise.all(folders.map(async (file) => (await import(file)).texts));
    const page = { en: languages.en.texts, ru: languages.ru.texts };
    for (const texts of [page, ...own] as Record<Language, object>[]) {
      expect(shape(texts.ru)).toEqual(shape(texts.en));
    }
  });

  test("no text of the page stands outside of them", () => {
    const found = files(source, ".ts")
      .filter((file) => !/[\\/](texts|i18n|engine|formula)[\\/]/.test(file))
      .flatMap((file) => {
        // Children of h(): words in quotes that are not an attribute's value.
        const code = readFileSync(file, "utf8").replace(/\/\/.*|\/\*[\s\S]*?\*\//g, "");
        return [...code.matchAll(/(?:textContent = |\}, )"([A-Z][a-z]+[^"]*)"/g)].map(
          ([, text]) => `${file}: ${text}`,
        );
      });
    expect(found).toEqual([]);
  });
});

test("update rules come from the library alone", () => {
  for (const file of files(source, ".ts")) {
    const code = readFileSync(file, "utf8");
    const imported = [...code.matchAll(/from "([^"]+)"/g)].map(([, name]) => name as string);
    const usesRules = /\bapplyUpdates\b|GradientTransformation\b/.test(code.replace(/`[\s\S]*?`/g, ""));
    if (usesRules) expect(imported, file).toContain("steepest");
    // What is not in the library is a formula: square roots of running means are Adam's signature.
    expect(code, file).not.toMatch(/beta1|beta2|\bb1 \* |biasCorrection|bias_correction/);
    expect(
      imported.filter((name) => /optax|torch|tensorflow|@jax-js\/optax/.test(name)),
      file,
    ).toEqual([]);
  }
});

describe.skipIf(!hasChromium())("the page in Chromium", () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite(inject("builtPage"));
  });
  afterAll(() => site?.close());

  test("less than 300 kB of JavaScript come before the first picture, the worker's included", async () => {
    const { page, problems } = await watchedPage(site);
    const sizes = new Map<string, number>();
    const loaded: Promise<void>[] = [];
    page.context().on("response", (response) => {
      const name = new URL(response.url()).pathname;
      if (name.endsWith(".js")) {
        loaded.push(response.body().then((body) => void sizes.set(name, gzipSync(body).length)));
      }
    });
    await page.goto(site.origin);
    await settled(page);
    await Promise.all(loaded);
    await page.close();
    expect([...sizes.keys()].join()).toMatch(/worker/);
    const total = [...sizes.values()].reduce((a, b) => a + b, 0);
    expect(total, JSON.stringify([...sizes])).toBeLessThan(300_000);
    expect(problems).toEqual([]);
    console.log(`JavaScript before the first picture, compressed: ${(total / 1000).toFixed(0)} kB`);
  });

  test("no panel brings arrays and optimizers to the main thread: they are the workers'", () => {
    const folder = join(site.folder, "assets");
    const all = readdirSync(folder);
    const found = new Set(all.filter((file) => /^index-.*\.js$/.test(file)));
    let size = 0;
    for (const file of found) {
      const code = readFileSync(join(folder, file), "utf8");
      size += gzipSync(code).length;
      for (const [, name] of code.matchAll(/(?:from|import)\s*\(?\s*["'`]\.\/([\w.-]+\.js)/g)) {
        found.add(name as string);
      }
    }
    const chunks = all.filter((file) => file.startsWith("panel-"));
    expect([...found]).toEqual(expect.arrayContaining(chunks));
    expect(chunks.length).toBe(names.length);
    expect(size, [...found].join(" ")).toBeLessThan(150_000);
    console.log(`JavaScript of the main thread, all panels, compressed: ${(size / 1000).toFixed(0)} kB`);
  });

  test.each(names)("%s: axe finds nothing, light and dark, on a desktop and a phone", async (name) => {
    const { page, problems } = await watchedPage(site, { viewport: { width: 1200, height: 800 } });
    const found: string[] = [];
    const check = async (page: Page, where: string) => {
      await settled(page);
      found.push(...(await accessibilityProblems(page)).map((problem) => `${where}: ${problem}`));
    };
    await page.goto(`${site.origin}/#${name}?lang=en`);
    await check(page, "light");
    await page.emulateMedia({ colorScheme: "dark" });
    await check(page, "dark");
    await page.setViewportSize({ width: 390, height: 844 });
    await check(page, "phone");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.close();
    expect(found).toEqual([]);
    expect(problems).toEqual([]);
  });

  test("a panel that cannot be made says so instead of leaving the page empty", async () => {
    const { page, problems } = await watchedPage(site, { locale: "en-US" });
    await page.addInitScript(() => {
      globalThis.Worker = class {
        constructor() {
          throw new Error("no workers here");
        }
      } as unknown as typeof Worker;
    });
    await page.goto(`${site.origin}/#norms`);
    expect(await page.getByRole("alert").textContent()).toContain(
      "The computation failed: Error: no workers here",
    );
    await page.close();
    expect(problems.join()).toContain("uncaught: Error: no workers here");
  });

  test("a plain file server, in a folder of its own, serves it too", async () => {
    const root = mkdtempSync(join(tmpdir(), "steepest-static-"));
    mkdirSync(join(root, "some", "where"), { recursive: true });
    cpSync(site.folder, join(root, "some", "where"), { recursive: true });
    const server = await serve(root);
    try {
      const { page, problems } = await watchedPage({ ...site, origin: server.origin });
      for (const name of names) {
        await page.goto("about:blank");
        await page.goto(`${server.origin}/some/where/index.html#${name}`);
        await settled(page);
      }
      await page.close();
      expect(problems).toEqual([]);
    } finally {
      await server.close();
      rmSync(root, { recursive: true });
    }
  });

  test("the keyboard reaches the content, the panels and the language", async () => {
    const { page, problems } = await watchedPage(site, { locale: "en-US" });
    await page.goto(`${site.origin}/#norms`);
    await settled(page);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("MAIN");
    await page.getByRole("link", { name: "Trajectories" }).focus();
    await page.keyboard.press("Enter");
    await settled(page);
    expect(await page.title()).toBe("Trajectories · Steepest studio");
    await page.close();
    expect(problems).toEqual([]);
  });
});
