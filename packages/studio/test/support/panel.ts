import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { test as base, expect, inject } from "vitest";
import { openSite, settled, watchedPage } from "./page.ts";

const desktop = { viewport: { width: 1200, height: 900 }, locale: "en-US" };

/** The built page is served and the browser started once for a file. */
// biome-ignore lint/correctness/noEmptyPattern: vitest reads what a fixture needs from its pattern
const siteTest = base.extend("site", { scope: "file" }, async ({}, { onCleanup }) => {
  const site = await openSite(inject("builtPage"));
  onCleanup(() => site.close());
  return site;
});

/**
 * `test` with a new page of the studio for each test, in which nothing must go wrong, and with what one does in it.
 *
 * @param panel the panel that `open` opens
 * @param options of the browser's window
 */
export const panelTest = (panel: string, options: Parameters<Browser["newPage"]>[0] = desktop) =>
  siteTest
    .extend("page", async ({ site }, { onCleanup }) => {
      const { page, problems } = await watchedPage(site, options);
      onCleanup(async () => {
        await page.close();
        expect(problems).toEqual([]);
      });
      return page;
    })
    /** Waits until all that was asked of the panel is done. */
    .extend(
      "settle",
      ({ page }) =>
        () =>
          settled(page),
    )
    /** Opens the panel at a part of the address and waits for its first picture. */
    .extend("open", ({ page, site }) => async (query = "") => {
      await page.goto(`${site.origin}/#${panel}?${query}`);
      await settled(page);
    })
    /** The panel's part of the address. */
    .extend(
      "address",
      ({ page }) =>
        () =>
          new URLSearchParams(page.url().split("?")[1]),
    )
    /** A button by its whole name. */
    .extend(
      "button",
      ({ page }) =>
        (name: string) =>
          page.getByRole("button", { name, exact: true }),
    )
    /** All pixels of the pictures, a text each. */
    .extend(
      "pixels",
      ({ page }) =>
        (selector = "canvas") =>
          page
            .locator(selector)
            .evaluateAll((found) => found.map((canvas) => (canvas as HTMLCanvasElement).toDataURL())),
    )
    /** The file that a button saves, as text. */
    .extend("saved", ({ page, button }) => async (name: string) => {
      const [download] = await Promise.all([page.waitForEvent("download"), button(name).first().click()]);
      return readFile(await download.path(), "utf8");
    })
    /** The program for what is shown. */
    .extend("code", ({ page, button }) => async () => {
      await button("Code for this").click();
      const code = await page.locator("dialog[open] pre").textContent();
      await button("Close").click();
      return code as string;
    });
