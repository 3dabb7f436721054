import { readFile } from "node:fs/promises";
import { type Landscape, parseLandscape } from "@steepest/lab/format";
import { describe, expect, test } from "vitest";
import { initialState, readLandscapes, writeLandscapes } from "../src/landscapes/state.ts";
import { camera } from "../src/landscapes/surface.ts";
import { hasChromium } from "./support/chromium.ts";
import { runGenerated } from "./support/generated.ts";
import { panelTest } from "./support/panel.ts";

test("an address holds the whole state, and nonsense is ignored", () => {
  const state = {
    ...initialState,
    source: "live",
    network: "moons-mlp",
    optimizer: "muon",
    other: "sgd",
    method: "between",
    line: true,
    log: false,
    view: "surface",
    grid: 9,
    azimuth: -120,
    learningRate: 0.02,
  } as const;
  expect(readLandscapes(new URLSearchParams(writeLandscapes(state).toString()))).toEqual(state);
  const nonsense = new URLSearchParams(
    "network=x&grid=1e9&line=maybe&method=&optimizer=adamx&source=elsewhere",
  );
  expect(readLandscapes(nonsense)).toEqual(initialState);
});

test("the camera turns without changing lengths", () => {
  const look = camera({ azimuth: 30, elevation: 50 });
  const length = (x: number, y: number, z: number) => {
    const p = look(x, y, z);
    return Math.hypot(p.x, p.y, p.depth);
  };
  expect(length(1, 2, 3)).toBeCloseTo(Math.hypot(1, 2, 3), 9);
  // From above, height is depth alone; the first axis still goes to the right.
  const above = camera({ azimuth: 0, elevation: 90 })(0, 0, 1);
  expect([above.x, above.y]).toEqual([0, expect.closeTo(0, 9)]);
  expect(above.depth).toBeLessThan(0);
  expect(camera({ azimuth: 0, elevation: 35 })(1, 0, 0).x).toBe(1);
});

test.each(["cnn-path", "cnn-three", "gpt-line"])(
  "the example %s is a landscape with its command",
  async (name) => {
    const text = await readFile(new URL(`../src/landscapes/${name}.generated.json`, import.meta.url), "utf8");
    const { source, loss, axes } = parseLandscape(text);
    expect(source.command).toMatch(/^steepest landscape /);
    expect(loss.length).toBe(axes[1]?.coordinates.length ?? 1);
  },
);

describe.skipIf(!hasChromium())("landscapes in Chromium", () => {
  const test = panelTest("landscapes");
  const small = "network=moons-mlp&steps=30&grid=7";

  test("a network is trained and its landscape is that of the program for it", async ({
    page,
    open,
    saved,
    code,
  }) => {
    await open(small);
    const facts = page.locator(".facts");
    expect(await facts.textContent()).toMatch(/Explained variance of the path: [\d.]+ % → [\d.]+ %/);
    expect(await facts.textContent()).toMatch(/off the picture/);
    const made = parseLandscape(await saved("JSON"));
    expect(made.parameters).toBe(354);
    expect(made.loss).toHaveLength(7);
    expect(made.path?.steps.at(-1)).toBe(30);
    const csv = await saved("CSV");
    expect(csv.split("\n")).toHaveLength(1 + 49 + 31 + 1 + 1);
    const printed = (await runGenerated(await code())).join("\n").split("\n");
    printed.forEach((line, j) => {
      line.split(" ").forEach((value, i) => {
        expect(Number(value)).toBeCloseTo(made.loss[j]?.[i] as number, 4);
      });
    });
    expect(printed).toHaveLength(7);
  });

  test("the surface turns by dragging and by keys, and the address keeps it", async ({
    page,
    open,
    settle,
    address,
    pixels,
    saved,
  }) => {
    await open("source=cnn-three&view=surface");
    const canvas = page.getByRole("application");
    const before = await pixels('[role="application"]');
    const box = (await canvas.boundingBox())!;
    await page.mouse.move(box.x + 200, box.y + 200);
    await page.mouse.down();
    await page.mouse.move(box.x + 300, box.y + 220, { steps: 5 });
    await page.mouse.up();
    await settle();
    expect(Number(address().get("azimuth"))).toBeCloseTo(-90, 0);
    expect(Number(address().get("elevation"))).toBeCloseTo(45, 0);
    expect(await pixels('[role="application"]')).not.toEqual(before);
    await canvas.focus();
    await page.keyboard.press("ArrowLeft");
    await settle();
    expect(Number(address().get("azimuth"))).toBeCloseTo(-85, 0);
    await page.reload();
    await settle();
    expect(Number(address().get("azimuth"))).toBeCloseTo(-85, 0);
    await page.getByLabel("View", { exact: true }).selectOption("contour");
    await settle();
    await expect(page.getByRole("application").count()).resolves.toBe(0);
    expect(await saved("The landscape: SVG")).toContain("adamw, seed 3");
  });

  test("dropout, lines and one's own file", async ({ page, open, settle, address, saved }) => {
    await open("steps=20&grid=7&line=1&method=filter");
    const without = parseLandscape(await saved("JSON"));
    await page.getByLabel(/With dropout/).check();
    await page.waitForTimeout(300);
    await settle();
    const withDropout: Landscape = parseLandscape(await saved("JSON"));
    expect(withDropout.dropout).toBe(true);
    expect(withDropout.axes).toHaveLength(1);
    expect(withDropout.loss).not.toEqual(without.loss);
    const own = {
      name: "own.json",
      mimeType: "application/json",
      buffer: Buffer.from(JSON.stringify(without)),
    };
    await page.locator('input[type="file"]').setInputFiles(own);
    await settle();
    expect(address().get("source")).toBe("file");
    expect(parseLandscape(await saved("JSON"))).toEqual(without);
    await page.locator('input[type="file"]').setInputFiles({ ...own, buffer: Buffer.from("{}") });
    await page.getByText(/cannot be read: format: expected "steepest-landscape/).waitFor();
  });
});
