import { expect, test } from "vitest";
import { type Command, execute, type Report } from "./command.ts";
import { compileCommand, exponent } from "./compile.ts";
import { memoryCommand } from "./memory.ts";
import { optimumCommand } from "./optimum.ts";
import { operations, polarCommand } from "./polar.ts";
import { tinyCommand } from "./tiny.ts";
import { trainCommand } from "./train.ts";
import { updateCommand } from "./update.ts";
import { few, optimizers } from "./updateOptimizers.ts";

/** The cheapest part of each command, without peers: no times are asserted, only that the figures are there. */

const run = async (command: Command, ...args: string[]): Promise<Report> => {
  const report = await execute(command, ["--rounds=1", ...(command.peer ? ["--no-peer"] : []), ...args]);
  if (typeof report === "string") throw new Error("expected a report");
  return report;
};

/** Every number in the figures is finite, and there are some. */
function expectFinite(report: Report): void {
  const found: number[] = [];
  const visit = (x: unknown): void => {
    if (typeof x === "number") found.push(x);
    else if (typeof x === "object" && x !== null) Object.values(x).forEach(visit);
  };
  visit(report.figures);
  expect(found.length).toBeGreaterThan(5);
  for (const x of found) expect(Number.isFinite(x)).toBe(true);
  for (const row of report.rows) expect(row.length).toBeLessThanOrEqual(report.header.length);
}

test("bench:update has a row for each optimizer and size", async () => {
  const report = await run(updateCommand, "--quick", "--sizes=100,1000", "--optimizers=sgd,adamw,lamb");
  expectFinite(report);
  expect(report.rows.map((row) => row.slice(0, 2))).toEqual(
    ["sgd", "adamw", "lamb"].flatMap((name) => [
      [name, "1e+2"],
      [name, "1e+3"],
    ]),
  );
  // 3, 7 and 7 passes of 4 bytes: gradients and parameters, with two moments, read and all but the gradients written.
  expect(report.rows.filter((_, i) => i % 2).map((row) => row[3])).toEqual(["12", "28", "28"]);
});

test("bench:train has a row for each model and optimizer", async () => {
  const report = await run(trainCommand, "--quick", "--models=mlp", "--optimizers=adamw,muon");
  expectFinite(report);
  expect(report.rows.map((row) => row.slice(0, 2))).toEqual(
    ["adamw", "muon"].map((optimizer) => ["MLP 784-512-512-10, batch 128", optimizer]),
  );
});

test("bench:tiny has a row for each problem, and the long one", async () => {
  const report = await run(
    tinyCommand,
    "--features=20",
    "--batches=1,256",
    "--sparse=300",
    "--data=a9a",
    "--epochs=1",
    "--long=2",
  );
  expectFinite(report);
  expect(report.rows.map((row) => row.slice(0, 2))).toEqual([
    ["p=20 batch 1", "4000"],
    ["p=20 batch 256", "15"],
    ["saga p=20", "80000"],
    ["sparse-sgd p=300", "80000"],
    ["sparse-saga p=300", "80000"],
    ["sparse-sgd a9a", "651220"],
    ["sparse-saga a9a", "651220"],
    ["p=100 batch 1", "8000"],
  ]);
});

test("bench:polar has a row for each shape", async () => {
  const report = await run(polarCommand, "--quick", "--shapes=32x32,48x16");
  expectFinite(report);
  expect(report.rows.map((row) => row[0])).toEqual(["32 x 32", "48 x 16"]);
  expect(operations(16, 48)).toBe(operations(48, 16));
  expect(operations(1024, 1024)).toBe(30 * 1024 ** 3);
});

test("bench:compile has a row for each depth and fits the growth", async () => {
  const report = await run(compileCommand, "--layers=1,2", "--size=16x8");
  expectFinite(report);
  expect(report.rows.map((row) => row[0])).toEqual(["1", "2", "exponent"]);
  expect(exponent([1, 2, 4], [3, 12, 48])).toBeCloseTo(2, 12);
});

test.runIf(process.platform === "linux")(
  "bench:memory has a row for each model and limit",
  async () => {
    const report = await run(memoryCommand, "--models=mlp", "--limits=off,least");
    expectFinite(report);
    expect(report.rows.map((row) => row[1])).toEqual(["off", "least"]);
    // Parameters, two moments and gradients of 669,706 numbers, and the batch.
    expect(report.rows.map((row) => row[2])).toEqual(["11", "11"]);
    await expect(run(memoryCommand, "--limits=most")).rejects.toThrow(
      /--limits most: expected off, least or MiB/,
    );
  },
  60_000,
);

test("bench:optimum has a row for each problem on data that ships", async () => {
  const report = await run(optimumCommand, "--quick");
  expect(report.rows.map((row) => row[0])).toContain("agaricus, ridge 0.01");
  expect(Number(report.rows[0]?.[2])).toBeCloseTo(0.204482613735, 11);
});

test("arguments are checked by name", async () => {
  await expect(run(updateCommand, "--optimizers=adam,magic")).rejects.toThrow(/unknown "magic".*adamw/);
  await expect(run(updateCommand, "--sizes=1e5,x")).rejects.toThrow(/--sizes x: expected a whole number/);
  await expect(run(polarCommand, "--shapes=4x4x4")).rejects.toThrow(/expected two numbers/);
  await expect(execute(polarCommand, ["--fast"])).rejects.toThrow(/--fast/);
  expect(await execute(tinyCommand, ["--help"])).toContain("--batches LIST");
  expect(Object.keys(optimizers)).toEqual(expect.arrayContaining([...few, "lookahead", "rmsprop-centered"]));
});
