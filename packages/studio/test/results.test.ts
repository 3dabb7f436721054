import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseReport, type ReportData } from "@steepest/lab/format";
import fc from "fast-check";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { startStudio } from "../../lab/src/studio/server.ts";
import { bandOf, linesOf } from "../src/results/curves.ts";
import { codeFor, toCsv } from "../src/results/save.ts";
import { knobsOf, shownTrials } from "../src/results/select.ts";
import {
  clocks,
  initialResults,
  lineKinds,
  outcomes,
  type ResultsState,
  readResults,
  uses,
  writeResults,
} from "../src/results/state.ts";
import { accessibilityProblems } from "./support/axe.ts";
import { hasChromium } from "./support/chromium.ts";
import { runGenerated } from "./support/generated.ts";
import { settled, watchedPage } from "./support/page.ts";
import { panelTest } from "./support/panel.ts";

const examplePath = fileURLToPath(new URL("../src/results/example.generated.json", import.meta.url));
const example = parseReport(await readFile(examplePath, "utf8"), "example");

describe("addresses", () => {
  const end = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  const states: fc.Arbitrary<ResultsState> = fc.record({
    source: fc.constantFrom("", "file", "runs/a study", "x&y=z"),
    task: fc.constantFrom("", "fashion-cnn"),
    hidden: fc.uniqueArray(fc.constantFrom("sgd", "adamw", "diverged")),
    use: fc.constantFrom(...uses),
    ranges: fc.dictionary(
      fc.constantFrom("learningRate", "b1"),
      fc.tuple(end, end).map(([a, b]) => [Math.min(a, b) + 0, Math.max(a, b) + 0] as const),
    ),
    sort: fc.constantFrom("", "seed", "learningRate"),
    descending: fc.boolean(),
    selected: fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{16}$/)),
    trial: fc.constantFrom("", "0123456789abcdef"),
    metric: fc.constantFrom("", "train", "loss"),
    x: fc.constantFrom(...clocks),
    logX: fc.boolean(),
    logY: fc.boolean(),
    lines: fc.constantFrom(...lineKinds),
    knob: fc.constantFrom("", "b1"),
    outcome: fc.constantFrom(...outcomes),
  });

  test("an address holds the whole state", () => {
    fc.assert(
      fc.property(states, (state) => {
        const read = readResults(new URLSearchParams(writeResults(state).toString()));
        expect({ ...read, ranges: { ...read.ranges } }).toEqual({ ...state, ranges: { ...state.ranges } });
      }),
    );
  });

  test("nonsense is as if it were not there", () => {
    expect(readResults(new URLSearchParams("use=x&x=2&lines=&range=a+b&range=lr+3+1&logX=yes"))).toEqual(
      initialResults,
    );
  });
});

describe("the example", () => {
  test("is a real study of several tasks, optimizers, settings and seeds", () => {
    expect(example.kind).toBe("study");
    expect(example.tasks.map(({ name }) => name)).toEqual(["fashion-cnn", "a9a-logistic"]);
    expect(example.trials).toHaveLength(108);
    expect([...knobsOf(example.trials).keys()].sort()).toEqual(["b1", "learningRate", "momentum"]);
  });

  test("filters keep what they should, and the best comes first", () => {
    const shown = (change: Partial<ResultsState>) => shownTrials(example, { ...initialResults, ...change });
    const all = shown({});
    expect(all).toHaveLength(54);
    expect(all[0]?.final).toBe(Math.max(...all.map(({ final }) => final ?? 0)));
    expect(shown({ task: "a9a-logistic" })[0]?.final).toBeLessThan(0.35);
    expect(new Set(shown({ hidden: ["sgd"] }).map(({ optimizer }) => optimizer))).toEqual(
      new Set(["adamw", "muon"]),
    );
    const some = shown({ ranges: { learningRate: [0.01, 0.1] } });
    expect(some.length).toBeGreaterThan(0);
    expect(some.every(({ hyperparameters: { learningRate: r } }) => r! >= 0.01 && r! <= 0.1)).toBe(true);
    // A limit on a hyperparameter that an optimizer lacks does not hide it.
    expect(shown({ ranges: { b1: [2, 3] } }).map(({ optimizer }) => optimizer)).toContain("sgd");
    const rates = shown({ sort: "learningRate", descending: true }).map(
      (t) => t.hyperparameters.learningRate!,
    );
    expect(rates).toEqual([...rates].sort((a, b) => b - a));
  });

  test("lines are the chosen settings, all settings or all trials", () => {
    const shown = shownTrials(example, initialResults);
    const count = (lines: ResultsState["lines"]) =>
      linesOf(example, { ...initialResults, lines }, shown).length;
    expect([count("chosen"), count("settings"), count("trials")]).toEqual([3, 18, 54]);
  });
});

test("bands are median and range, as far as the curves go", () => {
  const band = bandOf([
    { x: [0, 1, 2], y: [3, 2, 1] },
    { x: [0, 1, 2], y: [5, 4, Number.NaN] },
    { x: [0, 2, 4], y: [4, 8, 6] },
    { x: [0], y: [10] },
  ]);
  expect(band.x).toEqual([0, 1, 2]);
  expect(band.y).toEqual([4.5, 4, 4.5]);
  expect(band.low).toEqual([3, 2, 1]);
  expect(band.high).toEqual([10, 6, 8]);
});

describe.skipIf(!hasChromium())("results in Chromium", () => {
  const test = panelTest("results");
  const rows = (page: Page) => page.locator(".trials tbody tr");

  test("filters, sorting and marks change the table, the pictures and the address", async ({
    page,
    open,
    settle,
    address,
    pixels,
  }) => {
    await open();
    expect(await rows(page).count()).toBe(54);
    const before = await pixels();
    await page.getByRole("checkbox", { name: "sgd", exact: true }).uncheck();
    await page.getByLabel("learningRate, from").fill("0.002");
    await page.getByLabel("learningRate, from").press("Enter");
    await settle();
    const count = await rows(page).count();
    expect(count).toBeLessThan(36);
    expect(await page.getByRole("status").last().textContent()).toBe(`${count} of 54 trials`);
    expect((await pixels()).map((v, i) => v !== before[i])).toEqual([true, true]);
    await page.getByRole("button", { name: "Seed" }).click();
    await page
      .getByRole("checkbox", { name: /^Compare trial/ })
      .first()
      .check();
    // The box keeps the focus: the keyboard goes on from there.
    expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).type)).toBe("checkbox");
    await settle();
    expect(address().getAll("hidden")).toEqual(["sgd"]);
    expect(address().get("range")).toBe("learningRate 0.002 Infinity");
    expect(address().get("sort")).toBe("seed");
    expect(address().getAll("selected")).toHaveLength(1);
    const link = page.url();
    const shared = await pixels();
    await page.goto("about:blank");
    await page.goto(link);
    await settle();
    expect(await pixels()).toEqual(shared);
    await page.getByRole("button", { name: "Clear the filters" }).click();
    expect(await rows(page).count()).toBe(54);
  });

  test("a trial's facts open by keyboard, and their link opens them again", async ({
    page,
    open,
    settle,
    address,
  }) => {
    await open("task=a9a-logistic");
    await page
      .getByRole("button", { name: /^Facts of trial/ })
      .first()
      .focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    expect(await dialog.textContent()).toContain("steepest trial report.json");
    await settle();
    expect(await accessibilityProblems(page)).toEqual([]);
    const id = address().get("trial")!;
    await page.keyboard.press("Escape");
    await settle();
    expect(address().get("trial")).toBeNull();
    await page.goto("about:blank");
    await open(`trial=${id}`);
    expect(await dialog.textContent()).toContain(`Trial ${id}`);
  });

  test("files are saved, and the code prints the same rows", async ({ open, saved, code }) => {
    await open("hidden=muon&range=learningRate+0.001+0.1");
    const csv = (await saved("CSV")).trim().split("\n");
    const json = JSON.parse(await saved("JSON"));
    expect(json.trials.map(({ id }: { id: string }) => id)).toEqual(
      csv.slice(1).map((row) => row.split(",")[0]),
    );
    expect(parseReport(await saved("Report (JSON)")).digest).toBe(example.digest);
    expect(await saved("Curves of the shown trials: SVG")).toMatch(/^<svg .*<path/s);
    const program = await code();
    const printed = await runGenerated(program, examplePath);
    const state = { ...initialResults, hidden: ["muon"], ranges: { learningRate: [0.001, 0.1] as const } };
    expect(codeFor(example, state)).toBe(program);
    expect(printed.join("\n").split("\n")).toEqual(csv);
    expect(toCsv(example, state, shownTrials(example, state)).trim().split("\n")).toEqual(csv);
  });

  test("a dropped report is opened, and what is none gives a clear message", async ({
    page,
    open,
    settle,
    address,
  }) => {
    await open();
    const drop = async (name: string, content: string) => {
      const transfer = await page.evaluateHandle(
        ([file, text]) => {
          const data = new DataTransfer();
          data.items.add(new File([text as string], file as string));
          return data;
        },
        [name, content],
      );
      await page.dispatchEvent(".results", "drop", { dataTransfer: transfer });
      await settle();
    };
    const small: ReportData = { ...example, title: "dropped", trials: example.trials.slice(0, 5) };
    await drop("other.html", "<p>nothing");
    expect(await page.getByRole("status").first().textContent()).toMatch(/other.html: is no Steepest report/);
    await drop(
      "report.html",
      `<!doctype html><script type="application/json" id="steepest-report">${JSON.stringify(small)}</script>`,
    );
    expect(await page.locator(".overview h2").textContent()).toBe("dropped");
    expect(await rows(page).count()).toBe(5);
    expect(address().get("source")).toBe("file");
  });

  test("a study is opened from the server of steepest studio, under its strict policy", async ({ site }) => {
    const studio = await startStudio({
      page: site.folder,
      port: 0,
      list: () => [{ name: "runs/a study", kind: "study", path: "here", changed: 0 }],
      report: async ({ path }) => (path === "here" ? readFile(examplePath, "utf8") : ""),
    });
    try {
      const visit = await watchedPage({ ...site, origin: studio.origin }, { locale: "en-US" });
      // A visitor without a link sees what the server has before the example.
      await visit.page.goto(`${studio.origin}/#results`);
      await visit.page.locator(".trials tbody tr").first().waitFor();
      await settled(visit.page);
      expect(await visit.page.getByLabel("Results", { exact: true }).inputValue()).toBe("runs/a study");
      await visit.page.goto(`${studio.origin}/#trajectories?seeds=10`);
      await settled(visit.page);
      await visit.page.close();
      expect(visit.problems).toEqual([]);
    } finally {
      await studio.close();
    }
  });

  test("500 trials stay smooth", async ({ page, open, settle }) => {
    /** The main thread's work for a filter's click, in milliseconds. */
    const time = () =>
      page.evaluate(async () => {
        const box = document.querySelector<HTMLInputElement>(".filters input[type=checkbox]")!;
        const times: number[] = [];
        for (let i = 0; i < 6; i++) {
          const begin = performance.now();
          box.click();
          times.push(performance.now() - begin);
          await new Promise(requestAnimationFrame);
        }
        return Math.max(times.sort((a, b) => a - b)[2]!, 0.5);
      });
    const trials = Array.from({ length: 500 }, (_, i) => {
      const trial = example.trials[i % 54]!;
      return { ...trial, id: `${i}`.padStart(16, "0"), seed: i };
    });
    await open();
    const few = await time();
    await page.locator('input[type="file"]').setInputFiles({
      name: "big.json",
      mimeType: "application/json",
      buffer: Buffer.from(JSON.stringify({ ...example, trials })),
    });
    await settle();
    expect(await rows(page).count()).toBe(500);
    const many = await time();
    console.log(`54 trials: ${few.toFixed(1)} ms, 500 trials: ${many.toFixed(1)} ms for a filter's click`);
    // In proportion, with room for a busy machine: work that grows with the square would be 86 times.
    expect(many).toBeLessThan(40 * few);
  });

  test("Russian and a phone's width", async ({ page, open }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open("lang=ru&lines=trials");
    expect(await page.locator("h2").nth(1).textContent()).toBe("Кривые");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });
});
