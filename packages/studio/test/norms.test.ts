import { describe, expect, test } from "vitest";
import { type NormReport, normsOf, polarOf } from "../src/engine/norms.ts";
import { exampleValues } from "../src/norms/spectrum.ts";
import {
  initialNorms,
  kellerQuintic,
  matrixNorms,
  matrixOf,
  planeOf,
  readNorms,
  vectorNorms,
  writeNorms,
} from "../src/norms/state.ts";
import { hasChromium } from "./support/chromium.ts";
import { runGenerated } from "./support/generated.ts";
import { panelTest } from "./support/panel.ts";

const inner = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, v, i) => sum + v * (b[i] as number), 0);

describe("reports", () => {
  const vectors = (gradient: number[], p = 3) =>
    normsOf({
      norms: vectorNorms,
      p,
      shape: [2],
      plane: [
        [1, 0],
        [0, 1],
      ],
      gradient,
    });
  const matrices = (singular: [number, number]) => {
    const state = { ...initialNorms, singular };
    const gradient = matrixOf(state.left, state.right, singular);
    return normsOf({ norms: matrixNorms, p: 2, shape: [2, 2], plane: planeOf(state), gradient });
  };

  test("the oracle reaches minus the dual norm, and no point of the ball goes lower", async () => {
    const check = (reports: readonly NormReport[], gradient: readonly number[], flat: readonly number[]) => {
      for (const { name, lmo, dual, ball } of reports) {
        expect(inner(lmo, gradient), name).toBeCloseTo(-dual, 4);
        for (let i = 0; i < ball.length; i += 2) {
          expect(inner(ball.slice(i, i + 2), flat), name).toBeGreaterThan(-dual - 1e-4);
        }
      }
    };
    check(await vectors([1.2, -0.7]), [1.2, -0.7], [1.2, -0.7]);
    const { left, right } = initialNorms;
    check(await matrices([1.1, 0.4]), matrixOf(left, right, [1.1, 0.4]), [1.1, 0.4]);
  });

  test("balls go through the points that they must", async () => {
    const [l1, l2, lp, linf] = (await vectors([1, 0])) as [NormReport, NormReport, NormReport, NormReport];
    // At 45 degrees.
    const at = ({ ball }: NormReport) => ball[2 * 45];
    expect(at(l1)).toBeCloseTo(0.5, 4);
    expect(at(l2)).toBeCloseTo(Math.SQRT1_2, 4);
    expect(at(lp)).toBeCloseTo(2 ** (-1 / 3), 4);
    expect(at(linf)).toBeCloseTo(1, 4);
    const of = Object.fromEntries((await matrices([1, 0.5])).map((r) => [r.name, r]));
    expect(at(of.spectral!)).toBeCloseTo(1, 4);
    expect(at(of.frobenius!)).toBeCloseTo(Math.SQRT1_2, 4);
    expect(at(of.nuclear!)).toBeCloseTo(0.5, 4);
    expect(of.spectral!.dual).toBeCloseTo(1.5, 4);
    expect(of.nuclear!.dual).toBeCloseTo(1, 4);
  });

  test("orthogonalisations send singular values where they should", async () => {
    const values = exampleValues(20);
    const ask = (method: "newtonSchulz" | "polarExpress" | "exact", steps: number) =>
      polarOf({ method, steps, quintic: kellerQuintic, values });
    const exact = await ask("exact", 5);
    expect(exact).toHaveLength(2);
    for (const [i, v] of exact[0]!.entries()) expect(v).toBeCloseTo(values[i] as number, 5);
    for (const v of exact[1]!) expect(v).toBeCloseTo(1, 5);
    for (const v of (await ask("polarExpress", 8)).at(-1)!) expect(v).toBeCloseTo(1, 4);
    const keller = await ask("newtonSchulz", 5);
    expect(keller).toHaveLength(6);
    const [a, b, c] = kellerQuintic;
    const [s] = values as [number];
    expect(keller[1]![0]).toBeCloseTo(a * s + b * s ** 3 + c * s ** 5, 4);
    for (const v of keller.at(-1)!) expect(v > 0.67 && v < 1.14, String(v)).toBe(true);
  });
});

test("an address holds the whole state, and nonsense is ignored", () => {
  const state = {
    ...initialNorms,
    p: 1.5,
    gradient: [-0.3, 2] as const,
    left: 1,
    norm: "row" as const,
    method: "polarExpress" as const,
    quintic: [1.5, -0.5, 0] as const,
    steps: 8,
  };
  expect(readNorms(new URLSearchParams(writeNorms(state).toString()))).toEqual(state);
  const nonsense = new URLSearchParams("p=0&gradient=1&steps=99&norm=l7&method=&quintic=a,b,c");
  expect(readNorms(nonsense)).toEqual(initialNorms);
});

describe.skipIf(!hasChromium())("norms in Chromium", () => {
  const test = panelTest("norms");

  test("dragging the gradient moves the oracles, the steps and the address", async ({
    page,
    settle,
    open,
    address,
    pixels,
  }) => {
    await open();
    const before = await pixels();
    const balls = page.getByRole("application", { name: /vector norms/ });
    const box = (await balls.boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 - 50, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await settle();
    const after = await pixels();
    // The balls and the four steps follow; matrices and singular values do not.
    expect(after.map((v, i) => v !== before[i])).toEqual([true, true, true, true, true, false, false]);
    const [x, y] = address().get("gradient")!.split(",").map(Number);
    expect(x).toBeCloseTo((-50 * 4) / box.height, 2);
    expect(y).toBeCloseTo(((box.height / 2 - 60) * 4) / box.height, 2);
  });

  test("the keyboard moves singular values; the table follows", async ({ page, settle, open }) => {
    await open();
    const row = page.getByRole("row", { name: /^Spectral/ });
    expect(await row.textContent()).toContain("1.1");
    await page.getByRole("application", { name: /matrix norms/ }).focus();
    for (let i = 0; i < 5; i++) await page.keyboard.press("Shift+ArrowRight");
    await settle();
    expect(await row.textContent()).toContain("1.95");
  });

  test("methods, steps and coefficients of the orthogonalisation", async ({
    page,
    settle,
    open,
    address,
  }) => {
    await open();
    const status = page.getByText(/singular values end between/);
    expect(await status.textContent()).toContain("0.701 and 1.13");
    await page.getByLabel("Method").selectOption("exact");
    await settle();
    expect(await status.textContent()).toContain("between 1 and 1.");
    await page.getByLabel("Method").selectOption("newtonSchulz");
    await page.getByLabel("b · σ³").last().fill("-3");
    await page.getByLabel("b · σ³").last().press("Enter");
    await settle();
    expect(address().get("quintic")).toBe("3.4445,-3,2.0315");
    expect(await status.textContent()).not.toContain("0.701");
  });

  test("a shared link reproduces the picture, and the tabs keep their state", async ({
    page,
    settle,
    open,
    pixels,
  }) => {
    await open("p=1.5&gradient=-0.5,1&left=1.2&norm=nuclear&method=polarExpress&steps=4");
    const first = await pixels();
    await page.getByRole("link", { name: "Trajectories" }).click();
    await settle();
    await page.getByRole("link", { name: "Norms" }).click();
    await settle();
    expect(await pixels()).toEqual(first);
  });

  test("files are saved, and the code prints the numbers of the table", async ({ open, saved, code }) => {
    await open();
    expect(await saved("Unit balls of vector norms. Arrow keys move the gradient.: SVG")).toMatch(
      /^<svg .*<path/s,
    );
    expect((await saved("Singular values after every step of the orthogonalisation: PNG")).slice(1, 4)).toBe(
      "PNG",
    );
    const rows = (await saved("CSV"))
      .trim()
      .split("\n")
      .map((row) => row.split(","));
    expect(rows.map(([, name]) => name).slice(1)).toEqual([...vectorNorms, ...matrixNorms]);
    const json = JSON.parse(await saved("JSON"));
    expect(json.matrices[0].dual).toBeCloseTo(1.5, 4);
    const printed = await runGenerated(await code());
    expect(printed).toHaveLength(12);
    rows.slice(1).forEach(([, , norm, dual], i) => {
      const [, value, other] = printed[i]!.split(" ").map(Number);
      expect(value).toBeCloseTo(Number(norm), 3);
      expect(other).toBeCloseTo(Number(dual), 3);
    });
  });

  test("Russian, a phone's width, and no network", async ({ page, settle, open, pixels }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open("lang=ru");
    await page.context().setOffline(true);
    expect(await page.locator("h2").first().textContent()).toBe("Нормы векторов");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    const before = await pixels();
    await page.getByLabel("Метод").selectOption("exact");
    await settle();
    expect(await pixels()).not.toEqual(before);
  });
});
