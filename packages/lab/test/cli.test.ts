import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { version } from "../src/package.ts";
import { parseTrial } from "../src/train/record.ts";
import { start, steepest, temporaryFolder } from "./steepest.ts";

test.concurrent.each<[string, string[], RegExp]>([
  ["an unknown task", ["race", "fashon-cnn"], /unknown task "fashon-cnn"\. Did you mean "fashion-cnn"\?/],
  [
    "an unknown optimizer",
    ["race", "--optimizers", "adanw"],
    /unknown optimizer "adanw"\. Did you mean "adamw"\?/,
  ],
  ["an unknown command", ["rase"], /unknown command 'rase'[\s\S]*Did you mean race/],
  [
    "a bad number",
    ["race", "--seeds", "three"],
    /--seeds.*'three' is invalid. Expected a whole number of at least 1/,
  ],
  ["a bad budget", ["race", "--budget", "0x"], /--budget.*steps such as 200/],
  ["an unknown executor", ["race", "--executor", "gpu"], /Allowed choices are native, jax/],
  ["an unknown data set", ["data", "info", "minst"], /unknown data set "minst"\. Did you mean "mnist"\?/],
])("%s is refused with a clear message", async (_, args, message) => {
  const { code, stdout, stderr } = await steepest(...args);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(stdout).toBe("");
  expect(code).toBe(1);
});

test.concurrent("a results folder that cannot be written is refused before anything runs", async () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  const { code, stdout, stderr } = await steepest("race", "--out", join(file, "results"));
  expect(stderr).toMatch(/cannot write to .*results: a part of the path is a file, not a folder \(ENOTDIR\)/);
  expect([code, stdout]).toEqual([1, ""]);
  const onFile = await steepest("race", "--out", file);
  expect(onFile.stderr).toMatch(/cannot write to .*file: a file of that name is in the way/);
  const onProc = await steepest("race", "--out", "/proc/steepest/results");
  expect(onProc.stderr).toMatch(
    /cannot write to \/proc\/steepest\/results: .*; choose another folder with --out/,
  );
});

test.concurrent("version, lists and checks", async () => {
  expect((await steepest("--version")).stdout.trim()).toBe(version);
  expect((await steepest("tasks")).stdout).toMatch(/a9a-logistic[\s\S]*fashion-cnn[\s\S]*shakespeare-gpt/);
  const { stdout: shown } = await steepest("tasks", "digits-mlp");
  expect(shown).toMatch(/hidden +8192 parameters in 2 arrays\n +vector +138 parameters in 3 arrays/);
  expect((await steepest("optimizers")).stdout).toMatch(/muon\n[\s\S]*learningRate/);
  const verified = await steepest("data", "verify", "a9a");
  expect(verified).toEqual({ code: 0, stdout: "ok   a9a/a9a\nok   a9a/a9a.t\n", stderr: "" });
});

test.concurrent("Ctrl-C keeps the finished trials, says where, and exits 130", async () => {
  const out = temporaryFolder();
  let stopped = false;
  const race = [
    "race",
    "a9a-logistic",
    "--optimizers",
    "sgd",
    "--tune",
    "1",
    "--seeds",
    "50",
    "--budget",
    "40",
  ];
  const { code, stderr } = await start([...race, "--executor", "jax", "--out", out], (text, child) => {
    if (stopped || !text.includes("seed 2/50")) return;
    stopped = true;
    child.kill("SIGINT");
  });
  expect(code).toBe(130);
  expect(stderr).toMatch(/stopped: \d+ finished trials are kept under .*trials.*the same command goes on/);
  const kept = Number(/(\d+) finished/.exec(stderr)?.[1]);
  const folder = join(out, "trials", "a9a-logistic", "sgd");
  const trials = readdirSync(folder).map((name) => parseTrial(readFileSync(join(folder, name), "utf8")));
  expect(trials.filter((trial) => trial?.end?.status === "finished").length).toBe(kept);
  expect(kept).toBeGreaterThanOrEqual(2);
  expect(kept).toBeLessThan(50);
});
