import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadStudy } from "../src/study/load.ts";
import { planTrials } from "../src/study/plan.ts";
import { checkpointPath } from "../src/train/checkpoint.ts";
import { codeVersion } from "../src/train/code.ts";
import { parseTrial } from "../src/train/record.ts";
import { trialPath } from "../src/train/store.ts";
import { start, steepest, temporaryFolder } from "./steepest.ts";

const small = {
  tasks: ["a9a-logistic"],
  optimizers: [
    "muon",
    { name: "sgd", search: { learningRate: { feasible_points: [0.1, 1e38] } }, points: 4 },
  ],
  seeds: 2,
  budget: 60,
};

function studyFile(study: object): { file: string; out: string } {
  const folder = temporaryFolder();
  const file = join(folder, "study.json");
  writeFileSync(file, JSON.stringify(study));
  return { file, out: join(folder, "out") };
}

const trialsOf = (out: string) =>
  readdirSync(join(out, "trials"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => ({ name, trial: parseTrial(readFileSync(join(out, "trials", name), "utf8")) }));

const digestIn = (text: string) => /digest {2}(\w{16})/.exec(text)?.[1];

describe("steepest study", () => {
  test("gives the same with one worker and with three, and does nothing twice", async () => {
    const { file, out } = studyFile(small);
    const one = await steepest("study", "run", file, "--out", out, "--workers", "1");
    expect(one.stderr).toBe("");
    expect(one.stdout).toMatch(/^6 trials in .*; 1 worker\n/);
    expect(one.stdout).toMatch(/\[6\/6\] a9a-logistic/);
    expect(one.stdout).toMatch(/a9a-logistic sgd +4\/4 +best loss 0\.\d+: learningRate 0\.1/);
    const three = await steepest("study", "run", file, "--out", `${out}3`, "--workers", "3");
    expect(digestIn(three.stdout)).toBe(digestIn(one.stdout));
    expect(trialsOf(out).filter(({ trial }) => trial?.end?.status === "diverged")).toHaveLength(2);

    const before = trialsOf(out);
    const again = await steepest("study", "run", file, "--out", out);
    expect(again.stdout).toMatch(/^6 trials in .*; 6 already there\n/);
    expect(digestIn(again.stdout)).toBe(digestIn(one.stdout));
    expect(trialsOf(out)).toEqual(before);

    const status = JSON.parse((await steepest("study", "status", out, "--json")).stdout);
    expect(status).toMatchObject({ trials: 6, finished: 4, diverged: 2, waiting: 0, running: null });
    const { wall, ...parts } = status.time as Record<string, number>;
    const sum = Object.values(parts).reduce((a, b) => a + b, 0);
    expect(Math.abs(sum / (wall as number) - 1)).toBeLessThan(0.05);
    expect((await steepest("study", "status", out)).stdout).toMatch(
      /6 of 6 .*2 diverged(.|\n)*training +\d+\.\d%/,
    );
  }, 120_000);

  test("Ctrl-C saves the running trials, exits 130, and resume goes on", async () => {
    const { file, out } = studyFile({ ...small, optimizers: ["sgd"], seeds: 40, budget: 1500 });
    let stopped = false;
    const { code, stderr } = await start(
      ["study", "run", file, "--out", out, "--workers", "2"],
      (text, child) => {
        if (stopped || !text.includes("[2/40]")) return;
        stopped = true;
        child.kill("SIGINT");
      },
    );
    expect(code).toBe(130);
    expect(stderr).toMatch(/stopped: finished trials are kept .*steepest study resume .*out goes on/);
    const status = JSON.parse((await steepest("study", "status", out, "--json")).stdout);
    expect(status.finished).toBeGreaterThanOrEqual(2);
    expect(status.finished).toBeLessThan(40);
    expect(status.resumable).toBeGreaterThan(0);

    stopped = false;
    const { stdout } = await start(["study", "resume", out, "--workers", "2"], (text, child) => {
      if (stopped || !text.includes(`[${status.finished + 2}/40]`)) return;
      stopped = true;
      child.kill("SIGINT");
    });
    expect(stdout).toMatch(
      new RegExp(`^40 trials in .*; ${status.finished} already there; ${status.resumable} go on from`),
    );
  }, 120_000);

  test("a full disk ends it with a clear error", async () => {
    if (!existsSync("/dev/full")) return;
    const { file, out } = studyFile({ ...small, optimizers: ["sgd"], seeds: [1] });
    const [spec] = planTrials(await loadStudy(file), codeVersion());
    const checkpoint = checkpointPath(trialPath(out, spec as never));
    mkdirSync(dirname(checkpoint), { recursive: true });
    symlinkSync("/dev/full", `${checkpoint}.part`);
    const { code, stderr } = await steepest("study", "run", file, "--out", out, "--checkpoint", "0");
    expect(stderr).toMatch(/^steepest: cannot write .*\.jsonl: the disk is full \(ENOSPC\)/);
    expect(code).toBe(1);
  });

  test("a trial over the memory limit fails, and says how much it needs", async () => {
    const { file, out } = studyFile({ ...small, optimizers: ["sgd"], seeds: [1], budget: 100_000 });
    const { code, stderr } = await steepest("study", "run", file, "--out", out, "--memory", "64");
    expect(stderr).toMatch(
      /1 trial failed; the others are kept:\n {2}a9a-logistic sgd.*: (needs \d+ MiB; expected at most --memory 64|its worker ended with SIGABRT)/,
    );
    expect(code).toBe(1);
  });

  test.concurrent("folders that are no study, or cannot be written, are refused", async () => {
    const { file, out } = studyFile(small);
    const none = await steepest("study", "status", out);
    expect(none.stderr).toMatch(
      /^steepest: .*out: holds no study\.json; expected a folder that `steepest study run` made/,
    );
    const blocked = await steepest("study", "run", file, "--out", join(file, "out"));
    expect(blocked.stderr).toMatch(
      /^steepest: cannot write to .*: a part of the path is a file, not a folder \(ENOTDIR\)/,
    );
    const worker = await steepest("study", "worker", out);
    expect(worker.stderr).toMatch(/a worker is started by `steepest study run`/);
    expect([none.code, blocked.code, worker.code]).toEqual([1, 1, 1]);
  });

  test.concurrent("clean removes what the study does not need, and only that", async () => {
    const { file, out } = studyFile({ ...small, optimizers: ["sgd"], seeds: [1], budget: 5 });
    await steepest("study", "run", file, "--out", out);
    const folder = join(out, "trials", "a9a-logistic", "sgd");
    const [kept] = readdirSync(folder);
    for (const name of ["old.jsonl", "old.checkpoint.part", "notes.txt"])
      writeFileSync(join(folder, name), "");
    writeFileSync(join(folder, (kept as string).replace("jsonl", "checkpoint")), "left behind");
    expect((await steepest("study", "clean", out, "--dry-run")).stdout).toMatch(/would remove 3 files/);
    expect((await steepest("study", "clean", out)).stdout).toMatch(/removed 3 files/);
    expect(readdirSync(folder).sort()).toEqual([kept, "notes.txt"].sort());
    expect((await steepest("study", "clean", out, "--all")).stdout).toMatch(/removed 1 files/);
    expect(readdirSync(folder)).toEqual(["notes.txt"]);
  });
});
