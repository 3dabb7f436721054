import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { registry } from "steepest/registry";
import { expect, test } from "vitest";
import { packageRoot } from "../src/package.ts";

const root = join(packageRoot, "..", "..");
const converge = (...names: string[]) =>
  spawnSync(
    process.execPath,
    ["--conditions=source", "--import", "tsx", join(root, "scripts", "converge.ts"), ...names],
    { cwd: root, encoding: "utf8" },
  );

test("every registered optimizer converges on the parabola, Rosenbrock's function, a matrix and a mixed tree", () => {
  const { status, stdout } = converge();
  expect(stdout).toMatch(/^all converge$/m);
  expect(status).toBe(0);
  const shown = stdout.split("\n").map((line) => line.split(" ")[0]);
  const expected = [...registry.values()].filter(({ needs }) => needs.every((need) => need === "value"));
  expect(expected.map(({ name }) => name).filter((name) => !shown.includes(name))).toEqual([]);
}, 240_000);

test("an unknown name is refused with the known ones", () => {
  const { status, stderr } = converge("admw");
  expect(status).toBe(1);
  expect(stderr).toMatch(/unknown optimizer admw; known: .*adamw/);
});
