import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { trialFiles } from "../src/export/database.ts";
import { parseReport, type ReportData, ReportError } from "../src/format.ts";
import { buildReport, reportOf } from "../src/report/build.ts";
import { renderReport } from "../src/report/render.ts";
import { readStudy } from "../src/study/folder.ts";
import { planTrials } from "../src/study/plan.ts";
import { StudyError } from "../src/study/study.ts";
import { parseTrial } from "../src/train/record.ts";
import type { TrialSpec } from "../src/train/spec.ts";
import { steepest, temporaryFolder } from "./steepest.ts";
import { madeUpStudy } from "./support/made-up-study.ts";

const folder = madeUpStudy();
let data: ReportData;

beforeAll(() => {
  data = buildReport(folder);
});

describe("a report's data", () => {
  test("says what was run", () => {
    expect(data).toMatchObject({ kind: "study", title: "hand", seeds: [1, 2, 3, 4, 5, 6], threads: 1 });
    expect(data.tasks.map(({ name, steps }) => [name, steps])).toEqual([
      ["a9a-logistic", 100],
      ["fashion-cnn", 100],
    ]);
    expect(data.optimizers.map(({ name, search }) => [name, search?.method])).toEqual([
      ["muon", undefined],
      ["sgd", "halton"],
    ]);
    expect(data.trials).toHaveLength(2 * 3 * 6);
    expect(data.code).toEqual(["0.1.0+hand"]);
    const sgd = data.entries.find(({ task, optimizer }) => task === "a9a-logistic" && optimizer === "sgd");
    expect(sgd?.settings[sgd.chosen as number]?.learningRate).toBe(0.1);
  });

  test("finds the hits, and keeps what diverged", () => {
    const muon = data.trials.find(({ optimizer, seed }) => optimizer === "muon" && seed === 1);
    expect(muon).toMatchObject({ status: "finished", final: 0.3, hit: { evaluation: 3, step: 30 } });
    const diverged = data.trials.filter(({ status }) => status === "diverged");
    expect(diverged).toHaveLength(12);
    expect(diverged[0]).toMatchObject({ hit: null, final: null, hyperparameters: { learningRate: 1 } });
  });

  test("scores by steps and by time as a hand does", () => {
    // Steps: muon's median is 25, sgd's 50, a ratio of 2. Time: muon's 0.75 s, sgd's 0.5 s, a ratio of 1.5.
    const [step, time] = data.scores;
    const exact = (score: typeof step) =>
      score?.submissions.map(({ optimizer, exact }) => [optimizer, exact]);
    expect(exact(step)).toEqual([
      ["muon", 1],
      ["sgd", (4 - 2) / 3],
    ]);
    expect(exact(time)).toEqual([
      ["sgd", 1],
      ["muon", (4 - 1.5) / 3],
    ]);
  });

  test("compares pair by pair: muon wins by steps, sgd by time, and equal final values tie", () => {
    const find = (measure: string, task: string | null) =>
      data.comparisons.find((c) => c.measure === measure && c.task === task);
    expect(find("step", null)).toMatchObject({ a: "muon", b: "sgd", pairs: 12, winner: "muon", value: 0.5 });
    expect(find("step", null)?.signTest).toBeCloseTo(2 / 2 ** 12, 12);
    expect(find("time", "a9a-logistic")).toMatchObject({ a: "sgd", b: "muon", pairs: 6, winner: "sgd" });
    expect(find("final", "fashion-cnn")).toMatchObject({ winner: null, value: 0, low: 0, high: 0 });
    for (const { kind, text } of data.sentences) {
      if (kind === "winner") expect(text).toMatch(/95 % interval [\d.]+ to [\d.]+, \d+ pairs/);
      if (kind === "tie") expect(text).toMatch(/tie between/);
    }
    expect(data.sentences[0]).toMatchObject({ kind: "winner", task: null });
    expect(data.sentences[0]?.text).toMatch(/^Fewest steps .* all 2 tasks: muon; 0.5 times the steps of sgd/);
  });

  test("tells how much the learning rate matters", () => {
    const sgd = data.sensitivities.find(({ task }) => task === "a9a-logistic");
    expect(sgd).toMatchObject({ optimizer: "sgd", best: 0.1, tunedForFree: 0.5, decades: 0 });
    expect(sgd?.curve.map(({ learningRate, diverged, steps }) => [learningRate, diverged, steps])).toEqual([
      [0.1, 0, 50],
      [1, 6, null],
    ]);
    const [rule] = data.targetRules;
    expect(rule).toMatchObject({
      task: "a9a-logistic",
      optimizer: "muon",
      runs: 6,
      mean: 0.3,
      c: 0,
      met: true,
    });
    expect(data.ranks.map(({ optimizers }) => optimizers.map(({ rank, best }) => [rank, best]))).toEqual([
      [
        [1, 1],
        [2, 0],
      ],
      [
        [2, 0],
        [1, 1],
      ],
    ]);
  });
});

describe("reading it", () => {
  const json = () => JSON.stringify(data);
  const page = (text: string) =>
    `<!doctype html>\n<p>x</p><script type="application/json" id="steepest-report">${text}</script>`;

  test("from JSON and from a page", () => {
    expect(parseReport(json())).toEqual(JSON.parse(json()));
    expect(parseReport(page(json()))).toEqual(JSON.parse(json()));
  });

  test.each<[string, (text: string) => string, RegExp]>([
    ["other JSON", () => "[1]", /r: is no Steepest report; expected "format": "steepest-report"/],
    ["another page", () => "<p>", /r: is no Steepest report; expected its HTML page or its JSON/],
    ["half a file", (text) => text.slice(0, 900), /r: is not JSON, or was cut short/],
    ["a later version", (text) => text.replace('"version":1', '"version":2'), /r: is of version 2; .* 1/],
    ["a wrong value", (text) => text.replace('"seed":1', '"seed":"x"'), /r: trials\[0\]\.seed: expected/],
    ["a lost field", (text) => text.replace('"digest"', '"d"'), /r: digest: expected string/],
  ])("refuses %s and says why", (_, change, message) => {
    expect(() => parseReport(change(json()), "r")).toThrow(message);
  });

  test("any damage gives the data or a clear error", () => {
    const text = json();
    const cut = fc.tuple(
      fc.nat(text.length - 1),
      fc.nat(30),
      fc.constantFrom("", "null", "]", '"', "1e999", "<"),
    );
    fc.assert(
      fc.property(cut, ([at, length, put]) => {
        try {
          parseReport(text.slice(0, at) + put + text.slice(at + length), "r");
        } catch (error) {
          expect(error).toBeInstanceOf(ReportError);
          expect((error as Error).message).not.toMatch(/undefined|\[object/);
        }
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  test("1,000 damaged trial files: each gives a report that can be read again", () => {
    const file = trialFiles(folder)[0] as string;
    const text = readFileSync(file, "utf8");
    const spec = JSON.parse(text.split("\n")[0] as string).spec as TrialSpec;
    const put = fc.constantFrom("", "null", "[]", "{}", "-1", '"x"', "1e400", "\n", "}", '"type":"end",');
    const edit = fc.tuple(fc.nat(text.length - 1), fc.nat(40), put);
    const results = { kind: "study", title: "t", command: "c", protocol: "p", search: new Map() } as const;
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const damaged = edits.reduce((all, [at, n, by]) => all.slice(0, at) + by + all.slice(at + n), text);
        const trial = parseTrial(damaged);
        const report = reportOf({ ...results, trials: [{ spec, use: "result", trial }] });
        expect(parseReport(JSON.stringify(report)).trials).toHaveLength(1);
        expect(renderReport(report, "")).not.toMatch(/NaN|undefined|\[object/);
      }),
      { seed: 6, numRuns: 1000 },
    );
  });

  test("300 damaged study.json files each give a plan or a clear error", () => {
    const copy = temporaryFolder();
    const text = readFileSync(join(folder, "study.json"), "utf8");
    const edit = fc.tuple(
      fc.nat(text.length - 1),
      fc.nat(30),
      fc.constantFrom("", "null", "]", "{}", '"x"', "-1"),
    );
    fc.assert(
      fc.property(edit, ([at, n, by]) => {
        writeFileSync(join(copy, "study.json"), text.slice(0, at) + by + text.slice(at + n));
        try {
          expect(planTrials(readStudy(copy), "code").length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(StudyError);
          expect((error as Error).message).toContain("study.json");
        }
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  test("steepest report --json writes it, and refuses a folder without results", async () => {
    const file = join(temporaryFolder(), "report.json");
    const { code, stderr } = await steepest("report", folder, "--json", file);
    expect([code, stderr]).toEqual([0, ""]);
    const empty = await steepest("report", temporaryFolder());
    expect(empty.stderr).toMatch(
      /holds no study\.json and no race\.json; expected a folder that `steepest study run`/,
    );
    writeFileSync(join(folder, "notes.txt"), "");
    const none = await steepest("report", join(folder, "absent"));
    expect([none.code, none.stderr]).toEqual([1, expect.stringMatching(/absent: no such folder/)]);
  });
});
