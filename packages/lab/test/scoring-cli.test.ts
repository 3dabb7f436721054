import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { Command, CommanderError } from "commander";
import { csvParseRows } from "d3-dsv";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { registerScore } from "../src/scoring/cli.ts";

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/algoperf/${name}`, import.meta.url));
const external = fixture("v05_external_tuning_trials.csv.gz");
const times = fixture("v05_external_tuning_time_to_targets.csv");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "steepest-score-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a file into the test's folder and returns its path. */
function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** Runs `steepest score` and returns what it prints and its exit code. */
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err, code] = ["", "", 0];
  const stdout = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += text;
    return true;
  });
  const stderr = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    err += text;
    return true;
  });
  const program = new Command("steepest").exitOverride().configureOutput({
    writeErr: (text) => {
      err += text;
    },
  });
  registerScore(program);
  try {
    await program.parseAsync(["score", ...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    code = error.exitCode;
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
  return { code, out, err };
}

/** Submission and score as printed, in order. */
const printed = (out: string) =>
  [...out.matchAll(/^ *\d+ {2}(\S+) +(\d\.\d{4}) {2}(\d\.\d{4})/gm)].map(([, name, score]) => [name, score]);

describe("the table", () => {
  test("holds the published scores, best first, and says what is missing", async () => {
    const [, ...rows] = csvParseRows(
      readFileSync(fixture("v05_external_tuning_published_scores.csv"), "utf8"),
    );
    const published = rows.map(([name, score]) => [name, Number(score).toFixed(4)]);
    for (const path of [times, external]) {
      const { code, out, err } = await run(path);
      expect(code).toBe(0);
      expect(printed(out)).toEqual(published);
      expect(out).toMatch(/^AlgoPerf v0\.5, external tuning: 11 submissions on 8 workloads, 6 held out/);
      expect(err).toMatch(/missing, and scored as misses/);
    }
    expect((await run(times, "--lenient")).err).toBe("");
  });

  test("changes with the rule, the held-out workloads and tau", async () => {
    const scoreOf = async (who: string, ...flags: string[]) =>
      printed((await run(external, ...flags)).out).find(([name]) => name === who)?.[1];
    const lawa = (...flags: string[]) => scoreOf("lawa_ema", ...flags);
    expect(await lawa()).toBe("0.3384");
    expect(await lawa("--rule", "time-min")).toBe("0.3434");
    // caspr_adaptive lacks wmt's variant alone: without it, it gains wmt.
    const caspr = Number(await scoreOf("caspr_adaptive"));
    expect(Number(await scoreOf("caspr_adaptive", "--held-out", "none"))).toBeGreaterThan(caspr + 0.05);
    expect(Number(await scoreOf("caspr_adaptive", "--held-out", "wmt_glu_tanh"))).toBeCloseTo(caspr, 1);
    expect(await lawa("--tau-max", "2")).not.toBe("0.3384");
  });

  test("has scores by steps beside those by time, a baseline and ratios where asked", async () => {
    const { out } = await run(external, "--baseline", "baseline", "--ratios", "--lenient");
    expect(out).toMatch(/submission +score +exact +score by steps +exact by steps +relative time +criteo1tb/);
    expect(out).toMatch(
      /shampoo_submission +0\.7784 +0\.7785 +0\.2361 +0\.2370 +0\.721\d +1\.0000 +1\.1804 +inf/,
    );
    expect(out).toMatch(/schedule_free_prodigy .* - +(inf|-)/);
  });

  test("of version 0.6 divides by nine workloads, or by the eight of the leaderboard of March 2025", async () => {
    const path = fixture("v06_external_tuning_trials.csv.gz");
    expect(printed((await run(path)).out)).toEqual([
      ["shampoo", "0.6244"],
      ["baseline", "0.4590"],
    ]);
    const nine = await run(path, "--rules", "v0.6");
    expect(printed(nine.out)[0]).toEqual(["shampoo", "0.5550"]);
    expect(nine.err).toMatch(/no finewebedu_lm, which counts as missed by all; --rules v0.6-2025/);
  });

  test("of self-tuning trials is known by one trial a study", async () => {
    const { out } = await run(fixture("v05_self_tuning_trials.csv.gz"), "--lenient");
    expect(out).toMatch(/^AlgoPerf v0\.5, self-tuning/);
    const asked = await run(fixture("v05_self_tuning_trials.csv.gz"), "--lenient", "--tuning", "external");
    expect(asked.out).toMatch(/external tuning/);
  });
});

describe("output", () => {
  test("as JSON has everything, misses as inf and missing results as null", async () => {
    const path = join(folder, "out.json");
    const { out } = await run(times, "--out", path, "--lenient");
    expect(out).toBe("");
    const report = JSON.parse(readFileSync(path, "utf8"));
    expect(report).toMatchObject({ rules: { name: "AlgoPerf v0.5", cutoff: 4 }, tuning: "external" });
    const [clock] = report.clocks;
    expect(clock.clock).toBe("time");
    expect(clock.tau).toHaveLength(100);
    const caspr = clock.submissions.find((s: { submission: string }) => s.submission === "caspr_adaptive");
    expect(caspr.times).toMatchObject({ criteo1tb: null, imagenet_resnet: "inf", ogbg: 2191.6657662391663 });
    expect(caspr.profile).toHaveLength(100);
    expect(JSON.parse((await run(times, "--json", "--lenient")).out).clocks).toEqual(report.clocks);
  });

  test("as CSV has full precision and the ratios", async () => {
    const [header, first] = csvParseRows((await run(times, "--csv", "--lenient")).out);
    expect(header?.slice(0, 4)).toEqual(["submission", "score", "exact", "criteo1tb"]);
    expect(Number(first?.[1])).toBeCloseTo(0.7784090909090908, 12);
  });

  test("as a figure is an SVG document or a PNG image", async () => {
    const [svg, png] = [join(folder, "profile.svg"), join(folder, "profile.png")];
    expect((await run(external, "--lenient", "--figure", svg)).code).toBe(0);
    await run(times, "--lenient", "--figure", png);
    const text = readFileSync(svg, "utf8");
    expect(text).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    for (const part of ["by wall-clock time", "by training steps", "0.7784  shampoo_submission"]) {
      expect(text).toContain(part);
    }
    const bytes = readFileSync(png);
    expect(bytes.subarray(1, 4).toString()).toBe("PNG");
    expect(bytes.length).toBeGreaterThan(20_000);
  });
});

const evaluations = (...rows: [number, number, number][]) =>
  ["score,global_step,validation/loss", ...rows.map((row) => row.join(","))].join("\n");

describe("folders", () => {
  test("of raw AlgoPerf logs: studies, trials, both measurement files, gzip, targets of the run's own", async () => {
    const at = (rest: string) => `logs/external_tuning/${rest}`;
    const meta = '{"workload.target_metric_name":"loss","workload.validation_target_value":0.5}';
    for (const study of ["study_0", "study_1", "study_2"]) {
      file(at(`quick/${study}/toy_jax/trial_1/meta_data_0.json`), meta);
      file(
        at(`quick/${study}/toy_jax/trial_1/eval_measurements.csv`),
        evaluations([1, 1, 0.9], [10, 100, 0.5]),
      );
      file(at(`quick/${study}/toy_jax/trial_1/hparams.json`), '{"learning_rate": 0.1}');
      file(at(`quick/${study}/toy_jax/trial_2/hparams.json`), "{}");
      file(at(`slow/${study}/toy_pytorch/trial_1/meta_data_0.json`), meta);
      file(
        at(`slow/${study}/toy_pytorch/trial_1/eval_measurements.csv.gz`),
        gzipSync(evaluations([1, 1, 0.9], [15, 50, 0.4])),
      );
    }
    file(
      at("slow/study_0/toy_pytorch/trial_1/measurements.csv"),
      "global_step,loss,score,validation/loss\n1,0.3,,\n1,,1,0.1\n",
    );
    const { code, out, err } = await run(join(folder, "logs"), "--ratios");
    expect([code, err]).toEqual([0, expect.stringMatching(/trial_2: has no eval_measurements.csv/)]);
    expect(out).toMatch(
      /^all workloads, self-tuning: 2 submissions on 1 workload \(folder of AlgoPerf logs\)/,
    );
    // By time 10 against 15 seconds, by steps 100 against 50.
    expect(out).toMatch(/quick +1\.0000 +1\.0000 +0\.6717 +0\.6667 +1\.0000$/m);
    expect(out).toMatch(/slow +0\.8333 +0\.8333 +1\.0000 +1\.0000 +1\.5000$/m);
    const { hparams } = JSON.parse((await run(join(folder, "logs"), "--json")).out);
    expect(hparams[0]).toMatchObject({
      submission: "quick",
      trial: "trial_1",
      hparams: { learning_rate: 0.1 },
    });
    expect((await run(join(folder, "logs/external_tuning/slow"))).out).toMatch(/ 1 submission on /);
  });

  test("of our own studies: optimizers are submissions, seeds studies, settings trials", async () => {
    const start = (optimizer: string, seed: number, trial: string) => ({
      type: "start",
      format: 1,
      trial,
      spec: { task: "a9a-logistic", optimizer, hyperparameters: { learningRate: 0.1 }, seed, steps: 10 },
    });
    const record = (step: number, loss: number | null) => {
      return { type: "record", step, seconds: step / 10, trainLoss: 1, validation: { loss } };
    };
    const lines = (...rows: object[]) => rows.map((row) => JSON.stringify(row)).join("\n");
    for (const seed of [1, 2, 3]) {
      const [good, bad] = [`good${seed}`, `bad${seed}`];
      // An interrupted attempt, half a line, and the attempt that counts.
      const attempts = [
        start("adamw", seed, good),
        record(1, 0.1),
        start("adamw", seed, good),
        record(0, 0.7),
        record(20, 0.3),
      ];
      file(`study/trials/a9a-logistic/adamw/${good}.jsonl`, `${lines(...attempts)}\n{"type":"rec`);
      file(
        `study/trials/a9a-logistic/adamw/${bad}.jsonl`,
        lines(start("adamw", seed, bad), record(30, null)),
      );
      file(
        `study/trials/a9a-logistic/sgd/s${seed}.jsonl`,
        lines(start("sgd", seed, `s${seed}`), record(30, 0.32)),
      );
    }
    const { code, out } = await run(join(folder, "study"), "--ratios");
    expect(code).toBe(0);
    expect(out).toMatch(/adamw +1\.0000 +1\.0000 +1\.0000 +1\.0000 +1\.0000$/m);
    expect(out).toMatch(/sgd +0\.8333 +0\.8333 +0\.8333 +0\.8333 +1\.5000$/m);
    file("study/trials/a9a-logistic/sgd/s1.jsonl", '{"type":"start","trial":"x"}');
    expect((await run(join(folder, "study"))).err).toMatch(/s1\.jsonl:1: spec: /);
  });
});

describe("what is wrong is said, with its place, and the exit code is 1", () => {
  const csv = (text: string) => () => file("bad.csv", text);
  const trials = "submission,workload,study,trial,hit_index,hit_time_s\n";
  test.each<[string, () => string, RegExp]>([
    ["no file", () => join(folder, "nothing.csv"), /nothing.csv: no such file or folder/],
    ["an empty file", csv(""), /bad.csv: is empty; expected a header line/],
    ["a header only", csv("submission,ogbg\n"), /the time-to-target table holds no results/],
    [
      "another table",
      csv("x,y\n1,2\n"),
      /bad.csv:1: cannot be scored: its header has "x", "y". Expected "submission"/,
    ],
    ["a binary file", () => file("bad.csv", new Uint8Array([1, 0, 2])), /bad.csv: is a binary file/],
    ["no UTF-8", () => file("bad.csv", new Uint8Array([0xff, 0xfe, 65])), /bad.csv: is not UTF-8/],
    [
      "half a gzip",
      () => file("bad.csv.gz", gzipSync("submission,ogbg\na,1\n").subarray(0, 20)),
      /cannot be unpacked/,
    ],
    [
      "a missing cell",
      csv("submission,ogbg,wmt\na,1,2\nb,1\n"),
      /bad.csv:3: has 2 cells where the header has 3/,
    ],
    [
      "a word",
      csv("submission,ogbg,wmt\na,1,2\nb,1,fast\n"),
      /bad.csv:3, column "wmt": "fast" is not a time to target/,
    ],
    ["a negative time", csv("submission,ogbg\na,-1\n"), /bad.csv:2, column "ogbg": "-1" is not a time/],
    ["a zero time", csv("submission,ogbg\na,0\n"), /expected a positive number, inf for a miss/],
    ["a name twice", csv("submission,ogbg\na,1\n\na,2\n"), /bad.csv:4: "a" was already given on line 2/],
    ["a column twice", csv("submission,ogbg,ogbg\na,1,2\n"), /bad.csv:1: the column "ogbg" appears twice/],
    ["an open quote", csv('submission,ogbg\n"a,1\nb,2\n'), /bad.csv:2: a quoted cell is never closed/],
    [
      "a hit without time",
      csv(`${trials}a,ogbg,study_0,trial_1,3,\n`),
      /bad.csv:2, column "hit_time_s": "" is not a positive/,
    ],
    [
      "half an index",
      csv(`${trials}a,ogbg,study_0,trial_1,.5,7\n`),
      /column "hit_index": ".5" is not an evaluation's number/,
    ],
    ["a nameless study", csv(`${trials}a,ogbg,,trial_1,1,7\n`), /bad.csv:2, column "study": is empty/],
    ["no study column", csv("submission,workload,hit_index\na,ogbg,1\n"), /bad.csv:1: no column "study"/],
    [
      "a trial twice",
      csv(`${trials}a,ogbg,study_0,trial_1,1,7\na,ogbg,study_0,trial_1,1,8\n`),
      /bad.csv:3: a, ogbg, study_0, trial_1 was already given at .*bad.csv:2/,
    ],
    [
      "an empty folder",
      () => dirname(file("empty/readme.txt", "x")),
      /empty: holds nothing to score. Expected AlgoPerf logs/,
    ],
    [
      "logs without the metric",
      () =>
        dirname(
          dirname(
            dirname(
              dirname(file("l/s/study_0/ogbg_jax/trial_1/eval_measurements.csv", evaluations([1, 1, 1]))),
            ),
          ),
        ),
      /eval_measurements.csv:1: no column "validation\/mean_average_precision"/,
    ],
  ])("%s", async (_, make, message) => {
    const { code, out, err } = await run(make());
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/^error: /);
    expect(err).toMatch(message);
  });

  test.each([
    [["--strict"], /AlgoPerf v0.5 asks for more than is there:\n {2}caspr_adaptive has no criteo1tb\n/],
    [["--rules", "v0.9"], /no rule set "v0.9"/],
    [["--rules", "nowhere.json"], /nowhere.json: cannot be read/],
    [["--baseline", "sgd"], /no submission "sgd" to be the baseline; there are amos, baseline/],
    [["--held-out", "mnist"], /mnist belongs to no base workload/],
    [["--tau-max", "1"], /Expected a number above 1/],
    [["--figure", "profile.pdf"], /ends in .svg or .png/],
    [["--rule", "best"], /index-min, time-min/],
    [["--out", "/nowhere/at/all.csv"], /all.csv: cannot be written/],
    [["--strict", "--lenient"], /cannot be used with/],
  ])("%j", async (flags, message) => {
    const { code, out, err } = await run(times, ...flags);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(message);
  });

  test("trials that the rules do not ask for are refused by --strict", async () => {
    expect((await run(external, "--strict")).err).toMatch(/amos, criteo1tb, study_0: 1 of 5 trials/);
    expect((await run(fixture("a100_time_to_target_wallclock.csv"), "--strict")).err).toMatch(
      /has no librispeech_conformer/,
    );
  });
});
