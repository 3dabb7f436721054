import { describe, expect, test } from "vitest";
import { budget } from "../src/cli/options.ts";
import { curvesFigure } from "../src/figures/curves.ts";
import { sensitivityFigure } from "../src/figures/sensitivity.ts";
import { findOptimizer } from "../src/optimizers/index.ts";
import { curvesOf, domainOf } from "../src/race/curves.ts";
import { learningRates, stepsOf } from "../src/race/plan.ts";
import type { Entry } from "../src/race/race.ts";
import { summarise } from "../src/race/summary.ts";
import { taskSentences } from "../src/race/words.ts";
import { html } from "../src/report/html.ts";
import {
  formatNumber,
  formatSeconds,
  formatSecondsSpread,
  formatSpread,
  listOf,
} from "../src/report/numbers.ts";
import { findTask, type Task } from "../src/tasks/index.ts";
import type { Trial } from "../src/train/record.ts";

const task: Task = {
  ...findTask("a9a-logistic"),
  target: { metric: "loss", value: 0.33, direction: "min" },
};

/** A trial whose validation loss takes these values after 0, 10, 20... steps, one second each. */
function trial(losses: number[], learningRate = 0.1, status: "finished" | "diverged" = "finished"): Trial {
  const last = losses.length - 1;
  return {
    start: { spec: { hyperparameters: { learningRate } } } as unknown as Trial["start"],
    records: losses.map((loss, i) => ({
      type: "record",
      step: 10 * i,
      seconds: i,
      trainLoss: loss,
      validation: { loss },
    })),
    end: { type: "end", status, step: 10 * last, seconds: last, evaluationSeconds: 0, digest: "" },
  };
}

const entry = (name: string, trials: Trial[], tuning: Trial[] = []): Entry => ({
  task,
  optimizer: findOptimizer(name),
  learningRate: 0.1,
  tuning,
  trials,
});

const said = (...entries: Entry[]) => taskSentences(task, entries.map(summarise));

describe("verdicts", () => {
  const fast = entry("sgd", [trial([0.7, 0.32, 0.3]), trial([0.7, 0.32, 0.31])]);
  const slow = entry("adamw", [trial([0.7, 0.5, 0.329]), trial([0.7, 0.5, 0.325])]);

  test("a clear winner is named with its range and the runner-up", () => {
    expect(said(slow, fast)).toEqual([
      "Fewest steps to loss ≤ 0.33: sgd 10; next adamw 20.",
      "Least time to loss ≤ 0.33: sgd 1 s; next adamw 2 s.",
      "Best final loss: sgd 0.305 (0.3–0.31); next adamw 0.327 (0.325–0.329).",
    ]);
  });

  test("ranges that overlap are a tie", () => {
    const other = entry("muon", [trial([0.7, 0.5, 0.309]), trial([0.7, 0.5, 0.315])]);
    expect(said(fast, other).at(-1)).toMatch(/Best final loss: a tie between sgd .* and muon .*overlap/);
  });

  test("not reached, diverged, the edge of the grid and a single seed are said", () => {
    const late = entry("sgd", [trial([0.7, 0.5])], [trial([0.7, 0.5], 0.03), trial([0.7, 0.5], 0.1)]);
    const lost = entry("muon", [trial([0.7], 0.1, "diverged")]);
    const sentences = said(late, lost);
    expect(sentences[0]).toBe("No optimizer reached loss ≤ 0.33 within the budget.");
    expect(sentences).toContain("muon diverged with 1 of 1 seeds.");
    expect(sentences.some((s) => s.startsWith("Best at the largest learning rate tried: sgd (0.1)"))).toBe(
      true,
    );
    expect(sentences.at(-1)).toMatch(/One seed shows no spread/);
  });

  test("an optimizer that reached the target with some seeds only counts as slow with the others", () => {
    const half = entry("sgd", [trial([0.7, 0.32]), trial([0.7, 0.5])]);
    const summary = summarise(half);
    expect(summary).toMatchObject({
      reached: 1,
      stepsToTarget: { low: 10, median: Number.POSITIVE_INFINITY },
    });
    expect(said(half, slow)).toContain("sgd reached the target with 1 of 2 seeds.");
  });
});

test("curves: medians and ranges over seeds, also when one run ended early", () => {
  const [curve] = curvesOf([entry("sgd", [trial([1, 2, 3]), trial([3, 4])])], { kind: "train" }, "step");
  expect(curve?.points).toEqual([
    { x: 0, low: 1, median: 2, high: 3 },
    { x: 10, low: 2, median: 3, high: 4 },
    { x: 20, low: 3, median: 3, high: 3 },
  ]);
  const lines = [curve as NonNullable<typeof curve>];
  const [low, high] = domainOf(lines, "min", 0.5) as [number, number];
  expect(low).toBeCloseTo(0.5, 0);
  expect(high).toBeGreaterThan(3);
  expect((domainOf(lines, "max") as [number, number])[1]).toBeGreaterThan(4);
  const svg = curvesFigure({
    curves: [curve as NonNullable<typeof curve>],
    x: "step",
    y: "loss",
    target: 0.5,
  });
  expect(svg).toMatch(/^<svg/);
  expect(svg).toContain("target");
  expect(svg).not.toContain("NaN");
});

test("learning rates tried: one ring each, a dot for the chosen one, a cross for a diverged run", () => {
  const points = [
    { rate: 0.01, value: 0.5, chosen: false },
    { rate: 0.1, value: 0.3, chosen: true },
    { rate: 1, value: undefined, chosen: false },
  ];
  const svg = sensitivityFigure({ curves: [{ name: "sgd", color: "#d1495b", points }], y: "loss" });
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
