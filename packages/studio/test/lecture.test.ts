import { scenes } from "@steepest/lab/browser";
import { parseAnimation } from "@steepest/lab/format";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { startStudio } from "../../lab/src/studio/server.ts";
import { distancesOf } from "../src/lecture/distance.ts";
import { initialState, readLecture, writeLecture } from "../src/lecture/state.ts";
import { accessibilityProblems } from "./support/axe.ts";
import { hasChromium } from "./support/chromium.ts";
import { runGenerated } from "./support/generated.ts";
import { settled, watchedPage } from "./support/page.ts";
import { panelTest } from "./support/panel.ts";

test("an address holds the whole state, and nonsense is ignored", () => {
  for (const state of [
    { show: "divergence", values: { rate: 0.4, batch: 6, scatter: 0 }, frame: 12, speed: 5 },
    { show: "server:runs/a b/one.json", values: {}, frame: 0, speed: undefined },
  ]) {
    expect(readLecture(new URLSearchParams(writeLecture(state).toString()))).toEqual(state);
  }
  const nonsense = new URLSearchParams("show=x&rate=-1&batch=13&scatter=wide&frame=-2&speed=7");
  expect(readLecture(nonsense)).toEqual(initialState);
});

test("the chart is the median distance over the runs; runs that left the plane are far", async () => {
  const animation = await scenes.get("neighbourhood")?.make({ quick: true });
  if (animation === undefined) throw new Error("no such scene");
  const [constant, falling, saga] = distancesOf(animation).map(({ values }) => values);
  const start = Math.hypot(-2.4 - animation.marks[0]!.x, 1.8 - animation.marks[0]!.y);
  expect(constant?.[0]).toBeCloseTo(start, 5);
  expect(constant?.[23]).toBeGreaterThan(0.1);
  expect(falling?.[23]).toBeLessThan(0.7 * (constant?.[23] as number));
  expect(saga?.[23]).toBeLessThan(1e-3);
  // Two of three runs are gone in the second frame.
  const frames = [
    { step: 0, points: [[1, 0, 2, 0, 3, 0]] },
    { step: 1, points: [[0, 4]] },
  ];
  const [only] = distancesOf({
    ...animation,
    marks: [{ name: "x*", x: 0, y: 0 }],
    series: [{ name: "SGD", kind: "cloud", color: 0 }],
    frames,
  });
  expect(only?.values).toEqual([2, Number.POSITIVE_INFINITY]);
  // Minimizers of batches are no runs.
  const batches = await scenes.get("batch-minimizers")?.make({ quick: true });
  expect(distancesOf(batches ?? animation)).toHaveLength(1);
});

describe.skipIf(!hasChromium())("the lecture in Chromium", () => {
  const test = panelTest("lecture");
  const frame = (page: Page) => page.locator(".transport .time").textContent().then(Number);

  test("play, pause, step, scrub and the keyboard show other frames, and the address follows", async ({
    page,
    open,
    settle,
    address,
    button,
    pixels,
  }) => {
    await open("show=batch-minimizers&speed=30");
    const before = await pixels();
    await button("Play").click();
    await expect.poll(() => frame(page)).toBeGreaterThan(3);
    await button("Pause").click();
    const reached = await frame(page);
    expect(reached).toBeLessThan(79);
    await button("One frame forward").click();
    expect(await frame(page)).toBe(reached + 1);
    await button("One frame back").click();
    expect(await frame(page)).toBe(reached);
    await settle();
    expect(address().get("frame")).toBe(String(reached));
    expect(await pixels()).not.toEqual(before);
    await page.getByRole("slider", { name: "Frame" }).fill("20");
    expect(await frame(page)).toBe(20);
    const picture = page.getByRole("application", { name: /^The animation/ });
    await picture.focus();
    await page.keyboard.press("ArrowRight");
    expect(await frame(page)).toBe(21);
    await page.keyboard.press("End");
    expect(await frame(page)).toBe(79);
    await page.keyboard.press("Space");
    await button("Pause").waitFor();
    await picture.click();
    await button("Play").waitFor();
    await page.keyboard.press("Home");
    await settle();
    expect(address().get("frame")).toBeNull();
    expect(await pixels()).toEqual(before);
  });

  test("the page computes what the lab computes, and its program prints the shown frame", async ({
    open,
    saved,
    code,
  }) => {
    const values = { rate: 0.4, batch: 2, scatter: 1.5 };
    await open("show=divergence&rate=0.4&batch=2&scatter=1.5&frame=7");
    const shown = parseAnimation(await saved("JSON"));
    expect(shown).toEqual(await scenes.get("divergence")?.make({ values }));
    const points = shown.frames.flatMap((f) => f.points).reduce((sum, flat) => sum + flat.length / 2, 0);
    expect((await saved("CSV")).trim().split("\n")).toHaveLength(1 + points);
    expect(
      await saved("The animation. Space plays and pauses, arrow keys go from frame to frame.: SVG"),
    ).toMatch(/^<svg .*Step 7.*<clipPath.*<circle/s);
    const printed = (await runGenerated(await code())).join("\n").split("\n");
    expect(printed).toHaveLength(2);
    expect(printed[0]).toMatch(/^7 gradient descent/);
    expect(printed[1]).toContain(shown.frames[7]?.points[1]?.join(" "));
  });

  test("a slider changes the runs and keeps the focus; the button brings the lecture's values back", async ({
    page,
    open,
    settle,
    address,
    button,
    pixels,
  }) => {
    await open("show=neighbourhood&frame=79");
    const before = await pixels();
    const scatter = page.getByRole("slider", { name: "Scatter of the lines" });
    await scatter.focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press("Home");
    await settle();
    expect(address().get("scatter")).toBe("0");
    expect(await pixels()).not.toEqual(before);
    expect(await scatter.evaluate((element) => element === document.activeElement)).toBe(true);
    await button("As in the lecture").click();
    await settle();
    expect(address().get("scatter")).toBeNull();
    expect(await pixels()).toEqual(before);
  });

  test("a shared link shows its frame, in Russian and dark too", async ({ page, open, settle, pixels }) => {
    await open("show=divergence&rate=0.9&frame=17&lang=ru");
    expect(await page.locator("h2").first().textContent()).toMatch(/^Тот же шаг/);
    expect(await page.locator(".lecture p").nth(2).textContent()).toContain("Шаг 0.305 — это 0.9/L");
    const first = await pixels();
    const link = page.url();
    await page.goto("about:blank");
    await page.goto(link);
    await settle();
    expect(page.url()).toBe(link);
    expect(await pixels()).toEqual(first);
    await page.getByRole("button", { name: "Светлая или тёмная тема" }).click();
    expect(await pixels()).not.toEqual(first);
  });

  test("a first visit plays by itself", async ({ site }) => {
    const visit = await watchedPage(site, { reducedMotion: "no-preference", locale: "en-US" });
    await visit.page.goto(`${site.origin}/#lecture`);
    await visit.page.getByRole("button", { name: "Pause", exact: true }).waitFor();
    await visit.page.close();
    expect(visit.problems).toEqual([]);
  });

  test("one's own file is played, and what is none gives a clear message", async ({
    page,
    open,
    settle,
    address,
    saved,
  }) => {
    await open();
    const own = await scenes.get("divergence")?.make({ quick: true });
    const file = (content: unknown) => ({
      name: "own.json",
      mimeType: "application/json",
      buffer: Buffer.from(JSON.stringify(content)),
    });
    // An animation that the page has no words for speaks for itself.
    await page
      .locator('input[type="file"]')
      .setInputFiles(file({ ...own, id: "mine", title: "My own", framesPerSecond: 29 }));
    await settle();
    expect(address().get("show")).toBe("file");
    expect(await page.locator("h2").first().textContent()).toBe("My own");
    expect(await page.getByLabel("Speed").inputValue()).toBe("30");
    expect(await page.getByRole("slider", { name: "Scatter of the lines" }).count()).toBe(0);
    expect(parseAnimation(await saved("JSON")).frames).toEqual(own?.frames);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.locator('input[type="file"]').setInputFiles(file({ ...own, frames: [] }));
    await page.getByText("The animation cannot be read: frames: expected one or more frames").waitFor();
    await page.getByLabel("Show", { exact: true }).selectOption("neighbourhood");
    await settle();
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(await page.locator("h2").first().textContent()).toMatch(/^A constant step/);
  });

  test("an animation is opened from the server of steepest studio", async ({ site }) => {
    const animation = await scenes.get("neighbourhood")?.make({ quick: true });
    const studio = await startStudio({
      page: site.folder,
      port: 0,
      list: () => [{ name: "runs/cloud.json", kind: "animation", path: "here", changed: 0 }],
      report: ({ path }) => (path === "here" ? JSON.stringify(animation) : ""),
    });
    try {
      const { page, problems } = await watchedPage({ ...site, origin: studio.origin }, { locale: "en-US" });
      await page.goto(`${studio.origin}/#lecture?show=server:runs/cloud.json&frame=5`);
      await settled(page);
      expect(await page.getByLabel("Show", { exact: true }).inputValue()).toBe("server:runs/cloud.json");
      expect(await page.getByRole("slider", { name: "Frame" }).getAttribute("max")).toBe("23");
      expect(await frame(page)).toBe(5);
      await page.close();
      expect(problems).toEqual([]);
    } finally {
      await studio.close();
    }
  });
});
