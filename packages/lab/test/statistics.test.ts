import { readFileSync } from "node:fs";
import { csvParseRows } from "d3-dsv";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomStream } from "../src/random.ts";
import {
  band,
  bootstrap,
  bootstrapRatio,
  compareResults,
  compareTimes,
  curveBands,
  kendallTau,
  median,
  meetsTarget,
  pairedRatio,
  pairsNeeded,
  quantile,
  rankStability,
  ranks,
  runsNeeded,
  sensitivity,
  signedRankTest,
  signTest,
  targetMargin,
  tuningCurve,
} from "../src/statistics/index.ts";

const seeded = { seed: 7, numRuns: 200 };
const time = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: 1e-3, max: 1e6, noNaN: true }) },
  { weight: 1, arbitrary: fc.constant(Infinity) },
);
const times = (min = 1) => fc.array(time, { minLength: min, maxLength: 12 });

describe("quantiles", () => {
  test("are NumPy's for finite values", () => {
    expect(quantile([3, 1, 2, 4], 0.25)).toBe(1.75);
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(band([1, 2, 3, 4, 5])).toEqual({ low: 2, median: 3, high: 4 });
  });

  test("count misses as values: half of the runs missed makes the median infinite", () => {
    expect(median([1, Infinity, 2])).toBe(2);
    expect(median([1, Infinity])).toBe(Infinity);
    expect(band([1, 2, 3, Infinity, Infinity])).toEqual({ low: 2, median: 3, high: Infinity });
  });

  test("lie between values, rise with p and do not depend on the order", () => {
    fc.assert(
      fc.property(times(), fc.double({ min: 0, max: 1, noNaN: true }), (values, p) => {
        const q = quantile(values, p);
        expect(q).toBeGreaterThanOrEqual(Math.min(...values));
        expect(q).toBeLessThanOrEqual(Math.max(...values));
        expect(quantile([...values].reverse(), p)).toBe(q);
        expect(quantile(values, p / 2)).toBeLessThanOrEqual(q);
      }),
      seeded,
    );
  });

  test("refuse NaN and nothing", () => {
    expect(() => median([])).toThrow(/no values/);
    expect(() => median([1, Number.NaN])).toThrow(/NaN/);
    expect(() => quantile([1], 2)).toThrow(/p is 2/);
  });

  test("of curves count what a diverged seed did not reach as infinite", () => {
    expect(curveBands([[3, 2, 1], [4], [5, Number.NaN, 2]], 1)).toEqual([
      { low: 3, median: 4, high: 5 },
      { low: 2, median: Infinity, high: Infinity },
      { low: 1, median: 2, high: Infinity },
    ]);
  });
});

describe("bootstrap intervals", () => {
  test("are seeded, hold the estimate and lie within the values", () => {
    fc.assert(
      fc.property(times(), fc.integer(), (values, seed) => {
        const options = { seed, resamples: 200 };
        const { value, low, high } = bootstrap(values, median, options);
        expect(bootstrap(values, median, options)).toEqual({ value, low, high, confidence: 0.95 });
        expect(value).toBe(median(values));
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(Math.min(...values));
        expect(high).toBeLessThanOrEqual(Math.max(...values));
      }),
      seeded,
    );
  });

  test("hold the true mean of normal samples about as often as they say", () => {
    const random = randomStream(1, "normal samples");
    const mean = (x: Float64Array) => x.reduce((sum, v) => sum + v, 0) / x.length;
    let held = 0;
    const experiments = 1000;
    for (let k = 0; k < experiments; k++) {
      const sample = Array.from({ length: 30 }, () => 5 + random.normal());
      const { low, high } = bootstrap(sample, mean, { seed: k, resamples: 400, confidence: 0.9 });
      if (low <= 5 && 5 <= high) held++;
    }
    // Percentile intervals are a little narrow: 0.883 at n = 30. Three standard deviations of the experiment are 0.03.
    expect(Math.abs(held / experiments - 0.883)).toBeLessThan(0.03);
  });

  test("of ratios turn over when the sides are exchanged", () => {
    expect(bootstrapRatio([1, 2, 3], [2, 4, 6]).value).toBe(0.5);
    fc.assert(
      fc.property(fc.array(fc.tuple(time, time), { minLength: 1, maxLength: 11 }), (pairs) => {
        const [a, b] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
        // An odd number of pairs: the median of an even one is a mean, and a mean of ratios does not turn over.
        if (pairs.length % 2 === 0) return;
        const [there, back] = [pairedRatio(a, b, { resamples: 1 }), pairedRatio(b, a, { resamples: 1 })];
        if (there.value === 0 || there.value === Infinity) expect(back.value).toBe(1 / there.value);
        else expect(back.value * there.value).toBeCloseTo(1, 12);
      }),
      seeded,
    );
  });

  test("rate pairs with misses: only a, only b, neither", () => {
    expect(pairedRatio([1], [Infinity]).value).toBe(0);
    expect(pairedRatio([Infinity], [1]).value).toBe(Infinity);
    expect(pairedRatio([Infinity], [Infinity]).value).toBe(1);
    expect(bootstrapRatio([Infinity, Infinity, 1], [1, 1, 1]).value).toBe(Infinity);
  });

  test("refuse what cannot be paired or is no time", () => {
    expect(() => pairedRatio([1, 2], [1])).toThrow(/2 and 1 times/);
    expect(() => pairedRatio([0], [1])).toThrow(/time 0 is 0/);
    expect(() => bootstrap([1], median, { confidence: 1 })).toThrow(/confidence is 1/);
    expect(() => bootstrap([1], median, { resamples: 0 })).toThrow(/resamples is 0/);
  });
});

describe("comparisons", () => {
  const b = [10, 11, 12, 13, 14, 15, 16, 17];

  test("name a clear winner with the interval", () => {
    const a = b.map((t, i) => t * (0.7 + 0.01 * i));
    const { winner, estimate, pairs, signTest, signedRankTest } = compareTimes(
      { name: "muon", values: a },
      { name: "adamw", values: b },
    );
    expect(winner).toBe("muon");
    expect(estimate.value).toBeCloseTo(0.735, 10);
    expect(estimate.low).toBeGreaterThanOrEqual(0.7);
    expect(estimate.high).toBeLessThan(0.78);
    expect(pairs).toBe(8);
    for (const p of [signTest, signedRankTest]) expect(p).toBeCloseTo(2 / 2 ** 8, 12);
  });

  test("say tie when the interval holds 1, and count the misses", () => {
    const mixed = b.map((t, i) => (i === 3 ? Infinity : i % 2 ? t * 1.2 : t * 0.8));
    const { winner, misses } = compareTimes({ name: "a", values: mixed }, { name: "b", values: b });
    expect(winner).toBeUndefined();
    expect(misses).toEqual({ a: 1, b: 0 });
  });

  test("do not decide on fewer pairs than a sign test needs", () => {
    expect([0.9, 0.95, 0.99].map(pairsNeeded)).toEqual([5, 6, 8]);
    const five = compareTimes({ name: "a", values: [1, 1, 1, 1, 1] }, { name: "b", values: [9, 9, 9, 9, 9] });
    expect(five.winner).toBeUndefined();
    expect([five.pairs, five.needed]).toEqual([5, 6]);
  });

  test("of results are by differences, of which two failures make none", () => {
    const a = { name: "a", values: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, Infinity] };
    const c = { name: "c", values: [1.1, 1.2, 1.3, 1.4, 1.5, Infinity, Infinity] };
    const { winner, estimate, misses } = compareResults(a, c);
    expect([winner, misses]).toEqual(["a", { a: 1, b: 2 }]);
    expect(estimate.value).toBeCloseTo(-1, 10);
    expect(compareResults(c, a).winner).toBe("a");
    expect(() => compareResults(a, { name: "d", values: [1] })).toThrow(/7 and 1 results/);
  });

  test("name a winner only with an interval that leaves out 1, and never the other one from the other side", () => {
    const pairs = fc.array(fc.tuple(time, time), { minLength: 6, maxLength: 11 });
    fc.assert(
      fc.property(pairs, fc.boolean(), (drawn, shift) => {
        const x = { name: "x", values: drawn.map(([t]) => t) };
        // Half of the time x is mostly faster, or there would hardly be winners.
        const y = { name: "y", values: drawn.map(([t, other]) => (shift ? 2 * t : other)) };
        const options = { resamples: 300 };
        const [there, back] = [compareTimes(x, y, options), compareTimes(y, x, options)];
        const { low, high } = there.estimate;
        expect(there.winner).toBe(high < 1 ? "x" : low > 1 ? "y" : undefined);
        if (there.winner !== undefined) expect([there.winner, undefined]).toContain(back.winner);
        expect(back.signTest).toBeCloseTo(there.signTest, 12);
        expect(back.signedRankTest).toBeCloseTo(there.signedRankTest, 12);
      }),
      seeded,
    );
  });

  test("name a winner among equals no more often than they may", () => {
    const random = randomStream(3, "null");
    const draw = () => Array.from({ length: 10 }, () => Math.exp(0.3 * random.normal()));
    const found = { winners: 0, sign: 0, rank: 0 };
    const experiments = 500;
    for (let k = 0; k < experiments; k++) {
      const options = { seed: k, resamples: 300 };
      const result = compareTimes({ name: "a", values: draw() }, { name: "b", values: draw() }, options);
      if (result.winner) found.winners++;
      if (result.signTest <= 0.05) found.sign++;
      if (result.signedRankTest <= 0.05) found.rank++;
    }
    // At most 5 %, plus three standard deviations of the experiment.
    const most = 0.05 + 3 * Math.sqrt((0.05 * 0.95) / experiments);
    for (const count of Object.values(found)) expect(count / experiments).toBeLessThan(most);
  });

  test("have the exact p-values of SciPy 1.17's wilcoxon and binomtest", () => {
    const cases: [ratios: number[], rank: number, sign: number][] = [
      [[0.5, 0.6, 0.7, 0.8, 0.9, 1.1], 0.0625, 0.21875],
      [[0.5, 0.6, 0.7, 0.8, 1.2, 1.1, 1.5, 0.95, 0.3], 0.203125, 0.5078125],
      [[0.5, 2.2, 0.4, 3, 0.9, 1.05, 0.2, 0.1], 0.3828125, 0.7265625],
    ];
    for (const [ratios, rank, sign] of cases) {
      expect(signedRankTest(ratios)).toBeCloseTo(rank, 12);
      expect(signTest(ratios)).toBeCloseTo(sign, 12);
    }
  });

  test("take ties and misses as they are", () => {
    expect([signTest([]), signTest([1, 1]), signedRankTest([1])]).toEqual([1, 1, 1]);
    // Ranks 1, 2.5 and 2.5: of 8 patterns of signs, 2 and 4 have sums as extreme as none and 1.
    expect(signedRankTest([0.5, 0, 0])).toBe(2 / 2 ** 3);
    expect(signedRankTest([2, 0, 0])).toBe(4 / 2 ** 3);
    expect(() => signTest([-1])).toThrow(/ratio of times is -1/);
    // Beyond 200 pairs a normal distribution stands for the exact one; both agree.
    const random = randomStream(4, "many");
    const many = Array.from({ length: 200 }, () => Math.exp(random.normal() - 0.15));
    expect(signedRankTest([...many, 1.0001])).toBeCloseTo(signedRankTest(many), 2);
  });
});

describe("the one-sided rule", () => {
  test("gives the published verdict on every result of the nanoGPT optimization track", () => {
    const file = new URL("fixtures/nanogpt/track3_results.csv", import.meta.url);
    const [header, ...rows] = csvParseRows(readFileSync(file, "utf8")) as [string[], ...string[][]];
    const cell = (row: string[], name: string) => Number(row[header.indexOf(name)]);
    expect(rows.length).toBe(46);
    for (const row of rows) {
      const meets = targetMargin(cell(row, "mean_val_loss"), cell(row, "runs"), 3.28) >= 0.004;
      expect([row[0], Number(meets)]).toEqual([row[0], cell(row, "significant")]);
    }
  });

  test("lets more runs show what few do not, and no failed run", () => {
    expect(meetsTarget([3.279], 3.28)).toBe(false);
    expect(meetsTarget(Array(16).fill(3.279), 3.28)).toBe(true);
    expect(meetsTarget([...Array(1000).fill(3), Infinity], 3.28)).toBe(false);
    expect(meetsTarget([3, Number.NaN], 3.28)).toBe(false);
  });

  test("runsNeeded is the smallest number that does", () => {
    expect(runsNeeded(3.28, 3.28)).toBe(Infinity);
    fc.assert(
      fc.property(fc.double({ min: 1e-4, max: 0.1, noNaN: true }), (gap) => {
        const n = runsNeeded(3.28 - gap, 3.28);
        expect(targetMargin(3.28 - gap, n, 3.28)).toBeGreaterThanOrEqual(0.004);
        if (n > 1) expect(targetMargin(3.28 - gap, n - 1, 3.28)).toBeLessThan(0.004);
      }),
      seeded,
    );
  });
});

describe("learning-rate sensitivity", () => {
  const at = (learningRate: number, ...results: number[]) => ({ learningRate, results });

  test("is for free when every rate does as well, and 1 / n when one rate works", () => {
    const flat = sensitivity([at(0.001, 5), at(0.01, 5), at(0.1, 5)]);
    expect(flat.tunedForFree).toBe(1);
    expect(flat.decades).toBeCloseTo(2, 12);
    const needle = sensitivity([at(0.1, Infinity), at(0.001, Infinity), at(0.01, 5, 6, 7)]);
    expect(needle.tunedForFree).toBeCloseTo(1 / 3, 12);
    expect(needle.best).toBe(0.01);
    expect(needle.decades).toBe(0);
    expect(needle.curve[1]).toEqual({ learningRate: 0.01, low: 5.5, median: 6, high: 6.5 });
    expect(sensitivity([at(1, Infinity)])).toMatchObject({ best: undefined, tunedForFree: 0 });
  });

  test("does not count good rates beyond a gap", () => {
    const gap = sensitivity([at(0.001, 10), at(0.01, 20), at(0.1, 10.5), at(1, 10.2)], { tolerance: 1.1 });
    expect([gap.best, gap.decades]).toEqual([0.001, 0]);
  });

  test("refuses what is no learning-rate curve", () => {
    expect(() => sensitivity([])).toThrow(/no learning rates/);
    expect(() => sensitivity([at(0.1, 1), at(0.1, 2)])).toThrow(/appears twice/);
    expect(() => sensitivity([at(0.1, -1)])).toThrow(/-1 at learning rate 0.1/);
  });

  test("a tuning curve is the mean over all subsets, rises to 1 and starts at tuned-for-free", () => {
    fc.assert(
      fc.property(fc.array(time, { minLength: 1, maxLength: 8 }), (results) => {
        const curve = tuningCurve(results);
        const hit = results.some((t) => t < Infinity);
        expect(curve.at(-1)).toBeCloseTo(hit ? 1 : 0, 12);
        const speeds = results.map((t) => (t === Infinity ? 0 : Math.min(...results) / t));
        curve.forEach((value, j) => {
          let [sum, count] = [0, 0];
          for (let set = 0; set < 2 ** results.length; set++) {
            const members = speeds.filter((_, i) => (set >> i) & 1);
            if (members.length !== j + 1) continue;
            sum += Math.max(...members);
            count++;
          }
          expect(value).toBeCloseTo(sum / count, 10);
        });
        const rates = results.map((t, i) => at(10 ** i, t));
        expect(curve[0]).toBeCloseTo(sensitivity(rates).tunedForFree, 12);
      }),
      { ...seeded, numRuns: 100 },
    );
  });

  test("a tuning curve of many trials does not overflow", () => {
    const curve = tuningCurve(Array.from({ length: 2000 }, (_, i) => 1 + i));
    expect(curve.every((x, i) => x > 0 && x <= 1 && x >= (curve[i - 1] ?? 0) - 1e-12)).toBe(true);
  });
});

describe("ranks", () => {
  test("share ties and put misses last", () => {
    expect(ranks([3, 1, Infinity, 1, Infinity])).toEqual([3, 1.5, 4.5, 1.5, 4.5]);
  });

  test("Kendall's tau is 1 for the same order, -1 for the reverse, and corrects ties", () => {
    expect(kendallTau([1, 2, 3], [10, 20, 30])).toBe(1);
    expect(kendallTau([1, 2, 3], [3, 2, 1])).toBe(-1);
    // scipy.stats.kendalltau([12, 2, 1, 12, 2], [1, 4, 7, 1, 0]) = -0.4714045207910316
    expect(kendallTau([12, 2, 1, 12, 2], [1, 4, 7, 1, 0])).toBeCloseTo(-0.4714045207910316, 12);
    expect(kendallTau([1, 1], [1, 2])).toBeNaN();
  });

  test("are sure where contenders are far apart and not where they are alike", () => {
    const far = rankStability([
      [1, 1.1, 0.9, 1, 1.05],
      [5, 5.1, 4.9, 5, 5.05],
      [9, Infinity, 8.9, 9, 9.05],
    ]);
    expect(far.contenders.map(({ rank, low, high, best }) => [rank, low, high, best])).toEqual([
      [1, 1, 1, 1],
      [2, 2, 2, 0],
      [3, 3, 3, 0],
    ]);
    expect(far.agreement).toBe(1);
    const alike = rankStability([
      [1, 3, 1, 3, 2.2],
      [3, 1, 3, 1, 2],
    ]);
    expect(alike.contenders[0]).toMatchObject({ low: 1, high: 2 });
    expect(alike.agreement).toBeLessThan(0.9);
    expect(() => rankStability([[1], [1, 2]])).toThrow(/same number of replicates/);
  });

  test("are seeded", () => {
    const results = [
      [1, 4, 2, 6],
      [2, 3, 3, 5],
    ];
    expect(rankStability(results, { seed: 4 })).toEqual(rankStability(results, { seed: 4 }));
  });
});
