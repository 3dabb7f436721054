import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { optimizers } from "../src/optimizers/index.ts";
import { packageRoot } from "../src/package.ts";
import { studyJsonSchema } from "../src/study/json-schema.ts";
import { loadStudy } from "../src/study/load.ts";
import { planTrials } from "../src/study/plan.ts";
import { studySchema } from "../src/study/schema.ts";
import { tasks } from "../src/tasks/index.ts";
import { steepest, temporaryFolder } from "./steepest.ts";

const example = (name: string) => join(packageRoot, "examples", name);

describe("the examples that ship", () => {
  test("give every optimizer the same number of settings, and enough seeds to decide", async () => {
    for (const name of ["study.yaml", "study.ts"]) {
      const study = await loadStudy(example(name));
      expect(new Set(study.optimizers.map(({ settings }) => settings.length)).size).toBe(1);
      expect(study.seeds.length).toBeGreaterThanOrEqual(6);
      expect(planTrials(study, "code").length).toBeGreaterThan(50);
    }
  });

  test.concurrent("are what `study init` writes; it replaces nothing", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "mine.yaml");
    const made = await steepest("study", "init", file);
    expect([made.code, made.stdout]).toEqual([
      0,
      expect.stringMatching(/wrote .*mine\.yaml; next: steepest study run/),
    ]);
    expect(readFileSync(file, "utf8")).toBe(readFileSync(example("study.yaml"), "utf8"));
    expect((await steepest("study", "init", file)).stderr).toMatch(/mine\.yaml is there already/);
    expect((await steepest("study", "init", join(folder, "a.txt"))).stderr).toMatch(
      /expected a name that ends in/,
    );
  });
});

test("the JSON schema knows the names, and every field of a study file", () => {
  const schema = studyJsonSchema();
  const properties = schema.properties as Record<
    string,
    { items?: { anyOf: { enum?: string[]; properties?: object }[] } }
  >;
  expect(Object.keys(properties).sort()).toEqual(Object.keys(studySchema.shape).sort());
  expect(properties.tasks?.items?.anyOf[0]?.enum).toEqual([...tasks.keys()]);
  expect(properties.optimizers?.items?.anyOf[0]?.enum).toEqual([...optimizers.keys()]);
  const known = Object.keys(properties.optimizers?.items?.anyOf.at(-1)?.properties ?? {});
  const used = parse(readFileSync(example("study.yaml"), "utf8")).optimizers.flatMap((entry: object) =>
    Object.keys(entry),
  );
  expect(known).toEqual(expect.arrayContaining(used));
});

test("the JSON schema takes files of one's own, and no unknown names", () => {
  const schema = z.fromJSONSchema(studyJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
  const isValid = (task: unknown, optimizer: unknown) =>
    schema.safeParse({ tasks: [task], optimizers: [optimizer] }).success;
  expect(isValid("a9a-logistic", { name: "adamw", points: 3 })).toBe(true);
  expect(isValid("./my-task.ts", "../mine/sgd.js")).toBe(true);
  expect(isValid({ name: "my-task.ts", steps: 60 }, { name: "./o.ts", hyperparameters: { b: 1 } })).toBe(
    true,
  );
  expect(isValid("a9a", "adamw")).toBe(false);
  expect(isValid("a9a-logistic", { name: "adanw" })).toBe(false);
  expect(isValid({ name: "./my-task.ts", stpes: 60 }, "adamw")).toBe(false);
});

test.concurrent("--dry-run counts and times, and runs nothing", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "s.yaml");
  writeFileSync(file, "tasks: [a9a-logistic]\noptimizers: [sgd]\nseeds: 2\nbudget: 30\n");
  const out = join(folder, "out");
  const { code, stdout } = await steepest("study", "run", file, "--out", out, "--dry-run", "--workers", "2");
  expect(stdout).toMatch(/^2 trials: 1 tasks x 1 settings x 2 seeds, into .*out\n/);
  expect(stdout).toMatch(
    /a9a-logistic sgd {6}2 trials of 30 steps, about .*s each\nabout .*s with 2 workers; nothing was run/,
  );
  expect([code, existsSync(out)]).toEqual([0, false]);
});
