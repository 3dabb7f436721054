import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  drawSettings,
  grid,
  haltonBases,
  haltonPoints,
  parseSearchSpace,
  searchSpace,
  valueAt,
} from "../src/search/index.ts";
import { mersenneTwister } from "../src/search/mt19937.ts";

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`fixtures/algoperf/${name}`, import.meta.url), "utf8"));
const space = searchSpace.parse(fixture("archived_nadamw_range.json"));

describe("Halton points", () => {
  test("are AlgoPerf's, bit for bit", () => {
    const { primes, points } = fixture("halton_golden.json") as { primes: number[]; points: number[][] };
    expect(haltonBases(3)).toEqual(primes);
    expect(haltonPoints(5, 3)).toEqual(points);
  });

  test.each(
    fixture("halton_more.json").cases as {
      samples: number;
      dims: number;
      skip: number;
      points: number[][];
    }[],
  )("$samples points of $dims dimensions after $skip are AlgoPerf's", ({ samples, dims, skip, points }) => {
    expect(haltonPoints(samples, dims, { skip })).toEqual(points);
  });

  test("fill [0, 1) evenly: n points have discrepancy of order log(n) / n in each dimension", () => {
    const points = haltonPoints(1000, 5);
    for (let d = 0; d < 5; d++) {
      const sorted = points.map((point) => point[d] as number).sort((a, b) => a - b);
      expect(sorted.every((x) => x >= 0 && x < 1)).toBe(true);
      const discrepancy = Math.max(...sorted.map((x, i) => Math.abs(x - (i + 0.5) / 1000)));
      expect(discrepancy).toBeLessThan(0.04);
    }
  });

  test("a count that is none is refused", () => {
    expect(() => haltonPoints(1.5, 2)).toThrow(/samples is 1.5; expected a count/);
    expect(() => haltonPoints(2, -1)).toThrow(/dims is -1/);
  });
});

test("the Mersenne Twister starts with the reference implementation's words", () => {
  const random = mersenneTwister(5489);
  // First words of the reference implementation, seed 5489: 3499211612, 581869302.
  const expected = (Math.floor(3499211612 / 32) * 2 ** 26 + Math.floor(581869302 / 64)) / 2 ** 53;
  expect(random.uniform()).toBe(expected);
});

describe("drawing settings", () => {
  test("gives AlgoPerf's Halton settings in an order that the seed decides", () => {
    const sets = [0, 1, 2].map((seed) => drawSettings(space, 8, { seed }));
    const names = Object.keys(space);
    const canonical = (settings: (typeof sets)[0]) => settings.map((s) => JSON.stringify(s)).sort();
    const points = haltonPoints(8, names.length);
    const unshuffled = points.map((point) =>
      Object.fromEntries(names.map((name, d) => [name, valueAt((space as never)[name], point[d] as number)])),
    );
    for (const settings of sets) expect(canonical(settings)).toEqual(canonical(unshuffled));
    expect(sets[0]).not.toEqual(sets[1]);
    expect(drawSettings(space, 8, { seed: 1 })).toEqual(sets[1]);
  });

  test("a list gives its first settings, as AlgoPerf does", () => {
    const points = searchSpace.parse(fixture("baseline_external_points.json"));
    expect(drawSettings(points, 2)).toEqual((points as object[]).slice(0, 2));
    expect(drawSettings(points, 99)).toEqual(points);
  });

  test("random settings stay in range, are seeded and differ from Halton's", () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 1e-6, max: 1e-2, noNaN: true }), (seed, min) => {
        const range = searchSpace.parse({
          lr: { min, max: 1, scaling: "log" },
          momentum: { min: 0, max: 0.9 },
          kind: { feasible_points: ["a", "b", true] },
        });
        const settings = drawSettings(range, 20, { method: "random", seed });
        expect(drawSettings(range, 20, { method: "random", seed })).toEqual(settings);
        for (const { lr, momentum, kind } of settings) {
          expect(lr).toBeGreaterThanOrEqual(min);
          expect(lr).toBeLessThanOrEqual(1);
          expect(momentum).toBeGreaterThanOrEqual(0);
          expect(momentum).toBeLessThan(0.9);
          expect(["a", "b", true]).toContain(kind);
        }
        expect(settings).not.toEqual(drawSettings(range, 20, { seed }));
      }),
      { seed: 1, numRuns: 50 },
    );
  });
});

describe("a grid", () => {
  const range = searchSpace.parse({
    lr: { min: 1e-4, max: 1, scaling: "log" },
    depth: { feasible_points: [2, 4] },
    wd: { min: 0, max: 0.1 },
  });

  test("has the ends and even steps on each scale, the last hyperparameter fastest", () => {
    const settings = grid(range, { lr: 5, wd: 2 });
    expect(settings).toHaveLength(5 * 2 * 2);
    expect(settings.slice(0, 3)).toEqual([
      { lr: 1e-4, depth: 2, wd: 0 },
      { lr: 1e-4, depth: 2, wd: 0.1 },
      { lr: 1e-4, depth: 4, wd: 0 },
    ]);
    const rates = [...new Set(settings.map(({ lr }) => lr as number))];
    rates.forEach((rate, i) => {
      expect(rate).toBeCloseTo(10 ** (i - 4), 10);
    });
    expect(rates.at(-1)).toBe(1);
  });

  test("of one level takes the middle; a missing or absurd number of levels is refused", () => {
    expect(grid(range, 1)[0]?.lr).toBeCloseTo(1e-2, 12);
    expect(() => grid(range, { lr: 3 })).toThrow(/wd has undefined levels/);
    expect(() => grid(range, 1e6)).toThrow(/at most 1000000/);
  });
});

describe("a search space", () => {
  test.each([
    [{ lr: { min: 0, max: 1, scaling: "log" } }, /^space.json: lr: min: log scaling needs a min above 0/],
    [{ lr: { min: 2, max: 1, scaling: "linear" } }, /lr: min: min is above max/],
    [{ lr: { min: 1 } }, /lr: max: .*expected number/],
    [{ lr: { min: 1, max: 2, scale: "log" } }, /lr: .*"scale"/],
    [{ lr: { feasible_points: [] } }, /lr: feasible_points: Too small/],
    [{ lr: 0.1 }, /lr: .*expected object/],
    [[{ lr: 1 }, { wd: 1 }], /same hyperparameters/],
    [7, /expected hyperparameters by name/],
  ])("%j is refused with a reason", (bad, reason) => {
    expect(searchSpace.safeParse(bad).success).toBe(false);
    expect(() => parseSearchSpace("space.json", bad)).toThrow(reason);
  });

  test("parses the same plainly and by its schema", () => {
    const file = fixture("archived_nadamw_range.json");
    expect(parseSearchSpace("archived_nadamw_range.json", file)).toEqual(space);
    expect(parseSearchSpace("x", { lr: { min: 0, max: 1 } })).toEqual({
      lr: { min: 0, max: 1, scaling: "linear" },
    });
  });
});
