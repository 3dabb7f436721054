import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { csvParseRows } from "d3-dsv";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bestTrial,
  exactScore,
  loadRules,
  openRules,
  parseRules,
  profileSteps,
  type RuleSet,
  readScoreInput,
  ruleSets,
  scoreInput,
  scoreTable,
  speedups,
  survivingTimes,
  type TimeTable,
  type Trial,
  timesToTarget,
  withHeldOut,
} from "../src/scoring/index.ts";

const path = (name: string) => fileURLToPath(new URL(`fixtures/algoperf/${name}`, import.meta.url));
const external = { rule: "index-min", tauMax: 4, tuning: undefined, baseline: undefined } as const;

/** Score by submission from a CSV of expected ones. */
function expected(name: string, column: string): Record<string, number> {
  const [header, ...rows] = csvParseRows(readFileSync(path(name), "utf8")) as [string[], ...string[][]];
  return Object.fromEntries(rows.map((row) => [row[0] as string, Number(row[header.indexOf(column)])]));
}

async function scores(name: string, options: Partial<Parameters<typeof scoreInput>[1]> = {}, clock = "time") {
  const result = scoreInput(await readScoreInput(path(name)), { ...external, ...options });
  const { board } = result.clocks.find((c) => c.clock === clock)!;
  return Object.fromEntries(board.standings.map(({ submission, score }) => [submission, score]));
}

/** Equal up to the order of additions. */
function expectScores(found: Record<string, number>, wanted: Record<string, number>) {
  expect(Object.keys(found).sort()).toEqual(Object.keys(wanted).sort());
  for (const [name, score] of Object.entries(wanted))
    expect([name, found[name]]).toEqual([name, expect.closeTo(score, 12)]);
}

describe("published leaderboards", () => {
  test.each(["v05_external_tuning_time_to_targets.csv", "v05_external_tuning_trials.csv.gz"])(
    "the 11 scores of version 0.5, external tuning, from %s",
    async (file) => {
      expectScores(
        await scores(file),
        expected("v05_external_tuning_published_scores.csv", "recomputed_unrounded"),
      );
    },
  );

  test.each(["v05_self_tuning", "v06_external_tuning"])("%s, to the 4 decimals given", async (name) => {
    const found = await scores(`${name}_trials.csv.gz`);
    const rounded = Object.fromEntries(
      Object.entries(found).map(([who, score]) => [who, Number(score.toFixed(4))]),
    );
    expect(rounded).toEqual(expected(`${name}_published_scores.csv`, "published"));
  });

  test("version 0.6 with nine workloads, by wall-clock and by steps", async () => {
    expectScores(
      await scores("a100_time_to_target_wallclock.csv"),
      expected("a100_leaderboard.csv", "score_by_wallclock"),
    );
    expectScores(
      await scores("a100_time_to_target_steps.csv"),
      expected("a100_leaderboard.csv", "score_by_steps"),
    );
  });

  test("trials give the times of the table, but for the 8 medians that hang on index ties", async () => {
    const { times: table } = (await readScoreInput(path("v05_external_tuning_time_to_targets.csv"))).data as {
      times: TimeTable;
    };
    const { trials } = (await readScoreInput(path("v05_external_tuning_trials.csv.gz"))).data as {
      trials: Trial[];
    };
    const times = timesToTarget(trials, "index-min", "time");
    expect([times.submissions, times.workloads]).toEqual([table.submissions, table.workloads]);
    const pairs = times.times.flat().map((t, i) => [t, table.times.flat()[i] as number] as const);
    const different = pairs.filter(([found, wanted]) => !Object.is(found, wanted));
    expect(different).toHaveLength(8);
    // The table's ties went to the first trial by name, ours to the faster one.
    for (const [found, wanted] of different)
      expect(found / wanted).toSatisfy((r: number) => r > 0.994 && r < 1);
  });

  test("lack what their rules ask for: one trial a study when self-tuned, five when not", async () => {
    const input = await readScoreInput(path("v05_self_tuning_trials.csv.gz"));
    const { missing, selfTuning } = scoreInput(input, external);
    expect(selfTuning).toBe(true);
    expect(missing.filter((text) => text.endsWith("trials"))).toEqual([]);
    expect(missing).toContainEqual(expect.stringMatching(/^sinv6.*(has no|studies)/));
    const asExternal = scoreInput(input, { ...external, tuning: "external" });
    expect(asExternal.missing).toContain("baseline, ogbg, study_0: 1 of 5 trials");
  });

  test("lawa_ema has 0.3384 by the smallest index and 0.3434 by the smallest time", async () => {
    const file = "v05_external_tuning_trials.csv.gz";
    expect((await scores(file)).lawa_ema?.toFixed(4)).toBe("0.3384");
    expect((await scores(file, { rule: "time-min" })).lawa_ema?.toFixed(4)).toBe("0.3434");
  });

  test("the winner of version 0.5 takes 28 % less time than the baseline", async () => {
    const { data, rules } = await readScoreInput(path("v05_external_tuning_time_to_targets.csv"));
    const all = speedups((data as { times: TimeTable }).times, rules, "baseline");
    const of = (name: string) => all.find(({ submission }) => submission === name);
    expect(of("shampoo_submission")?.ratio).toBeCloseTo(0.72, 2);
    expect(of("baseline")?.ratio).toBe(1);
    expect(of("caspr_adaptive")).toMatchObject({ ratio: Number.NaN, reason: /no result on criteo1tb/ });
  });
});

/** Two base workloads, the first with a variant. */
const rules: RuleSet = withHeldOut(openRules(["a", "b"]), ["a_variant"]);
const table = (rows: Record<string, number[]>): TimeTable => ({
  submissions: Object.keys(rows),
  workloads: ["a", "a_variant", "b"],
  times: Object.values(rows),
});

describe("the rules, one by one", () => {
  test("a variant without its base is a miss before minima are taken", () => {
    // x has the fastest variant but missed the base, so y's variant (5 x 1) is not cut.
    const t = table({ x: [Infinity, 1, 1], y: [1, 5, 1] });
    expect(survivingTimes(t, rules)).toEqual([
      [Infinity, 1],
      [1, 1],
    ]);
  });

  test("beyond 4 times the fastest is a miss, exactly 4 times is not", () => {
    const t = table({ x: [1, 1, 1], y: [4, 4, 4.001] });
    expect(survivingTimes(t, rules)[1]).toEqual([4, Infinity]);
  });

  test("a variant that is missed, missing or cut zeroes its base", () => {
    const t = table({
      best: [1, 1, 1],
      missed: [1, Infinity, 1],
      missing: [1, Number.NaN, 1],
      cut: [1, 4.1, 1],
    });
    expect(survivingTimes(t, rules).map((row) => row[0])).toEqual([1, Infinity, Infinity, Infinity]);
  });

  test("ratios are taken to the fastest survivor, not to the fastest", () => {
    const t = table({ quick: [1, Infinity, 1], slow: [3, 1, 1] });
    const { standings } = scoreTable(t, rules);
    expect(standings.map(({ submission, ratios }) => [submission, ratios])).toEqual([
      ["slow", [1, 1]],
      ["quick", [Infinity, 1]],
    ]);
  });

  test("a column nobody hits, or that is not there, contributes nothing to anyone but counts", () => {
    const nobody = scoreTable(table({ x: [Infinity, 1, 1], y: [Infinity, 1, 2] }), rules);
    expect(nobody.standings.map(({ exact }) => exact)).toEqual([0.5, expect.closeTo(1 / 3, 12)]);
    const absent = scoreTable({ submissions: ["x"], workloads: ["b"], times: [[7]] }, openRules(["a", "b"]));
    expect(absent.standings[0]).toMatchObject({ exact: 0.5, ratios: [Number.NaN, 1] });
  });

  test("the trapezoid counts rho at tau = 1 and is within 0.0051 of the integral", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1, max: 5, noNaN: true }), { minLength: 1, maxLength: 8 }),
        (others) => {
          const workloads = others.map((_, i) => `w${i}`);
          const times = [others.map(() => 1), others];
          const { standings, tau } = scoreTable(
            { submissions: ["best", "other"], workloads, times },
            openRules(workloads),
          );
          const other = standings.find(({ submission }) => submission === "other")!;
          expect(standings[0]?.score).toBeCloseTo(1, 12);
          expect([tau.length, tau[0], tau.at(-1)]).toEqual([100, 1, 4]);
          // Half a cell of 3/99, divided by 3.
          expect(Math.abs(other.score - other.exact)).toBeLessThan(1 / 198 + 1e-9);
        },
      ),
      { seed: 2, numRuns: 200 },
    );
  });

  test("the profile's corners integrate to the exact score", () => {
    const ratios = [1, 1.5, 1.5, 3, 4, 7, Infinity, Number.NaN];
    const steps = profileSteps(ratios, 4);
    const area = steps.slice(1).reduce((sum, { tau }, i) => sum + (tau - steps[i]!.tau) * steps[i]!.rho, 0);
    expect(area / 3).toBeCloseTo(exactScore(ratios, 4), 12);
  });

  test("neither the order of submissions nor the unit of time matters", () => {
    const cell = fc.oneof(
      fc.double({ min: 0.01, max: 100, noNaN: true }),
      fc.constantFrom(Infinity, Number.NaN),
    );
    const row = fc.tuple(cell, cell, cell);
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: -8, max: 8 }),
        (rows, power) => {
          const named = rows.map((times, i) => [`s${i}`, times] as const);
          const there = scoreTable(table(Object.fromEntries(named)), rules);
          const scaled = named
            .map(([name, times]) => [name, times.map((t) => t * 2 ** power)] as const)
            .reverse();
          expect(scoreTable(table(Object.fromEntries(scaled)), rules).standings).toEqual(there.standings);
        },
      ),
      { seed: 3, numRuns: 300 },
    );
  });
});

describe("from trials to times", () => {
  const trial = (name: string, index: number, time: number, study = "study_0"): Trial => {
    return { submission: "s", workload: "w", study, trial: name, index, time, step: time, where: name };
  };

  test("trials that tie by index are told apart by time, then by name, whatever their order", () => {
    const trials = [
      trial("trial_10", 3, 4),
      trial("trial_2", 3, 4),
      trial("trial_3", 3, 5),
      trial("trial_1", 4, 0.5),
    ];
    for (const order of [trials, [...trials].reverse()]) {
      expect(bestTrial(order, "index-min", "time")?.trial).toBe("trial_2");
      expect(bestTrial([...order, trial("trial_4", 3, 3)], "index-min", "time")?.trial).toBe("trial_4");
      expect(bestTrial(order, "time-min", "time")?.trial).toBe("trial_1");
    }
  });

  test("a miss stays in the median over studies", () => {
    const study = (i: number, time: number) =>
      trial("trial_1", time === Infinity ? Infinity : 1, time, `study_${i}`);
    const time = (...values: number[]) =>
      timesToTarget(
        values.map((t, i) => study(i, t)),
        "index-min",
        "time",
      ).times[0]?.[0];
    expect(time(1, Infinity, 2)).toBe(2);
    expect(time(1, Infinity, Infinity)).toBe(Infinity);
    expect(time(1, 3)).toBe(2);
    expect(time(1, Infinity)).toBe(Infinity);
  });

  test("a trial that appears twice is refused", () => {
    expect(() => timesToTarget([trial("t", 1, 1), trial("t", 1, 2)], "index-min", "time")).toThrow(
      /already given at t/,
    );
  });
});

describe("rule sets", () => {
  test("hold the studies, budgets and targets of both versions", () => {
    const { "v0.5": v05, "v0.6": v06 } = ruleSets;
    expect([
      v05.studies,
      v05.trials,
      v05.base.length,
      v05.heldOut.length,
      v05.selfTuningBudgetFactor,
    ]).toEqual([5, 5, 8, 6, 3]);
    expect([
      v06.studies,
      v06.trials,
      v06.base.length,
      v06.heldOut.length,
      v06.selfTuningBudgetFactor,
    ]).toEqual([3, 5, 9, 0, 1.5]);
    expect(v05.targets.get("fastmri")).toMatchObject({
      metric: "ssim",
      value: 0.723653,
      minimize: false,
      budget: 8859,
    });
    expect(v06.targets.get("fastmri")?.budget).toBe(4430);
    expect(v06.targets.get("finewebedu_lm")).toMatchObject({ metric: "ppl", value: 22.2995, minimize: true });
  });

  test("AlgoPerf's own file is a rule set and takes what it lacks from the version it names", () => {
    const { name, ...own } = loadRules(path("workload_targets.json"));
    const { name: shipped, ...rest } = ruleSets["v0.6"];
    expect(name).toBe(shipped);
    // Its budget is not in the version's table.
    expect(own).toEqual(rest);
  });

  test.each([
    ["{", /is not JSON/],
    ["[]", /the rule set: .*expected object/],
    ['{"benchmark_version":"1"}', /base_workloads/],
    [
      '{"benchmark_version":"1","base_workloads":["a"],"workloads":{"a":{"target_metric_name":"f1","validation_target_value":1}}}',
      /is f1 to be small or large/,
    ],
    ['{"benchmark_version":"1","base_workloads":["a"],"workloads":{}}', /a is listed but has no target/],
    [
      '{"benchmark_version":"1","base_workloads":["a"],"held_out_workloads":["b_x"],"workloads":{' +
        '"a":{"target_metric_name":"loss","validation_target_value":1},"b_x":{"target_metric_name":"loss","validation_target_value":1}}}',
      /b_x belongs to no base workload/,
    ],
  ])("%s is refused with a reason", (text, reason) => {
    expect(() => parseRules("rules.json", text)).toThrow(reason);
    expect(() => parseRules("rules.json", text)).toThrow(/^rules.json: /);
  });

  test("an unknown name is refused with the known ones", () => {
    expect(() => loadRules("v0.7")).toThrow(/no rule set "v0.7"; there are v0.5, v0.6, v0.6-2025/);
  });
});

test("a miss counts as one second over the budget in a speed-up, three times that when self-tuned", () => {
  const budget = (seconds: number) => ({
    metric: "loss",
    value: 1,
    minimize: true,
    budget: seconds,
    base: undefined,
  });
  const timed = { ...openRules(["w"], new Map([["w", budget(99)]])), selfTuningBudgetFactor: 3 };
  const t = { submissions: ["base", "missed"], workloads: ["w"], times: [[10], [Infinity]] };
  expect(speedups(t, timed, "base")[1]?.ratio).toBeCloseTo(10, 12);
  expect(speedups(t, timed, "base", { selfTuning: true })[1]?.ratio).toBeCloseTo(29.8, 12);
  expect(speedups(t, openRules(["w"]), "base")[1]).toMatchObject({ ratio: Number.NaN, reason: /no budget/ });
  expect(() => speedups(t, timed, "nobody")).toThrow(/no submission "nobody".*base, missed/);
});
