import "./support.ts";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { checkTraces } from "../conformance/check.ts";
import { readTraces } from "../conformance/trace.ts";

const reference = (name: string) => fileURLToPath(new URL(`reference/${name}`, import.meta.url));

describe.each(readdirSync(new URL("reference", import.meta.url)))("golden trajectories of %s", (name) => {
  const results = checkTraces(readTraces(reference(name)));
  test.each(results)("$name", ({ difference, tolerance, problem }) => {
    expect(problem).toBeUndefined();
    expect(difference).toBeLessThanOrEqual(tolerance);
  });
});

describe("the conformance command", () => {
  const folder = mkdtempSync(join(tmpdir(), "conformance-"));
  const run = (...args: string[]) => {
    const cli = fileURLToPath(new URL("../conformance/cli.ts", import.meta.url));
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--conditions=source", "--import", "tsx", cli, ...args],
      { encoding: "utf8" },
    );
    return { status, stdout, stderr };
  };
  const file = (name: string, content: unknown) => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  };
  const sgdCase = (x: number) => ({ name: "sgd", source: "here", hyperparameters: { lr: 0.5 }, x: [[[x]]] });
  const traces = (...cases: unknown[]) => ({ x0: [[1]], gradients: [[[1]]], cases });

  test("accepts a right path and lists unknown optimizers", () => {
    const unknown = { name: "nosuch", source: "here", hyperparameters: {}, x: [[[0]]] };
    const { status, stdout } = run(file("good.json", traces(sgdCase(0.5), unknown)));
    expect(stdout).toMatch(/sgd +0\.0e\+0 +ok/);
    expect(stdout).toMatch(/nosuch +missing/);
    expect(status).toBe(0);
  });
  test("refuses a hyperparameter that it would have to ignore", () => {
    const odd = { ...sgdCase(0.5), hyperparameters: { lr: 0.5, maximize: true, foreach: null } };
    const { status, stdout } = run(file("odd.json", traces(odd)));
    expect(stdout).toMatch(/'maximize' = true is not supported here; known: lr, momentum, nesterov/);
    expect(status).toBe(1);
  });
  test("fails on a wrong path", () => {
    const { status, stdout } = run(file("wrong.json", traces(sgdCase(0.6))));
    expect(stdout).toMatch(/sgd +1\.0e-1 +DIFFERS/);
    expect(status).toBe(1);
  });
  test("says what is wrong with a file, and where", () => {
    const bad = file("bad.json", traces({ ...sgdCase(0.5), x: [[[1, 2]]] }));
    expect(run(bad)).toMatchObject({ status: 1, stderr: expect.stringContaining("cases[0] (sgd).x[0]") });
    expect(run(file("text.json", "{"))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("not JSON"),
    });
    expect(run(join(folder, "none.json"))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("no such file"),
    });
  });
  test("explains itself", () => {
    expect(run("--help")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("npm run conformance"),
    });
    expect(run()).toMatchObject({ status: 1, stderr: expect.stringContaining("no trace file given") });
  });
});
