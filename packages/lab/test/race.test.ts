import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Tensor, tensor } from "@steepest/compile";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import { loadA9a } from "../src/data/tables.ts";
import { parseReport } from "../src/format.ts";
import { findTask } from "../src/tasks/index.ts";
import { readModel } from "../src/train/model-file.ts";
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

/** The exported ONNX model, run without us, computes what its safetensors parameters say. */
async function checkExport(folder: string): Promise<void> {
  const task = findTask("a9a-logistic");
  const path = join(folder, "a9a-logistic.safetensors");
  const { w, b } = readModel(path, task.model.init(0)) as { w: Tensor; b: Tensor };
  const x = (await loadA9a()).validation.features.data.slice(0, 123) as Float32Array;
  const session = await InferenceSession.create(join(folder, "a9a-logistic.onnx"));
  const { logits } = await session.run({ x: new OrtTensor("float32", x, [1, 123]) });
  const expected = x.reduce((sum, v, i) => sum + v * (w.data[i] as number), b.data[0] as number);
  expect(logits?.data[0]).toBeCloseTo(expected, 5);
  await session.release();

  expect(() => readModel(path, { w: tensor([0]), b })).toThrow(
    /'w' is float32 \[1, 123\] in the file, and should be float32 \[1\]/,
  );
  writeFileSync(path, readFileSync(path).subarray(0, -4));
  expect(() => readModel(path, task.model.init(0))).toThrow(
    /a9a-logistic.safetensors: cannot be used: safetensors: 'b' .* does not fill bytes/,
  );
}

test("a race trains, reports, repeats bit for bit, and does not run finished trials again", async () => {
  const [a, b] = [temporaryFolder(), temporaryFolder()];
  const [first, second] = await Promise.all([race(a, "--figures", "--export", join(a, "models")), race(b)]);
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
  const data = parseReport(report);
  expect(data.digest).toBe(digest.exec(first.stdout)?.[1]);
  expect(data.trials.map(({ use }) => use).filter((use) => use === "tuning")).toHaveLength(9);
  for (const { text } of data.sentences) expect(first.stdout).toContain(text);
  const words = report.replaceAll(/<script[\s\S]*?<\/script>/g, "");
  expect(/<(link|img|iframe)|@import|url\((?!#)|https?:/.exec(words)).toBeNull();
  expect(/NaN|undefined|Infinity/.exec(words)).toBeNull();
  const png = readFileSync(join(a, "figures", "a9a-logistic-loss-by-step.png"));
  expect(png.subarray(1, 4).toString()).toBe("PNG");

  await checkExport(join(a, "models"));
});
