import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasChromium, launch } from "../../studio/test/support/chromium.ts";
import { buildReport } from "../src/report/build.ts";
import { pageScript } from "../src/report/bundle.ts";
import { parseReport, type ReportData, type ReportTrial } from "../src/report/data.ts";
import { renderReport } from "../src/report/render.ts";
import { temporaryFolder } from "./steepest.ts";
import { madeUpStudy } from "./support/made-up-study.ts";

const folder = temporaryFolder();
const file = join(folder, "report.html");
let data: ReportData;
let script: string;

beforeAll(async () => {
  data = buildReport(madeUpStudy());
  script = await pageScript();
  writeFileSync(file, renderReport(data, script));
});

test("the page carries its data, which nothing in it can end early", () => {
  const evil = { ...data, title: `</script><script>alert("x")</script>&<b>` };
  const page = renderReport(evil, script);
  expect(parseReport(page).title).toBe(evil.title);
  expect(page.match(/<script/g)?.length).toBe(renderReport(data, script).match(/<script/g)?.length);
});

test("500 trials of 20 evaluations stay below 3 MB", () => {
  const [first] = data.trials.filter(({ curve }) => curve.step.length === 11) as [ReportTrial];
  const many = Array.from({ length: 500 }, (_, i): ReportTrial => {
    const values = Array.from({ length: 21 }, (_, k) => Number((Math.sin(i + k) * 0.1234567).toPrecision(7)));
    const step = values.map((_, k) => 10 * k);
    const curve = {
      step,
      seconds: values,
      trainLoss: values,
      validation: { loss: values, accuracy: values },
    };
    return { ...first, id: i.toString(16).padStart(16, "0"), curve };
  });
  const bytes = Buffer.byteLength(renderReport({ ...data, trials: many }, script));
  expect(bytes).toBeLessThan(3e6);
});

describe.skipIf(!hasChromium())("in a browser", () => {
  let browser: Browser;
  const problems: string[] = [];

  async function open(
    options: Parameters<Browser["newPage"]>[0] = {},
    hash = "",
    path = file,
  ): Promise<Page> {
    const page = await browser.newPage(options);
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(String(error.stack)));
    page.on("request", (request) => {
      if (!/^(file|data|blob):/.test(request.url())) problems.push(`request: ${request.url()}`);
    });
    await page.goto(`file://${path}${hash}`);
    await page.locator("#report figure svg, #trial figure svg").first().waitFor({ state: "attached" });
    return page;
  }

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    expect(problems).toEqual([]);
  });

  test.each([1280, 390])(
    "every figure is drawn at %i px, and nothing is wider than the page",
    async (width) => {
      const page = await open({ viewport: { width, height: 800 } });
      // Two profiles; curves, sensitivity and no parallel coordinates (two settings) for each of two tasks.
      expect(await page.locator("figure svg[role=img]").count()).toBe(6);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      expect(
        await page.locator("svg").evaluateAll((all) => all.some((s) => s.outerHTML.includes("NaN"))),
      ).toBe(false);
      await page.close();
    },
  );

  test("the theme follows the system until it is chosen; paper is white", async () => {
    const page = await open({ colorScheme: "dark" });
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await paper();
    expect(dark).not.toBe("rgb(255, 255, 255)");
    await page.click("#theme");
    expect(await paper()).toBe("rgb(255, 255, 255)");
    await page.click("#theme");
    expect(await paper()).toBe(dark);
    await page.emulateMedia({ media: "print" });
    expect(await paper()).toBe("rgb(255, 255, 255)");
    expect(await page.locator(".tools").first().isVisible()).toBe(false);
    await page.close();
  });

  test("curves change with their controls, and the legend switches an optimizer off everywhere", async () => {
    const page = await open();
    const curves = page.locator('[data-part="curves"]').first();
    await curves.locator("[name=by]").selectOption("samples");
    expect(await curves.locator("figcaption").textContent()).toBe("Validation loss by samples seen");
    await curves.locator("[name=logX]").check();
    await curves.locator("[name=logY]").check();
    const lines = (part: string) =>
      page.locator(`[data-part="${part}"] svg g[aria-label="line"] path`).count();
    const before = await lines("curves");
    await curves.locator('[data-optimizer="sgd"]').uncheck();
    expect(await lines("curves")).toBeLessThan(before);
    expect(await page.locator('[data-part="profile"] [data-optimizer="sgd"]').first().isChecked()).toBe(
      false,
    );
    await page.close();
  });

  test("figures are saved as SVG and PNG, tables as CSV", async () => {
    const page = await open();
    const saved = async (selector: string) => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.locator(selector).first().click(),
      ]);
      const path = join(folder, download.suggestedFilename());
      await download.saveAs(path);
      return path;
    };
    const svg = readFileSync(await saved('[data-part="curves"] [data-save="svg"]'), "utf8");
    expect(svg).toMatch(/^<svg.*Validation loss by training step/s);
    expect(svg).not.toContain("var(--plot");
    const png = await saved('[data-part="sensitivity"] [data-save="png"]');
    expect(readFileSync(png).subarray(1, 4).toString()).toBe("PNG");
    expect(statSync(png).size).toBeGreaterThan(5000);
    const scores = readFileSync(await saved('[data-table="scores"] button'), "utf8").split("\n");
    expect(scores[0]).toMatch(/^optimizer,score by steps,exact by steps,.*score by time/);
    expect(scores[1]).toMatch(/^muon,1,1,1,1,/);
    const trials = readFileSync(await saved("[data-csv]"), "utf8")
      .trim()
      .split("\n");
    expect(trials).toHaveLength(1 + data.trials.length);
    await page.close();
  });

  test("a range brushed by mouse or keys filters the trials, and can be let go", async () => {
    const rates = [0.01, 0.1, 1, 10];
    const searched: ReportData = {
      ...data,
      entries: data.entries.map((entry) =>
        entry.optimizer === "sgd"
          ? { ...entry, settings: rates.map((learningRate) => ({ learningRate, momentum: 0.9 })) }
          : entry,
      ),
      trials: data.trials.map((trial, i) =>
        trial.optimizer === "sgd"
          ? {
              ...trial,
              hyperparameters: { learningRate: rates[i % 4] as number, momentum: 0.9 },
              setting: i % 4,
            }
          : trial,
      ),
    };
    const path = join(folder, "searched.html");
    writeFileSync(path, renderReport(searched, script));
    const page = await open({ viewport: { width: 1000, height: 900 } }, "", path);
    const figure = page.locator('[data-part="parallel"]').first();
    await figure.scrollIntoViewIfNeeded();
    const axis = figure.locator(".axis").first();
    const box = (await axis.boundingBox()) as { x: number; y: number; width: number; height: number };
    const [x, y] = [box.x + box.width / 2, box.y + 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x, y + box.height / 2);
    await page.mouse.up();
    const rows = page.locator("#trials tbody tr");
    const sgd = searched.trials.filter((t) => t.optimizer === "sgd" && t.task === "a9a-logistic");
    const high = sgd.filter((t) => (t.hyperparameters.learningRate as number) >= 1);
    expect(await rows.count()).toBe(high.length);
    expect(await figure.locator(".note").textContent()).toContain(
      `${high.length} of ${sgd.length} trials are inside`,
    );
    await page.click("[data-clear]");
    expect(await rows.count()).toBe(data.trials.length);
    await figure.locator(".axis").first().focus();
    await page.keyboard.press("ArrowDown");
    expect(await rows.count()).toBe(sgd.length - high.length);
    await page.keyboard.press("Escape");
    expect(await rows.count()).toBe(data.trials.length);
    await page.close();
  });

  test("trials are sorted, filtered, and have pages of their own", async () => {
    const page = await open();
    const rows = page.locator("#trials tbody tr");
    await page.fill("#trials input", "sgd diverged");
    expect(await rows.count()).toBe(12);
    await page.fill("#trials input", "muon a9a");
    await page.click('#trials button:text-is("steps to target")');
    expect(await rows.first().locator("td").nth(9).textContent()).toBe("20");
    await rows.first().locator("a").focus();
    await page.keyboard.press("Enter");
    await page.locator("#trial h1").waitFor();
    expect(await page.locator("#report").isVisible()).toBe(false);
    expect(await page.locator("#trial h1").textContent()).toMatch(
      /^muon on Logistic regression on a9a, seed [246]$/,
    );
    expect(await page.locator("#trial pre").first().textContent()).toMatch(
      /^steepest trial \/.*report\.html [0-9a-f]{16}$/,
    );
    expect(await page.locator("#trial figure svg").count()).toBe(1);
    await page.goBack();
    expect(await page.locator("#report").isVisible()).toBe(true);
    await page.close();
  });
});
