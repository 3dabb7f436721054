import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { launch } from "./chromium.ts";
import { serve } from "./serve.ts";

export interface Site {
  readonly origin: string;
  /** The folder that holds the built files. */
  readonly folder: string;
  readonly browser: Browser;
  close(): Promise<void>;
}

/** Serves a built page and starts a browser. */
export async function openSite(folder: string): Promise<Site> {
  const [server, browser] = await Promise.all([serve(folder), launch()]);
  return {
    origin: server.origin,
    folder,
    browser,
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** The same for a page of the tests, which is built with the studio's own Vite configuration into a temporary folder. */
export async function buildSite(root: string): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), "steepest-studio-"));
  await build({
    root,
    configFile: fileURLToPath(new URL("../../vite.config.ts", import.meta.url)),
    logLevel: "error",
    build: { outDir: folder, emptyOutDir: true },
  });
  const site = await openSite(folder);
  return {
    ...site,
    async close() {
      await site.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface Watched {
  readonly page: Page;
  /** Console errors, uncaught exceptions and requests that left the page's own origin, so far. */
  readonly problems: string[];
}

/** A new page that writes down what must never happen. */
export async function watchedPage(
  site: Pick<Site, "origin" | "browser">,
  options: Parameters<Browser["newPage"]>[0] = {},
): Promise<Watched> {
  // Without an address the page plays by itself, unless one asks for less motion.
  const page = await site.browser.newPage({ reducedMotion: "reduce", ...options });
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console error: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.stack ?? error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(site.origin) && !/^(blob|data):/.test(url)) problems.push(`external request: ${url}`);
  });
  return { page, problems };
}

/**
 * Waits until the panel has computed, drawn and written into the address what was asked of it. The address is written a
 * tenth of a second after the last change.
 */
export async function settled(page: Page): Promise<void> {
  await page.waitForTimeout(50);
  await page.locator('[aria-busy="false"]').waitFor();
  await page.waitForTimeout(120);
  await page.evaluate(
    () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
  );
}
