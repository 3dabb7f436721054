import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { loadStudy, parseJson, parseYaml, placeIn } from "../src/study/load.ts";
import { planTrials, resolveStudy } from "../src/study/plan.ts";
import type { PlaceOf } from "../src/study/schema.ts";
import { StudyError } from "../src/study/study.ts";

const full = {
  name: "full",
  tasks: ["a9a-logistic", { name: "fashion-cnn", steps: 50 }],
  optimizers: [
    "muon",
    {
      name: "adamw",
      hyperparameters: { b2: 0.99 },
      search: {
        learningRate: { min: 1e-4, max: 0.1, scaling: "log" },
        weightDecay: { min: 0, max: 0.1 },
        b1: { feasible_points: [0.9, 0.95] },
      },
      method: "random",
      points: 4,
      searchSeed: 3,
    },
    {
      name: "sgd",
      search: { learningRate: { min: 0.01, max: 1, scaling: "log" }, momentum: { min: 0, max: 0.9 } },
      method: "grid",
      levels: { learningRate: 3, momentum: 2 },
    },
    { name: "adamw", search: [{ learningRate: 0.01 }, { learningRate: 0.02 }] },
  ],
  seeds: [7, 8],
  budget: "0.1x",
  earlyStopping: { patience: 3 },
  executor: "native",
  threads: 1,
};

const resolve = (value: unknown) => resolveStudy(value, { where: "s.yaml", name: "s" });
const minimal = { tasks: ["a9a-logistic"], optimizers: ["adamw"] };

describe("a study file", () => {
  test("becomes tasks x settings x seeds, every hyperparameter decided", () => {
    const study = resolve(full);
    expect(study.tasks).toEqual([
      { name: "a9a-logistic", steps: 100 },
      { name: "fashion-cnn", steps: 50 },
    ]);
    expect(study.optimizers.map(({ settings }) => settings.length)).toEqual([1, 4, 6, 2]);
    expect(study.optimizers[2]?.settings.slice(0, 3)).toEqual([
      { learningRate: 0.01, momentum: 0 },
      { learningRate: 0.01, momentum: 0.9 },
      { learningRate: expect.closeTo(0.1), momentum: 0 },
    ]);
    for (const { b1, b2 } of study.optimizers[1]?.settings ?? []) {
      expect([0.9, 0.95]).toContain(b1);
      expect(b2).toBe(0.99);
    }
    const trials = planTrials(study, "code");
    expect(trials).toHaveLength(2 * 13 * 2);
    expect(trials[0]).toMatchObject({
      threads: 1,
      earlyStopping: { patience: 3, after: 0.25 },
      code: "code",
    });
    expect(planTrials(resolve(full), "code")).toEqual(trials);
  });

  test("means the same in YAML, JSON and TypeScript", async () => {
    const folder = mkdtempSync(join(tmpdir(), "steepest-study-"));
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return loadStudy(join(folder, name));
    };
    const yaml = await write("a.yaml", stringify(full));
    expect(await write("b.json", JSON.stringify(full))).toEqual(yaml);
    expect(await write("c.ts", `export default ${JSON.stringify(full)} as const;`)).toEqual(yaml);
    expect((await write("d.e f.yml", "tasks: [a9a-logistic]\noptimizers: [muon]")).name).toBe("d.e-f");
  });

  test("--quick makes it small", () => {
    const study = resolveStudy(full, { where: "s", name: "s", quick: true });
    expect(study).toMatchObject({ name: "full-quick", seeds: [7] });
    expect(study.tasks[0]?.steps).toBe(10);
    expect(Math.max(...study.optimizers.map(({ settings }) => settings.length))).toBe(2);
  });

  test.each<[string, unknown, RegExp]>([
    ["no object", 3, /^s.yaml: the study: expected object, received number/],
    ["nothing", {}, /tasks: expected array, but it is missing(.|\n)*optimizers: expected array/],
    ["an unknown field", { ...minimal, sedes: 3 }, /the study: unknown "sedes"; known: name, tasks, .*seeds/],
    ["an unknown task", { ...minimal, tasks: ["a9a"] }, /tasks\[0\]\.name: unknown task "a9a"/],
    ["no tasks", { ...minimal, tasks: [] }, /tasks: expected at least one task/],
    ["half a seed", { ...minimal, seeds: 1.5 }, /seeds: expected a number of seeds from 1/],
    ["a bad budget", { ...minimal, budget: "half" }, /budget: expected steps such as 200/],
    [
      "threads of wasm",
      { ...minimal, executor: "wasm", threads: 2 },
      /threads: the wasm executor runs on one/,
    ],
    ["no patience", { ...minimal, earlyStopping: {} }, /earlyStopping\.patience: expected a whole number/],
  ])("with %s is refused", (_, value, message) => {
    expect(() => resolve(value)).toThrow(message);
  });

  test.each<[string, object, RegExp]>([
    [
      "an unknown name",
      { name: "adanw" },
      /optimizers\[0\]\.name: unknown optimizer "adanw"\. Did you mean "adamw"/,
    ],
    [
      "an unknown hyperparameter",
      { search: { rate: { min: 0, max: 1 } } },
      /optimizers\[0\]\.search\.rate: adamw has no such hyperparameter; known: learningRate, b1/,
    ],
    [
      "an upside-down range",
      { search: { b1: { min: 1, max: 0 } } },
      /optimizers\[0\]\.search: b1: min: min is above max/,
    ],
    [
      "a logarithm of zero",
      { search: { b1: { min: 0, max: 1, scaling: "log" } } },
      /log scaling needs a min above 0/,
    ],
    [
      "words for numbers",
      { search: { b1: { feasible_points: ["a"] } } },
      /search\.b1: expected numbers, found "a"/,
    ],
    [
      "a range beyond numbers",
      { search: { learningRate: { min: 1e-300, max: 1e300, scaling: "log" } } },
      /search\.learningRate: its range is too wide/,
    ],
    [
      "a huge grid",
      { search: { b1: { min: 0, max: 1 }, b2: { min: 0, max: 1 } }, method: "grid", levels: 200 },
      /optimizers\[0\]: the grid has 40000 settings/,
    ],
    [
      "points of a grid",
      { search: { b1: { min: 0, max: 1 } }, method: "grid", points: 3 },
      /optimizers\[0\]\.points: a grid takes `levels` instead/,
    ],
    ["points of nothing", { points: 3 }, /optimizers\[0\]\.points: needs a search space/],
    [
      "two values of one",
      { hyperparameters: { b1: 0 }, search: { b1: { min: 0, max: 1 } } },
      /search\.b1: is also given a value/,
    ],
  ])("whose optimizer has %s is refused", (_, entry, message) => {
    expect(() => resolve({ ...minimal, optimizers: [{ name: "adamw", ...entry }] })).toThrow(message);
  });

  test("that has too many trials is refused", () => {
    const search = { learningRate: { min: 0.1, max: 1 } };
    const study = { ...minimal, optimizers: [{ name: "adamw", search, points: 1000 }], seeds: 1000 };
    expect(() => resolve(study)).toThrow(/has 1000000 trials \(1 tasks x 1000 settings x 1000 seeds\)/);
  });

  test.each<[string, string, RegExp]>([
    ["a.yaml", "tasks: [\n", /a\.yaml:2:1: is not YAML: /],
    ["a.json", '{\n  "tasks": [1 2]\n}', /a\.json:2:15: is not JSON: /],
    ["b.json", "{", /b\.json:1:2: is not JSON: /],
    ["a.ts", "export const study = 1;", /a\.ts: has no default export/],
    ["a.ts", "export default nothing;", /a\.ts: cannot be loaded: nothing is not defined/],
    ["a.txt", "", /a\.txt: expected a study file that ends in \.ts/],
    ["bomb.yaml", yamlBomb(), /bomb\.yaml: is not usable YAML: Excessive alias count/],
  ])("%s that cannot be read is refused", async (name, text, message) => {
    const file = join(mkdtempSync(join(tmpdir(), "steepest-study-")), name);
    writeFileSync(file, text);
    await expect(loadStudy(file)).rejects.toThrow(message);
  });

  test("that is not there, or is a folder, is refused", async () => {
    await expect(loadStudy("nowhere.yaml")).rejects.toThrow("nowhere.yaml: no such file");
    const folder = mkdtempSync(join(tmpdir(), "steepest-study-"));
    await expect(loadStudy(`${folder}/.yaml`)).rejects.toThrow(StudyError);
  });
});

describe("a wrong value in a file is shown with its line", () => {
  const load = (name: string, text: string) => {
    const file = join(mkdtempSync(join(tmpdir(), "steepest-study-")), name);
    writeFileSync(file, text);
    return loadStudy(file);
  };
  test("in YAML: one problem on the first line of the message, several in a list", async () => {
    const head = "tasks: [a9a-logistic]\noptimizers:\n  - muon\n";
    await expect(load("a.yaml", `${head}  - name: adanw\n`)).rejects.toThrow(
      /a\.yaml:4:5: optimizers\[1\]\.name: unknown optimizer "adanw"/,
    );
    await expect(load("a.yaml", `${head}seeds: 0\n# note\nsedes: 3\n`)).rejects.toThrow(
      /a\.yaml:\n {2}4:1: seeds: expected .*\n {2}6:1: the study: unknown "sedes"/,
    );
    // What an alias stands for has its place where the alias is.
    const aliased = "x: &x {name: sgd, points: 3}\n";
    await expect(
      load("a.yaml", `tasks: [a9a-logistic]\noptimizers: [${aliased.slice(3, 30).trim()}]\n`),
    ).rejects.toThrow(/a\.yaml:2:\d+: optimizers\[0\]\.points: needs a search space/);
  });
  test("in JSON too", async () => {
    const text = '{\n  "tasks": ["a9a-logistic"],\n  "optimizers": ["sgd"],\n  "budget": "half"\n}';
    await expect(load("a.json", text)).rejects.toThrow(/a\.json:4:3: budget: expected steps such as 200/);
  });
});

function yamlBomb(): string {
  const lines = ["a: &a [x, x, x, x, x, x, x, x, x]"];
  for (let i = 0; i < 8; i++) {
    const [last, next] = [String.fromCharCode(97 + i), String.fromCharCode(98 + i)];
    lines.push(`${next}: &${next} [${Array(9).fill(`*${last}`).join(", ")}]`);
  }
  return lines.join("\n");
}

/** Paths of all values of a document. */
function paths(value: unknown, at: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [at];
  const children = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [at, ...children.flatMap(([key, child]) => paths(child, [...at, key]))];
}

function replaced(value: unknown, [key, ...rest]: readonly (string | number)[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  if (rest.length === 0 && by === undefined) delete copy[key];
  else copy[key] = replaced(copy[key], rest, by);
  return copy;
}

const odd = fc.oneof(
  fc.constantFrom(
    undefined,
    null,
    true,
    "",
    "log",
    "adamw",
    "a9a-logistic",
    "1x",
    "0x",
    "__proto__",
    [],
    {},
    [[]],
  ),
  fc.constantFrom(0, -1, 1, 2.5, 1e9, 1e308, 5e-324, -0, 2 ** 53, { __proto__: null, min: 0, max: 1 }),
  fc.double(),
  fc.jsonValue({ maxDepth: 2 }),
  fc.dictionary(
    fc.constantFrom("min", "max", "feasible_points", "name", "learningRate"),
    fc.jsonValue({ maxDepth: 1 }),
  ),
);

/** A study with a few values replaced or left out, as text with a few characters changed. */
const fuzzed = fc
  .record({
    changes: fc.array(fc.tuple(fc.nat(), odd), { maxLength: 3 }),
    yaml: fc.boolean(),
    edits: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(fc.tuple(fc.nat(), fc.string({ maxLength: 3 })), { maxLength: 3 }) },
    ),
  })
  .map(({ changes, yaml, edits }) => {
    let value: unknown = full;
    for (const [at, by] of changes) {
      const all = paths(value);
      value = replaced(value, all[at % all.length] as (string | number)[], by);
    }
    let text = (yaml ? stringify(value) : JSON.stringify(value)) ?? "";
    for (const [at, by] of edits)
      text = text.slice(0, at % (text.length + 1)) + by + text.slice((at % (text.length + 1)) + 1);
    return { text, yaml };
  });

test("2,000 fuzzed study files each become a plan or a clear error", () => {
  let good = 0;
  fc.assert(
    fc.property(fuzzed, ({ text, yaml }) => {
      let trials: ReturnType<typeof planTrials>;
      try {
        const value = yaml ? parseYaml("s.yaml", text) : parseJson("s.yaml", text);
        const placeOf: PlaceOf = (path) => placeIn(text, path);
        trials = planTrials(resolveStudy(value, { where: "s.yaml", name: "s", placeOf }), "code");
      } catch (error) {
        expect(error).toBeInstanceOf(StudyError);
        expect((error as Error).message).toMatch(/^s\.yaml.*: ?\n?.*\S/);
        expect((error as Error).message).not.toMatch(/\[object|undefined|Invalid input$/);
        return;
      }
      good++;
      expect(trials.length).toBeGreaterThan(0);
      for (const { hyperparameters, steps, seed } of trials) {
        expect([...Object.values(hyperparameters), steps, seed].every(Number.isFinite)).toBe(true);
      }
    }),
    { numRuns: 2000, seed: 5 },
  );
  // Both ends are tried: neither everything is refused nor everything let through.
  expect(good).toBeGreaterThan(200);
  expect(good).toBeLessThan(1800);
}, 40_000);
