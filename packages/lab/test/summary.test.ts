import { describe, expect, test } from "vitest";
import { budget } from "../src/cli/options.ts";
import { domainOf } from "../src/figures/curves.ts";
import { parallelPlot, placeOn, valueOn } from "../src/figures/parallel.ts";
import { toSvg } from "../src/figures/plot.ts";
import { profilePlot } from "../src/figures/profile.ts";
import { sensitivityPlot } from "../src/figures/sensitivity.ts";
import { findOptimizer } from "../src/optimizers/index.ts";
import { learningRates, stepsOf } from "../src/race/plan.ts";
import { html } from "../src/report/html.ts";
import {
  formatNumber,
  formatSeconds,
  formatSecondsSpread,
  formatSpread,
  listOf,
} from "../src/report/numbers.ts";
import { findTask } from "../src/tasks/index.ts";

const task = findTask("a9a-logistic");

test("a figure's y range leaves out the first steep drop, but neither the target nor what diverged", () => {
  const point = (median: number, x: number, high = median) => ({ x, low: median, median, high });
  const fall = [5, 2, 1.5, 1.2, 1, 0.9, 0.8, 0.75, 0.7, 0.65, 0.6].map((v, i) => point(v, i));
  const [low, high] = domainOf([{ name: "sgd", color: "red", points: fall }], "min", 0.5) as [number, number];
  expect(low).toBeCloseTo(0.455, 3);
  expect(high).toBeCloseTo(2.045, 3);
  const lost = [...fall.slice(0, 3), point(1, 3, Infinity), point(Infinity, 4)];
  expect(domainOf([{ name: "sgd", color: "red", points: lost }], "min")?.every(Number.isFinite)).toBe(true);
  expect(domainOf([], "min")).toBeUndefined();
});

test("a performance profile steps up at every ratio; a miss never counts", () => {
  const svg = toSvg(
    profilePlot({ profiles: [{ name: "sgd", color: "#d1495b", ratios: [1, 2, Infinity] }], tauMax: 4 }),
  );
  expect(svg).toMatch(/^<svg.*#d1495b/s);
  expect(svg).not.toContain("NaN");
});

describe("parallel coordinates", () => {
  const log = { name: "learningRate", log: true, min: 0.01, max: 1 };
  const linear = { name: "final loss", log: false, min: 0.2, max: 0.4 };
  test("axes map there and back", () => {
    expect(placeOn(log, 0.1)).toBeCloseTo(0.5, 12);
    expect(placeOn(linear, 0.25)).toBeCloseTo(0.25, 12);
    for (const axis of [log, linear]) expect(valueOn(axis, placeOn(axis, 0.3))).toBeCloseTo(0.3, 12);
  });
  test("one line a trial; those without a result are dashed", () => {
    const line = (id: string, rate: number, final: number | null) => ({
      id,
      values: { learningRate: rate, "final loss": final },
      quality: final === null ? null : 0.5,
      selected: true,
    });
    const lines = [line("a", 0.01, 0.3), line("b", 0.1, 0.2), line("c", 1, null)];
    const svg = toSvg(parallelPlot({ axes: [log, linear], lines, format: String }));
    expect(svg.match(/stroke-dasharray="3 3"/g)?.length).toBe(1);
    expect(svg).not.toContain("NaN");
  });
});

test("learning rates tried: one ring each, a dot for the chosen one, a cross for a diverged run", () => {
  const points = [
    { rate: 0.01, value: 0.5, chosen: false },
    { rate: 0.1, value: 0.3, chosen: true },
    { rate: 1, value: undefined, chosen: false },
  ];
  const svg = toSvg(sensitivityPlot({ curves: [{ name: "sgd", color: "#d1495b", points }], y: "loss" }));
  expect(svg.match(/<circle/g)?.length).toBe(3);
  expect(svg.match(/aria-label="dot"/g)?.length).toBe(3);
});

test("numbers, times, ranges and lists read well", () => {
  expect([0.32741, 1e-7, 0, Number.POSITIVE_INFINITY].map(formatNumber)).toEqual([
    "0.3274",
    "1.00e-7",
    "0",
    "∞",
  ]);
  expect([0.0123, 4.204, 185, Number.NaN].map(formatSeconds)).toEqual(["12.3 ms", "4.2 s", "3 min 5 s", "–"]);
  expect(formatSpread({ low: 1, median: 2, high: 3 })).toBe("2 (1–3)");
  expect(formatSecondsSpread({ low: 0.211, median: 0.233, high: 1.5 })).toBe("233 ms (211–1500)");
  expect(listOf(["a", "b", "c"])).toBe("a, b and c");
});

test("budgets and tuning grids", () => {
  expect([budget("200"), budget("0.5x"), budget("2x")]).toEqual([
    { steps: 200 },
    { scale: 0.5 },
    { scale: 2 },
  ]);
  for (const bad of ["", "x", "-1", "0", "1.5", "1e3", "0.0x", "12y"])
    expect(() => budget(bad)).toThrow(/Expected/);
  expect(stepsOf(task, { scale: 0.1 })).toBe(task.steps / 10);
  expect(learningRates(findOptimizer("adamw"), 3)).toEqual([0.00167, 0.005, 0.015]);
  expect(learningRates(findOptimizer("adamw"), 1)).toEqual([0.005]);
});

test("html escapes what it is given", () => {
  expect(html`<p title="${'"'}">${"<b>&"}${[html`<i></i>`, "'"]}</p>`.text).toBe(
    '<p title="&quot;">&lt;b&gt;&amp;<i></i>&#39;</p>',
  );
});
