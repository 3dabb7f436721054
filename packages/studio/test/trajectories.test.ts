import type { Page } from "playwright-core";
import { describe, expect } from "vitest";
import { accessibilityProblems } from "./support/axe.ts";
import { hasChromium } from "./support/chromium.ts";
import { runGenerated } from "./support/generated.ts";
import { watchedPage } from "./support/page.ts";
import { panelTest } from "./support/panel.ts";

describe.skipIf(!hasChromium())("trajectories in Chromium", () => {
  const test = panelTest("trajectories", { viewport: { width: 1200, height: 800 }, locale: "en-US" });
  /** Both layers of the picture. */
  const layers = ".stage canvas";
  const picture = (page: Page) => page.locator("#picture");
  const step = (page: Page) => page.locator(".transport .time").textContent().then(Number);

  test("a drag moves the start and every path, and the address follows", async ({
    page,
    settle,
    open,
    address,
    pixels,
  }) => {
    await open("t=300");
    const before = await pixels(layers);
    const box = (await picture(page).boundingBox())!;
    await page.mouse.move(box.x + 200, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + 600, box.y + 200, { steps: 5 });
    await page.mouse.up();
    await settle();
    expect(await pixels(layers)).not.toEqual(before);
    const [x, y] = address().get("start")!.split(",").map(Number) as [number, number];
    // Rosenbrock's view: 2 units from the centre (0, 0.6) to the top.
    const unit = 4 / box.height;
    expect(x).toBeCloseTo((600 - box.width / 2) * unit, 2);
    expect(y).toBeCloseTo(0.6 + (box.height / 2 - 200) * unit, 2);
  });

  test("play, pause, step, scrub and rewind", async ({ page, settle, open, address, button }) => {
    await open("speed=120");
    await button("Play").click();
    await page.waitForTimeout(500);
    await button("Pause").click();
    const reached = await step(page);
    expect(reached).toBeGreaterThan(5);
    expect(reached).toBeLessThan(300);
    await button("One step forward").click();
    expect(await step(page)).toBe(reached + 1);
    await button("One step back").click();
    await button("One step back").click();
    expect(await step(page)).toBe(reached - 1);
    await page.getByRole("slider", { name: "Step", exact: true }).fill("123");
    expect(await step(page)).toBe(123);
    await settle();
    expect(address().get("t")).toBe("123");
    await button("Rewind").click();
    expect(await step(page)).toBe(0);
  });

  test("the picture is panned, zoomed around the pointer and shown as at first again", async ({
    page,
    settle,
    open,
    address,
    button,
    pixels,
  }) => {
    await open("f=himmelblau&t=200");
    const before = await pixels(layers);
    const box = (await picture(page).boundingBox())!;
    const unit = 10 / box.height;
    const view = () => (address().get("view") ?? "0,0,5").split(",").map(Number) as [number, number, number];
    const drag = async () => {
      await page.mouse.move(box.x + 300, box.y + 200);
      await page.mouse.down();
      await page.mouse.move(box.x + 400, box.y + 150, { steps: 4 });
      await page.mouse.up();
      await settle();
    };
    await button("Drag moves the picture").click();
    await drag();
    expect(address().get("start")).toBeNull();
    expect(view()[0]).toBeCloseTo(-100 * unit, 2);
    expect(view()[1]).toBeCloseTo(-50 * unit, 2);
    await button("Drag moves the picture").click();
    await page.keyboard.down("Shift");
    await drag();
    await page.keyboard.up("Shift");
    expect(view()[0]).toBeCloseTo(-200 * unit, 2);
    // The point under the pointer stays where it is.
    const under = ([x, , half]: [number, number, number]) =>
      x + ((2 * half) / box.height) * (500 - box.width / 2);
    const point = under(view());
    await page.mouse.move(box.x + 500, box.y + 300);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -120);
    await page.keyboard.up("Control");
    await settle();
    expect(view()[2]).toBeLessThan(5);
    expect(under(view())).toBeCloseTo(point, 2);
    await picture(page).focus();
    await page.keyboard.press("Alt+ArrowRight");
    await button("Show everything again").click();
    await settle();
    expect(address().get("view")).toBeNull();
    expect(await pixels(layers)).toEqual(before);
  });

  test("a first visit plays by itself", async ({ site }) => {
    const visit = await watchedPage(site, { reducedMotion: "no-preference", locale: "en-US" });
    await visit.page.goto(site.origin);
    await visit.page.getByRole("button", { name: "Pause" }).waitFor();
    await visit.page.close();
    expect(visit.problems).toEqual([]);
  });

  test("something worth seeing sets the function, the optimizers and the noise, and plays", async ({
    page,
    open,
    settle,
    address,
    button,
  }) => {
    await open("f=himmelblau&t=50");
    await page.getByLabel("Something worth seeing…").selectOption("sam");
    await button("Pause").click();
    await settle();
    expect(address().get("f")).toBe("sharpFlat");
    expect(address().get("noise")).toBe("2");
    expect(address().getAll("o")).toEqual(["sgd learningRate=0.03", "sam learningRate=0.03 rho=0.3"]);
    expect(await page.locator(".card .name").allTextContents()).toEqual(["SGD", "SAM"]);
    expect(await page.getByLabel("Width of the sharp minimum").first().inputValue()).not.toBe("");
  });

  test("one dimension: the runs in the deepest valley are counted, escape by noise raises them", async ({
    page,
    open,
  }) => {
    await open("f=doubleWell&seeds=200&noise=3&o=sgd&t=300");
    expect(await page.locator("figcaption").allTextContents()).toContain("Runs in the deepest valley, share");
  });

  test("the keyboard moves the start, zooms and scrubs", async ({ page, settle, open, address }) => {
    await open("start=0,0");
    await picture(page).focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("+");
    await settle();
    expect(address().get("start")).toBe("0.04,0.04");
    expect(address().get("view")).toBe("0,0.6,1.6");
    await page.getByRole("slider", { name: "Step", exact: true }).focus();
    await page.keyboard.press("ArrowRight");
    expect(await step(page)).toBe(1);
  });

  test("a formula of one's own: errors point at the character, and a good one is drawn", async ({
    page,
    settle,
    open,
    address,
    pixels,
  }) => {
    await open();
    await page.getByLabel("Function", { exact: true }).selectOption("own");
    const formula = page.getByLabel("Formula in x and y");
    await formula.fill("x^2 + foo*y");
    expect(await page.locator("#formula-problem").textContent()).toContain("Character 7: “foo” is unknown");
    expect(await page.locator("#formula-problem mark").textContent()).toBe("foo");
    expect(await formula.getAttribute("aria-invalid")).toBe("true");
    const before = await pixels(layers);
    await formula.fill("(x - 1)^2 + 2*abs(y)");
    await settle();
    expect(await page.locator("#formula-problem").textContent()).toBe("");
    expect(await pixels(layers)).not.toEqual(before);
    expect(address().get("formula")).toBe("(x - 1)^2 + 2*abs(y)");
    // Without y there is one dimension, a curve instead of a map.
    await formula.fill("(x^2 - 1)^2");
    await settle();
    expect(address().get("start")).toBeNull();
    expect(await formula.inputValue()).toBe("(x^2 - 1)^2");
    expect(await formula.evaluate((e) => e === document.activeElement)).toBe(true);
  });

  test("optimizers are added, tuned, selected and removed", async ({
    page,
    settle,
    open,
    address,
    button,
  }) => {
    await open();
    await page.getByLabel("Add an optimizer").selectOption("nesterov");
    await settle();
    expect(address().getAll("o")).toHaveLength(5);
    const rate = page.locator(".card").nth(4).getByLabel("Learning rate").last();
    await rate.fill("0.0007");
    await rate.press("Enter");
    await settle();
    expect(address().getAll("o")[4]).toContain("learningRate=0.0007");
    expect(await page.locator("figcaption").last().textContent()).toBe("Nesterov: momentum");
    await button("Remove Nesterov").click();
    await button("Show the state of Momentum").click();
    await settle();
    expect(address().getAll("o")).toHaveLength(4);
    expect(await page.locator("figcaption").last().textContent()).toBe("Momentum: momentum");
  });

  test("a shared link reproduces the picture", async ({ page, settle, open, pixels }) => {
    await open("f=himmelblau&seeds=50&noise=2&spread=0.5&start=-2,0.5&t=80&o=adam learningRate=0.2&o=muon");
    const first = await pixels(layers);
    const link = page.url();
    await page.goto("about:blank");
    await page.goto(link);
    await settle();
    expect(page.url()).toBe(link);
    expect(await pixels(layers)).toEqual(first);
  });

  test("mini-batches, one dimension and 200 runs are drawn", async ({ page, open, pixels }) => {
    const seen = new Set<string>();
    for (const query of [
      "f=regression&batch=1&t=100&seeds=200",
      "f=doubleWell&noise=2&seeds=200&t=300",
      "f=washboard",
    ]) {
      await page.goto("about:blank");
      await open(query);
      seen.add((await pixels(layers)).join());
    }
    expect(seen.size).toBe(3);
  });

  test("files are saved, and agree with each other", async ({ open, saved }) => {
    await open("t=300&steps=60");
    const svg = await saved("SVG");
    expect(svg).toMatch(/^<svg xmlns/);
    expect(svg.match(/<path/g)!.length).toBeGreaterThan(15);
    expect((await saved("PNG")).slice(1, 4)).toBe("PNG");
    const rows = (await saved("CSV"))
      .toString()
      .trim()
      .split("\n")
      .map((row) => row.split(","));
    expect(rows).toHaveLength(1 + 4 * 61);
    const json = JSON.parse(await saved("JSON"));
    expect(json.format).toBe("steepest-trajectories/1");
    expect(json.runs[3].points.slice(-2)).toEqual(rows.at(-1)!.slice(2, 4).map(Number));
    expect(json.experiment.start).toEqual([-1.2, 1]);
  });

  test("the code for a picture runs with the library and ends where the picture does", async ({
    open,
    saved,
    code,
  }) => {
    await open("steps=20&o=sgd&o=momentum&o=muon&o=sam");
    const { runs } = JSON.parse(await saved("JSON"));
    const ends = (await runGenerated(await code())).map((line) =>
      line.match(/-?\d+\.\d+(?:e-?\d+)?/g)!.map(Number),
    );
    expect(ends).toHaveLength(4);
    ends.forEach(([x, y], i) => {
      expect(x).toBeCloseTo(runs[i].points.at(-2), 3);
      expect(y).toBeCloseTo(runs[i].points.at(-1), 3);
    });
  });

  test("it keeps working without a network", async ({ page, settle, open, pixels }) => {
    await open();
    await page.context().setOffline(true);
    const before = await pixels(layers);
    await page.getByLabel("Function", { exact: true }).selectOption("rastrigin");
    await page.getByLabel("Add an optimizer").selectOption("adamw");
    await settle();
    expect(await pixels(layers)).not.toEqual(before);
  });

  test("Russian and dark", async ({ page, settle, open, address }) => {
    await open("lang=ru");
    expect(await page.locator("html").getAttribute("lang")).toBe("ru");
    const text = await page.locator(".panel").textContent();
    expect(text).toContain("Оптимизаторы");
    const light = await page.locator("body").evaluate((e) => getComputedStyle(e).backgroundColor);
    await page.getByRole("button", { name: "Светлая или тёмная тема" }).click();
    expect(await page.locator("body").evaluate((e) => getComputedStyle(e).backgroundColor)).not.toBe(light);
    await page.getByLabel("Язык").selectOption("en");
    await page.getByLabel("Language").waitFor();
    await settle();
    expect(address().get("lang")).toBe("en");
  });

  test("a phone sees everything without scrolling sideways", async ({ page, open }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open("f=own&formula=x^2%2By^2");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });

  test("axe finds nothing in other functions, with a formula error and with the code open", async ({
    page,
    open,
    button,
  }) => {
    await open("f=regression&seeds=10");
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.goto("about:blank");
    await open("f=own&formula=x^2");
    await page.getByLabel("Formula in x and y").fill("x^");
    expect(await accessibilityProblems(page)).toEqual([]);
    await button("Code for this").click();
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});
