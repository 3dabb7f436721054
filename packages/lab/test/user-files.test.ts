import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseReport } from "../src/format.ts";
import { packageRoot } from "../src/package.ts";
import { specHash, type TrialSpec } from "../src/train/spec.ts";
import { checkExport, type Kind } from "../src/user-files/check.ts";
import { steepest, temporaryFolder } from "./steepest.ts";

/** The shipped examples in a folder of a user's own, where no package of the lab is installed. */
function examples() {
  const folder = temporaryFolder();
  for (const name of ["my-task.ts", "my-optimizer.ts"]) {
    copyFileSync(join(packageRoot, "examples", name), join(folder, name));
  }
  return {
    folder,
    task: join(folder, "my-task.ts"),
    optimizer: join(folder, "my-optimizer.ts"),
    out: join(folder, "out"),
  };
}

const idsIn = (out: string): string[] =>
  readdirSync(join(out, "trials"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => name.slice(-22, -6));

test("a race on files of one's own: reported, repeated, and run anew when a file changes", async () => {
  const { task, optimizer, out, folder } = examples();
  const race = () =>
    steepest(
      ...["race", "--task", task, "--optimizer", optimizer, "--optimizers", "sgd"],
      ...["--seeds", "1", "--tune", "1", "--budget", "60", "--out", out],
    );
  const first = await race();
  expect(first.stderr).toBe("");
  expect(first.stdout).toMatch(/^2 trials: 1 tasks x 2 optimizers/);
  const data = parseReport(readFileSync(join(out, "report.html"), "utf8"));
  expect(data.tasks).toMatchObject([{ name: "spirals", target: { metric: "accuracy", value: 0.9 } }]);
  expect(data.optimizers.map(({ name }) => name)).toEqual(["sgd", "clipped-momentum"]);
  const ids = idsIn(out);
  expect(ids).toHaveLength(2);
  const own = data.trials.find((trial) => trial.optimizer === "clipped-momentum")?.id as string;

  const [again, repeated] = await Promise.all([race(), steepest("trial", join(out, "report.html"), own)]);
  expect(again.stdout.match(/already there/g)).toHaveLength(2);
  expect(repeated.stdout).toContain("the same parameters, bit for bit");

  // Somewhere else: found with --task.
  const moved = join(folder, "moved");
  mkdirSync(moved);
  renameSync(task, join(moved, "my-task.ts"));
  const [lost, found, report] = await Promise.all([
    steepest("trial", out, own),
    steepest("trial", out, own, "--task", join(moved, "my-task.ts")),
    steepest("report", out),
  ]);
  expect(lost.code).toBe(1);
  expect(lost.stderr).toMatch(/my-task\.ts: no such file/);
  expect(found.stdout).toContain("the same parameters, bit for bit");
  expect(report.code).toBe(0);
  expect(report.stderr).toMatch(/^note {4}.*my-task\.ts: no such file/);

  writeFileSync(task, `${readFileSync(join(moved, "my-task.ts"), "utf8")}\n// Changed.\n`);
  const changed = await race();
  expect(changed.stdout).not.toContain("already there");
  const now = idsIn(out);
  expect(now).toHaveLength(4);
  expect(now).toEqual(expect.arrayContaining(ids));
}, 60_000);

test("a study runs them in its workers, resumes, scores, and refuses a file that has changed", async () => {
  const { folder, optimizer, out } = examples();
  const file = join(folder, "study.yaml");
  writeFileSync(
    file,
    "tasks: [./my-task.ts]\noptimizers: [sgd, { name: ./my-optimizer.ts, hyperparameters: { momentum: 0.8 } }]\n" +
      "seeds: 2\nbudget: 60\n",
  );
  const run = await steepest("study", "run", file, "--out", out, "--workers", "2");
  expect(run.stderr).toBe("");
  expect(run.stdout).toMatch(/spirals clipped-momentum +2\/2 +best accuracy/);
  const [resumed, scored] = await Promise.all([steepest("study", "resume", out), steepest("score", out)]);
  expect(resumed.stdout).toMatch(/^4 trials in .*; 4 already there\n/);
  expect(scored.stdout).not.toContain("has no target");

  const moved = join(folder, "moved.ts");
  renameSync(optimizer, moved);
  const lost = await steepest("study", "resume", out);
  expect(lost.stderr).toMatch(/my-optimizer\.ts: no such file; put it back, or say where .* --optimizer/);
  expect(lost.code).toBe(1);
  const found = await steepest("study", "resume", out, "--optimizer", moved);
  expect(found.stdout).toMatch(/^4 trials in .*; 4 already there\n/);
  // It is remembered.
  const [status, stranger] = await Promise.all([
    steepest("study", "status", out),
    steepest("study", "resume", out, "--optimizer", other(folder, moved)),
  ]);
  expect(status.stdout).toMatch(/^4 of 4 trials have ended/);
  expect(stranger.stderr).toMatch(/other\.ts: defines other; this study takes clipped-momentum from files/);

  writeFileSync(moved, readFileSync(moved, "utf8").replace("clipByGlobalNorm(1)", "clipByGlobalNorm(2)"));
  const refused = await steepest("study", "resume", out);
  expect(refused.stderr).toMatch(/moved\.ts: has changed since these trials were planned/);
  expect(refused.code).toBe(1);
}, 60_000);

/** The same optimizer under another name. */
function other(folder: string, file: string): string {
  const path = join(folder, "other.ts");
  writeFileSync(path, readFileSync(file, "utf8").replace('"clipped-momentum"', '"other"'));
  return path;
}

test.concurrent("files that cannot be used are refused by name and place", async () => {
  const { folder, optimizer } = examples();
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const taken = readFileSync(optimizer, "utf8").replace('"clipped-momentum"', '"adamw"');
  const study = file("study.yaml", "tasks: [digits-mlp]\noptimizers:\n  - sgd\n  - ./absent.ts\n");
  const [absent, named, broken, placed] = await Promise.all([
    steepest("race", "--task", join(folder, "absent.ts")),
    steepest("race", "--optimizer", file("taken.ts", taken)),
    steepest("race", "--task", file("broken.ts", "export default {")),
    steepest("study", "run", study),
  ]);
  expect(absent.stderr).toMatch(/absent\.ts: no such file; expected one that defines a task/);
  expect(named.stderr).toMatch(/taken\.ts: the optimizer "adamw" is registered already; choose another name/);
  expect(broken.stderr).toMatch(/broken\.ts: cannot be loaded: /);
  expect(placed.stderr).toMatch(/study\.yaml:4:5: optimizers\[1\]: .*absent\.ts: no such file/);
  for (const { code } of [absent, named, broken, placed]) expect(code).toBe(1);
});

describe("a default export", () => {
  const f = () => {};
  const task = {
    ...{ name: "t", title: "T", description: "", model: { init: f, apply: f, roles: {} } },
    ...{ batchSize: 1, steps: 1, evaluations: 1, load: f, loss: f },
    target: { metric: "loss", value: 1, direction: "min" },
  };
  const rate = { default: 0.1, min: 0.01, max: 1, scale: "log" };
  const optimizer = {
    ...{ name: "o", description: "", create: f, scheduled: true },
    hyperparameters: { learningRate: rate },
  };
  test("that is complete passes", () => {
    checkExport("task", "f", task);
    checkExport("optimizer", "f", optimizer);
  });
  const odd: [Kind, unknown, RegExp][] = [
    ["task", undefined, /^f: has no default export; expected `export default defineTask\(\{ ... \}\)`$/],
    ["task", f, /^f: its default export is no task; expected/],
    ["task", optimizer, /^f: defines an optimizer; expected/],
    ["optimizer", task, /^f: defines a task; expected/],
    ["task", { ...task, name: "../t" }, /^f: name: expected letters, digits, dots and dashes/],
    ["task", { ...task, memory: "most" }, /^f: memory: expected a positive whole number of bytes or "least"/],
    ["task", { ...task, batchSize: 0.5 }, /^f: batchSize: expected a positive whole number/],
    ["task", { ...task, loss: undefined }, /^f: loss: expected a function/],
    ["task", { ...task, title: undefined }, /^f: title: expected string, but it is missing/],
    [
      "task",
      { ...task, target: { ...task.target, metric: "x" } },
      /^f: target.metric: expected one of loss;/,
    ],
    ["optimizer", { ...optimizer, scheduled: undefined }, /^f: scheduled: /],
    ["optimizer", { name: "o", create: f }, /^f: its default export was not made by defineOptimizer/],
    ["optimizer", { ...optimizer, hyperparameters: {} }, /^f: hyperparameters.learningRate: expected object/],
    [
      "optimizer",
      { ...optimizer, hyperparameters: { learningRate: { ...rate, default: 2 } } },
      /^f: hyperparameters.learningRate: expected min <= default <= max/,
    ],
  ];
  test.each(odd)("of a %s is refused: %#", (kind, value, message) => {
    expect(() => checkExport(kind, "f", value)).toThrow(message);
  });
});

test("a trial is identified by the content of its files, not by where they lie", () => {
  const spec = { task: "t", optimizer: "o", seed: 1 } as TrialSpec;
  const from = (file: string, sha256: string) => specHash({ ...spec, source: { task: { file, sha256 } } });
  expect(from("a.ts", "0")).toBe(from("b.ts", "0"));
  expect(new Set([from("a.ts", "0"), from("a.ts", "1"), specHash(spec)]).size).toBe(3);
});
