import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { adam } from "steepest";
import { describe, expect, test, vi } from "vitest";
import { writeAnimation } from "../src/lecture/animation/cli.ts";
import { parseAnimation } from "../src/lecture/animation/format.ts";
import { scenes } from "../src/lecture/animation/scenes.ts";
import { sgdPlConstant } from "../src/lecture/bounds/index.ts";
import { registerLecture } from "../src/lecture/cli.ts";
import { fitExponent } from "../src/lecture/fit.ts";
import type { Item } from "../src/lecture/item.ts";
import { items } from "../src/lecture/items/index.ts";
import { cancer, startGap, tight } from "../src/lecture/items/problems.ts";
import { readResult, runItem, specification } from "../src/lecture/result.ts";
import { descend } from "../src/lecture/run/descend.ts";
import { sagaMethod, sagMethod, svrgMethod } from "../src/lecture/run/method.ts";
import { evaluateAt, recordAt, visitedSecondMoment } from "../src/lecture/run/records.ts";
import { sampler } from "../src/lecture/run/sampling.ts";
import { runSeeds } from "../src/lecture/run/seeds.ts";
import { formula, formulaStyle, withFormulas } from "../src/lecture/tex.ts";
import {
  checkBound,
  checkInterval,
  meanOf,
  normalQuantile,
  overall,
  studentQuantile,
} from "../src/lecture/verdict.ts";
import { denseRows, leastSquares } from "../src/problems/index.ts";
import { randomStream } from "../src/random.ts";

const random = randomStream(1, "lecture test");
const normals = (n: number) => Float64Array.from({ length: n }, () => random.normal());
const rowValues = normals(18);
const targets = normals(6);
const small = leastSquares({ name: "small", rows: denseRows(rowValues, 6, 3), targets });
const origin = new Float64Array(3);

describe("verdicts", () => {
  test("quantiles as in tables", () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963985, 8);
    expect(normalQuantile(0.9995)).toBeCloseTo(3.290526731, 7);
    expect(studentQuantile(0.975, 199)).toBeCloseTo(1.971957, 5);
    expect(studentQuantile(0.995, 30)).toBeCloseTo(2.749996, 3);
    expect(studentQuantile(0.9999, 30) / 4.23399).toBeCloseTo(1, 2);
    for (const [freedom, value] of [
      [4, 2.776445],
      [9, 2.262157],
      [19, 2.093024],
    ] as const)
      expect(studentQuantile(0.975, freedom) / value, `${freedom}`).toBeCloseTo(1, 2);
  });

  test("a mean and its interval by hand", () => {
    const { mean, error, low } = meanOf([1, 2, 3, 4]);
    expect(mean).toBe(2.5);
    expect(error).toBeCloseTo(Math.sqrt(5 / 3 / 4), 14);
    expect(low).toBeLessThan(2.5 - 1.96 * error);
    expect(meanOf([7])).toMatchObject({ mean: 7, low: 7, high: 7 });
  });

  const samples = [Float64Array.from({ length: 200 }, (_, i) => 1 + Math.sin(i))];
  test.each([
    [1.2, "holds"],
    [1.001, "inconclusive"],
    [0.8, "does not hold"],
  ])("a mean of 1 with interval 0.1 under the bound %f: %s", (bound, verdict) => {
    expect(checkBound("b", [1], samples, () => bound).verdict).toBe(verdict);
  });

  test("a run that diverged violates every bound", () => {
    expect(checkBound("b", [1], [[1, Number.NaN]], () => 1e300).verdict).toBe("does not hold");
    expect(checkBound("b", [1], [[1, Infinity]], () => 1e300).verdict).toBe("does not hold");
  });

  test("intervals and their sum", () => {
    const at = (low: number, high: number) =>
      checkInterval("c", { mean: (low + high) / 2, low, high }, [0, 1]);
    expect([at(0.2, 0.4), at(0.9, 1.1), at(1.1, 1.2)].map((c) => c.verdict)).toEqual([
      "holds",
      "inconclusive",
      "does not hold",
    ]);
    expect(overall([at(0.2, 0.4), at(0.9, 1.1)])).toBe("inconclusive");
    expect(overall([at(0.9, 1.1), at(1.1, 1.2)])).toBe("does not hold");
    expect(overall([])).toBe("inconclusive");
  });

  test("a known exponent is found, with an interval around it", () => {
    const x = [1, 2, 4, 8, 16, 32];
    const noisy = x.map((v) =>
      Float64Array.from({ length: 100 }, () => 3 * v ** -0.7 * Math.exp(0.3 * random.normal())),
    );
    const { mean, low, high } = fitExponent(x, noisy);
    expect(low).toBeLessThan(-0.7);
    expect(high).toBeGreaterThan(-0.7);
    expect(high - low).toBeLessThan(0.1);
    expect(mean).toBeCloseTo(-0.7, 1);
  });
});

describe("a broken bound is caught", () => {
  test("half the constant of the PL theorem does not hold; the theorem does", async () => {
    const setting = tight();
    const { problem, start } = setting;
    const { L, pl: mu } = problem.constants;
    const a = 0.1;
    const result = await runSeeds({
      problem,
      start,
      rate: () => a,
      seeds: 200,
      purpose: "broken",
      record: recordAt(500),
    });
    const constants = { L, mu, sigma2: await visitedSecondMoment(problem, result) };
    const gaps = result.last.map((m) => m.gap);
    const bound = (k: number) => sgdPlConstant(constants, a, startGap(setting), k);
    expect(checkBound("theorem", result.at, gaps, bound).verdict).toBe("holds");
    const broken = (k: number) => bound(k) - (L * constants.sigma2 * a) / (4 * mu) / 2;
    expect(checkBound("broken", result.at, gaps, broken).verdict).toBe("does not hold");
  });
});

describe("runs over seeds", () => {
  test("gradient descent follows the plain gradients", async () => {
    const { last } = await descend({ problem: small, start: origin }, [0, 1, 2, 10]);
    let x = origin;
    const { L, fStar } = small.constants;
    for (let k = 0; k <= 10; k++) {
      const at = [0, 1, 2, 10].indexOf(k);
      if (at >= 0) expect(last[at]?.gap[0]).toBeCloseTo(small.value(x) - fStar, 12);
      const g = small.gradient(x);
      x = x.map((v, j) => v - (g[j] as number) / L);
    }
  });

  test("SGD's mean over seeds moves along the mean gradient, and the average is that of x_0 ... x_{k-1}", async () => {
    const a = 0.05;
    const run = await runSeeds({
      problem: small,
      start: origin,
      rate: () => a,
      weight: () => 1,
      seeds: 4,
      purpose: "average",
      record: [0, 1],
    });
    // The average of x_0 alone is x_0.
    for (const gap of run.average[0]?.gap ?? [])
      expect(gap).toBeCloseTo(small.value(origin) - small.constants.fStar, 12);
    const reached = new Set(Array.from(run.last[1]?.gap ?? [], (v) => v.toFixed(9)));
    const possible = Array.from({ length: 6 }, (_, i) => {
      const a_i = rowValues.subarray(3 * i, 3 * i + 3);
      return (small.value(a_i.map((v) => a * (targets[i] as number) * v)) - small.constants.fStar).toFixed(9);
    });
    for (const value of reached) expect(possible).toContain(value);
  });

  test("a step of zero stays, the same seeds repeat, a diverging run is not finite", async () => {
    const common = { problem: small, start: origin, seeds: 3, purpose: "t", record: [0, 2000] };
    const still = await runSeeds({ ...common, rate: () => 0 });
    expect(still.last[1]?.gap).toEqual(still.last[0]?.gap);
    const one = await runSeeds({ ...common, rate: () => 0.01 });
    const two = await runSeeds({ ...common, rate: () => 0.01 });
    expect(one.last).toEqual(two.last);
    expect(one.last[1]?.gap[0]).not.toBe(one.last[1]?.gap[1]);
    const wild = await runSeeds({ ...common, rate: () => 50 });
    expect(Array.from(wild.last[1]?.gap ?? []).some(Number.isFinite)).toBe(false);
    await expect(visitedSecondMoment(small, wild)).rejects.toThrow(
      /^small: the run of seed 0 had diverged by step 2000: its mean squared gradient is (NaN|Infinity)/,
    );
  });

  test("a whole epoch without replacement is gradient descent", async () => {
    const rate = () => 0.1;
    const common = { problem: small, start: origin, rate, batch: 6, purpose: "epoch", record: [3] };
    const full = await runSeeds({ ...common, sampling: "all", seeds: 1 });
    for (const sampling of ["subset", "reshuffle"] as const) {
      const run = await runSeeds({ ...common, sampling, seeds: 2 });
      expect(run.last[0]?.gap[1]).toBeCloseTo(full.last[0]?.gap[0] as number, 12);
    }
  });

  test("any rule of the library: Adam's first step has the length of the learning rate", async () => {
    const run = await runSeeds({
      problem: tight().problem,
      rule: (learningRate) => adam({ learningRate }),
      start: new Float64Array(20),
      rate: () => 0.1,
      seeds: 5,
      purpose: "adam",
      record: [1],
    });
    for (const d of run.last[0]?.distance2 ?? []) expect(d).toBeCloseTo(20 * 0.01, 6);
  });

  test("a batch of 4 of which 1 is distinct is a batch of 1", async () => {
    const common = {
      problem: small,
      start: origin,
      rate: () => 0.1,
      seeds: 3,
      purpose: "distinct",
      record: [5],
    };
    const repeated = await runSeeds({ ...common, batch: 4, distinct: () => 1 });
    const single = await runSeeds(common);
    repeated.last[0]?.gap.forEach((gap, s) => {
      expect(gap).toBeCloseTo(single.last[0]?.gap[s] as number, 12);
    });
  });

  test("what cannot be run is refused", async () => {
    const common = { problem: small, start: origin, rate: () => 0.1, seeds: 2, purpose: "t", record: [1] };
    for (const sampling of ["subset", "reshuffle", "shuffle-once"] as const) {
      await expect(runSeeds({ ...common, batch: 7, sampling })).rejects.toThrow(
        "batch is 7 of 6 samples without replacement; draw with replacement, or at most 6",
      );
      await expect(runSeeds({ ...common, batch: 2, sampling, distinct: () => 1 })).rejects.toThrow(
        `distinct repeats samples, but sampling is "${sampling}"`,
      );
    }
    await expect(runSeeds({ ...common, batch: 5, sampling: "all" })).rejects.toThrow("it must be n = 6");
    await expect(runSeeds({ ...common, batch: 4, distinct: (k) => 4 - k, record: [3] })).rejects.toThrow(
      "distinct is 3 at step 1; it must divide the batch, 4",
    );
    await expect(runSeeds({ ...common, batch: 0 })).rejects.toThrow("batch is 0");
    await expect(runSeeds({ ...common, batch: 1.5 })).rejects.toThrow("batch is 1.5");
    await expect(runSeeds({ ...common, seeds: 0 })).rejects.toThrow("seeds is 0");
    await expect(runSeeds({ ...common, record: [5, 1] })).rejects.toThrow("ascending");
    await expect(runSeeds({ ...common, start: normals(2) })).rejects.toThrow(
      "start has 2 coordinates; small has 3",
    );
    await expect(runSeeds({ ...common, start: Float64Array.of(0, Number.NaN, 0) })).rejects.toThrow(
      "start: coordinate 1 is NaN",
    );
    await expect(runSeeds({ ...common, rate: (k) => 1 / (1 - k), record: [3] })).rejects.toThrow(
      "rate(1) is Infinity; expected a number >= 0",
    );
    await expect(runSeeds({ ...common, rate: () => -0.1 })).rejects.toThrow("rate(0) is -0.1");
  });
});

describe("how samples are drawn", () => {
  const common = { samples: 6, batch: 2, seeds: 2, purpose: "draws" };
  /** The samples of one seed, in the order drawn. */
  const drawn = (options: Partial<Parameters<typeof sampler>[0]>, steps: number, seed = 0) => {
    const draw = sampler({ ...common, sampling: "replacement", ...options });
    const batch = options.batch ?? common.batch;
    const parts = [draw(0, 2), draw(2, steps - 2)].flatMap(({ data, shape }) =>
      Array.from({ length: shape[0] as number }, (_, k) =>
        Array.from(data.subarray((k * 2 + seed) * batch, (k * 2 + seed + 1) * batch) as Int32Array),
      ),
    );
    return parts.flat();
  };
  const sorted = (xs: number[]) => [...xs].sort((a, b) => a - b);
  const everyone = [0, 1, 2, 3, 4, 5];

  test("every epoch of a reshuffle visits all samples, in a new order; shuffle-once repeats the first", () => {
    const reshuffled = drawn({ sampling: "reshuffle" }, 6);
    expect(sorted(reshuffled.slice(0, 6))).toEqual(everyone);
    expect(sorted(reshuffled.slice(6))).toEqual(everyone);
    expect(reshuffled.slice(6)).not.toEqual(reshuffled.slice(0, 6));
    const once = drawn({ sampling: "shuffle-once" }, 6);
    expect(sorted(once.slice(0, 6))).toEqual(everyone);
    expect(once.slice(6)).toEqual(once.slice(0, 6));
    expect(drawn({ sampling: "shuffle-once" }, 6, 1)).not.toEqual(once);
  });

  test("a batch that does not divide n leaves the remainder of an order out", () => {
    const once = drawn({ sampling: "shuffle-once", batch: 4 }, 3);
    expect(once.slice(4)).toEqual([...once.slice(0, 4), ...once.slice(0, 4)]);
  });

  test("a subset has no sample twice, a batch with replacement does at times, all are all", () => {
    const pairs = (xs: number[]) => xs.flatMap((x, i) => (i % 2 === 0 ? [x === xs[i + 1]] : []));
    expect(pairs(drawn({ sampling: "subset" }, 200)).some(Boolean)).toBe(false);
    expect(pairs(drawn({}, 200)).some(Boolean)).toBe(true);
    expect(drawn({ sampling: "all", batch: 6 }, 3).slice(6, 12)).toEqual(everyone);
  });

  test("distinct samples are those of the smaller batch, repeated", () => {
    const few = drawn({ batch: 4, distinct: (k) => (k < 2 ? 1 : 2) }, 4);
    expect(few.slice(0, 4)).toEqual(Array(4).fill(few[0]));
    expect(few.slice(10, 12)).toEqual(few.slice(8, 10));
  });
});

describe("SVRG, SAGA and SAG", () => {
  test("with fresh memory the first step is gradient descent; they end at x*", async () => {
    const a = 1 / (3 * small.constants.Lmax);
    const gd = await runSeeds({
      problem: small,
      start: origin,
      rate: () => a,
      batch: 6,
      sampling: "all",
      seeds: 1,
      purpose: "gd",
      record: [1],
    });
    const methods = {
      svrg: svrgMethod(small, origin, 12),
      "svrg, averaged": svrgMethod(small, origin, 12, true),
      saga: await sagaMethod(small, origin),
      sag: await sagMethod(small),
    };
    for (const [name, method] of Object.entries(methods)) {
      const run = await runSeeds({
        problem: small,
        start: origin,
        method,
        rate: () => a,
        seeds: 3,
        purpose: name,
        record: [1, 6000],
      });
      // SAG's table starts with zeros.
      if (name !== "sag") {
        for (const gap of run.last[0]?.gap ?? [])
          expect(gap, name).toBeCloseTo(gd.last[0]?.gap[0] as number, 12);
      }
      for (const gap of run.last[1]?.gap ?? []) expect(Math.abs(gap), name).toBeLessThan(1e-12);
    }
  });

  test("SAGA's second step, by hand from the sample numbers", async () => {
    const a = 0.1;
    const method = await sagaMethod(small, origin);
    const { last } = await runSeeds({
      problem: small,
      start: origin,
      method,
      rate: () => a,
      seeds: 1,
      purpose: "hand",
      record: [2],
    });
    const draw = randomStream(0, "hand");
    const slope = (i: number, x: Float64Array) => {
      const row = rowValues.subarray(3 * i, 3 * i + 3);
      const residual = row.reduce((s, v, j) => s + v * (x[j] as number), 0) - (targets[i] as number);
      return row.map((v) => v * residual);
    };
    const table = Array.from({ length: 6 }, (_, i) => slope(i, origin));
    let x = origin;
    for (let k = 0; k < 2; k++) {
      const i = draw.below(6);
      const g = slope(i, x);
      const mean = origin.map((_, j) => table.reduce((s, row) => s + (row[j] as number) / 6, 0));
      const old = table[i] as Float64Array;
      x = x.map((v, j) => v - a * ((g[j] as number) - (old[j] as number) + (mean[j] as number)));
      table[i] = g;
    }
    expect(last[0]?.gap[0]).toBeCloseTo(small.value(x) - small.constants.fStar, 12);
  });
});

describe("formulas", () => {
  test("every claim and every text is TeX that can be drawn, with its fonts in the page", () => {
    for (const { claim, about, line } of items.values()) {
      expect(formula(claim).text).toContain("katex-display");
      expect(withFormulas(about).text).not.toContain("$");
      expect(line.length).toBeLessThan(120);
    }
    expect(() => formula(String.raw`\foo`)).toThrow(/Undefined control sequence: \\foo/);
    expect(() => withFormulas("half $a")).toThrow('closing $ is missing in "half $a"');
    const { text } = formula(String.raw`\mathbb E x`);
    const css = formulaStyle(text);
    expect(css.match(/@font-face/g)).toHaveLength(7);
    expect(css).not.toContain("url(fonts/");
  });
});

describe("steepest lecture", () => {
  const cli = async (...args: string[]) => {
    const lines: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
    const program = new Command().exitOverride();
    registerLecture(program);
    try {
      await program.parseAsync(["node", "steepest", "lecture", ...args]);
    } finally {
      log.mockRestore();
    }
    return lines.join("\n");
  };

  test("lists the claims, and knows what was meant", async () => {
    const list = await cli();
    for (const id of items.keys()) expect(list).toContain(id);
    expect(await cli("animate")).toContain("neighbourhood");
    await expect(cli("animate", "neighborhood")).rejects.toThrow('Did you mean "neighbourhood"?');
    await expect(cli("animate", "divergence", "neighbourhood", "--gif", "a.gif")).rejects.toThrow("give one");
    // The flags that `lecture` has too reach the animations.
    await expect(cli("animate", "--all", "--gif", "a.gif")).rejects.toThrow("give one");
    await expect(cli("animate", "divergence", "--batch", "13")).rejects.toThrow(
      "batch is 13; expected a whole number from 1 to 12",
    );
    await expect(cli("sgd-pl-constnat")).rejects.toThrow(
      'unknown claim "sgd-pl-constnat". Did you mean "sgd-pl-constant"?',
    );
  });

  test("a run leaves figure, data, page and index, and is not repeated", async () => {
    const out = mkdtempSync(join(tmpdir(), "steepest-lecture-"));
    const said = await cli("adam-fails", "--quick", "--out", out);
    expect(said).toContain("Where Adam does not converge: holds");
    for (const file of ["figure.svg", "figure.png", "data.csv", "result.json", "index.html"]) {
      expect(existsSync(join(out, "adam-fails", file)), file).toBe(true);
    }
    expect(
      readFileSync(join(out, "adam-fails", "figure.png"))
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
    expect(readFileSync(join(out, "index.html"), "utf8")).toContain('href="adam-fails/index.html"');
    const page = readFileSync(join(out, "adam-fails", "index.html"), "utf8");
    expect(page).toContain("<math");
    expect(page).toContain("Assumptions");
    const [header, row] = readFileSync(join(out, "adam-fails", "data.csv"), "utf8").split("\n");
    expect(header).toBe("panel,series,kind,x,mean,low,high");
    expect(row?.split(",").length).toBeGreaterThanOrEqual(7);

    const known = readResult(out, "adam-fails");
    expect(known).toMatchObject({
      verdict: "holds",
      quick: true,
      specification: specification("adam-fails", true),
    });
    expect(specification("adam-fails", false)).not.toBe(known?.specification);
    const again = { ...(items.get("adam-fails") as Item), run: () => Promise.reject(new Error("ran again")) };
    await expect(runItem(out, again, { quick: true })).rejects.toThrow("ran again");
  });

  test("a result is reused only for the same specification; its pages are drawn again, a damaged one is run again", async () => {
    const out = mkdtempSync(join(tmpdir(), "steepest-lecture-"));
    const own = items.get("adam-fails") as Item;
    const run = vi.spyOn(own, "run").mockImplementation(async () => ({
      assumptions: [],
      checks: [checkInterval("c", { mean: 1, low: 1, high: Number.NaN }, [0, 2])],
      panels: [{ title: "p", x: { label: "x", log: false }, y: { label: "y", log: false }, series: [] }],
    }));
    const said = vi.spyOn(console, "error").mockImplementation(() => {});
    try {
      await cli("adam-fails", "--quick", "--out", out);
      rmSync(join(out, "adam-fails", "figure.png"));
      await cli("adam-fails", "--quick", "--out", out);
      expect(run).toHaveBeenCalledTimes(1);
      expect(existsSync(join(out, "adam-fails", "figure.png"))).toBe(true);
      await cli("adam-fails", "--out", out);
      expect(run).toHaveBeenCalledTimes(2);
      await cli("adam-fails", "--out", out, "--fresh");
      expect(run).toHaveBeenCalledTimes(3);
      // As if other code had made it.
      const file = join(out, "adam-fails", "result.json");
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), specification: "0" }));
      await cli("adam-fails", "--out", out);
      expect(run).toHaveBeenCalledTimes(4);
      expect(said).not.toHaveBeenCalled();
      for (const damaged of ["{", "[]"]) {
        writeFileSync(file, damaged);
        await cli("adam-fails", "--out", out);
        expect(said.mock.lastCall?.[0]).toMatch(/result\.json is damaged: .*; it is run again/);
      }
      expect(run).toHaveBeenCalledTimes(6);
      run.mockRejectedValueOnce(new Error("no data"));
      await expect(cli("adam-fails", "--out", out, "--fresh")).rejects.toThrow(
        "adam-fails could not be run: no data",
      );
    } finally {
      run.mockRestore();
      said.mockRestore();
    }
  });

  test("a folder that cannot be is refused by name", async () => {
    await expect(cli("adam-fails", "--out", "/dev/null/x")).rejects.toThrow(
      "--out /dev/null/x: cannot be created",
    );
  });
});

test("the region visited on breast cancer is bounded by the data", async () => {
  const { problem, start } = await cancer();
  const run = await runSeeds({
    problem,
    start,
    rate: () => 0.01,
    seeds: 5,
    purpose: "region",
    record: [0, 100],
  });
  // At x = 0 every slope is 1/2, so E||grad f_i||^2 is a quarter of the mean squared norm: 31/4 (30 unit variances, a one).
  const [atZero] = await evaluateAt(problem, run.last, "second");
  for (const v of atZero ?? []) expect(v).toBeCloseTo(31 / 4, 10);
});

describe("animations", () => {
  test("every frame has its series, GIF and JSON are written, the neighbourhood is what it says", async () => {
    const out = mkdtempSync(join(tmpdir(), "steepest-animate-"));
    for (const scene of scenes.values()) {
      const animation = await scene.make({ quick: true });
      expect(animation.field.values).toHaveLength(animation.field.columns * animation.field.rows);
      for (const { points } of animation.frames) {
        expect(points).toHaveLength(animation.series.length);
        for (const flat of points) expect(flat.length % 2).toBe(0);
      }
      // In a browser the same numbers come out.
      expect(await scene.make({ quick: true, executor: "wasm" })).toEqual(animation);
      if (scene.id !== "neighbourhood") continue;
      const [gif = "", json = ""] = await writeAnimation(animation, join(out, "a.gif"), join(out, "a.json"));
      expect(readFileSync(gif).subarray(0, 6).toString()).toBe("GIF89a");
      expect(parseAnimation(readFileSync(json, "utf8"))).toEqual(animation);
      // Mean square distance to x* at the end: constant step > decreasing > SAGA.
      const [target] = animation.marks;
      const spread = animation.frames.at(-1)?.points.map((flat) => {
        let sum = 0;
        for (let i = 0; i < flat.length; i += 2) {
          sum +=
            ((flat[i] as number) - (target?.x ?? 0)) ** 2 + ((flat[i + 1] as number) - (target?.y ?? 0)) ** 2;
        }
        return sum / (flat.length / 2);
      }) as [number, number, number];
      expect(spread[0]).toBeGreaterThan(2 * spread[1]);
      expect(spread[1]).toBeGreaterThan(100 * spread[2]);
    }
  });

  test("a step of their own, lines through one point: nothing is left to scatter", async () => {
    const scene = scenes.get("neighbourhood");
    const animation = await scene?.make({ values: { scatter: 0, rate: 0.2 } });
    const [mark] = animation?.marks ?? [];
    for (const cloud of animation?.frames.at(-1)?.points ?? []) {
      expect(cloud).toHaveLength(400);
      // Steps ~ 1/k take longer to come to x*, all others are there.
      if (cloud === animation?.frames.at(-1)?.points[1]) continue;
      for (let i = 0; i < cloud.length; i += 2) {
        expect(
          Math.hypot((cloud[i] as number) - (mark?.x ?? 1), (cloud[i + 1] as number) - (mark?.y ?? 1)),
        ).toBeLessThan(0.01);
      }
    }
    await expect(scene?.make({ values: { rate: Number.NaN } })).rejects.toThrow(
      "rate is NaN; expected a number from 0.02 to 2.5",
    );
  });

  test("a file that is no animation says what is wrong", async () => {
    const animation = await scenes.get("divergence")?.make({ quick: true });
    const broken = (change: object) => () => parseAnimation(JSON.stringify({ ...animation, ...change }));
    expect(() => parseAnimation("{")).toThrow("the file is not JSON");
    expect(broken({ format: "steepest-landscape/1" })).toThrow(
      'format: expected "steepest-animation", found "steepest-landscape/1"',
    );
    expect(broken({ version: 2 })).toThrow("version: expected 1, found 2");
    expect(broken({ field: { columns: 2, rows: 2, values: [1] } })).toThrow(
      "field: expected columns x rows values",
    );
    expect(broken({ frames: [{ step: 0, points: [[1, 2]] }] })).toThrow(
      "frames[0].points: expected x0, y0, x1, y1, ... for each of 2 series",
    );
  });
});
