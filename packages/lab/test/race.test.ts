import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseTrial, type RecordLine, type Trial } from "../src/train/record.ts";
import { steepest, temporaryFolder } from "./steepest.ts";

const race = (out: string, ...more: string[]) =>
  steepest(
    "race",
    "a9a-logistic",
    "--budget",
    "40",
    "--seeds",
    "2",
    "--executor",
    "jax",
    "--out",
    out,
    ...more,
  );

function trialsIn(out: string): Map<string, Trial> {
  const root = join(out, "trials");
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((f) =>
    f.name.endsWith(".jsonl"),
  );
  return new Map(
    files.map((f) => [f.name, parseTrial(readFileSync(join(f.parentPath, f.name), "utf8")) as Trial]),
  );
}

const withoutTime = ({ seconds: _, ...rest }: RecordLine) => rest;

test("a race trains, reports, repeats bit for bit, and does not run finished trials again", async () => {
  const [a, b] = [temporaryFolder(), temporaryFolder()];
  const [first, second] = await Promise.all([race(a, "--figures"), race(b)]);
  expect(first.stderr).toBe("");
  expect(first.code).toBe(0);

  const trials = trialsIn(a);
  expect(trials.size).toBe(3 * (3 + 2));
  for (const trial of trials.values()) {
    const [initial, last] = [trial.records[0] as RecordLine, trial.records.at(-1) as RecordLine];
    expect(initial.validation.loss).toBeCloseTo(Math.log(2), 4);
    expect(last.step).toBe(40);
    expect(last.validation.loss as number).toBeLessThan(initial.validation.loss as number);
    expect(last.trainLoss).toBeLessThan(initial.trainLoss);
    expect(trial.end?.status).toBe("finished");
  }

  const repeated = trialsIn(b);
  expect([...repeated.keys()].sort()).toEqual([...trials.keys()].sort());
  for (const [name, trial] of trials) {
    const other = repeated.get(name) as Trial;
    expect(other.records.map(withoutTime)).toEqual(trial.records.map(withoutTime));
    expect(other.end?.digest).toBe(trial.end?.digest);
  }
  const digest = /digest {2}(\w{16})/;
  expect(digest.exec(second.stdout)?.[1]).toBe(digest.exec(first.stdout)?.[1]);

  const again = await race(a);
  expect(again.stdout.match(/already there/g)?.length).toBe(15);
  expect(digest.exec(again.stdout)?.[1]).toBe(digest.exec(first.stdout)?.[1]);

  const report = readFileSync(join(a, "report.html"), "utf8");
  expect(report).toContain("<svg");
  expect(report).not.toMatch(/<(script|link|img|iframe)|@import|url\(/);
  expect(report.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:/);
  expect(report).not.toMatch(/NaN|undefined|Infinity/);
  const png = readFileSync(join(a, "figures", "a9a-logistic-loss-by-step.png"));
  expect(png.subarray(1, 4).toString()).toBe("PNG");
});
