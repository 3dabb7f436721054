import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  loadRules,
  profileFigure,
  readScoreInput,
  renderCsv,
  renderJson,
  renderText,
  ScoreError,
  scoreInput,
} from "../src/scoring/index.ts";

const runs = 2000;
const slowestRun = 1000;

const fixture = (name: string) =>
  readFileSync(fileURLToPath(new URL(`fixtures/algoperf/${name}`, import.meta.url)));
const times = fixture("v05_external_tuning_time_to_targets.csv");
const trials = Buffer.from(
  `${gunzipSync(fixture("v06_external_tuning_trials.csv.gz")).toString().split("\n").slice(0, 60).join("\n")}\n`,
);
const curves = Buffer.from(
  `submission,workload,study,trial,eval_index,time_s,global_step,metric\n${["a", "b"]
    .flatMap((who) =>
      [0, 1, 2, 3].map((i) => `${who},ogbg,study_0,trial_1,${i},${10 + 20 * i},${1 + 100 * i},${0.1 * i}`),
    )
    .join("\n")}\n`,
);
const evaluations = Buffer.from(
  "accumulated_eval_time,global_step,score,validation/mean_average_precision\n1,1,15,0.02\n2,90,230,0.27\n3,180,450,0.29\n",
);
const study = Buffer.from(
  [
    '{"type":"start","format":1,"trial":"ab12","spec":{"task":"a9a-logistic","optimizer":"sgd","hyperparameters":{"lr":1},"seed":1}}',
    '{"type":"record","step":0,"seconds":0,"trainLoss":0.7,"validation":{"loss":0.7}}',
    '{"type":"record","step":20,"seconds":1.5,"trainLoss":0.3,"validation":{"loss":0.31}}',
    '{"type":"end","status":"finished","step":20}',
  ].join("\n"),
);

/** Where each kind of input lives below a fresh folder, and which path is scored. */
const kinds: { seedFile: Uint8Array; at: string; score: string; rules?: boolean }[] = [
  { seedFile: times, at: "times.csv", score: "times.csv" },
  { seedFile: trials, at: "trials.csv", score: "trials.csv" },
  { seedFile: curves, at: "curves.csv", score: "curves.csv" },
  { seedFile: gzipSync(trials), at: "trials.csv.gz", score: "trials.csv.gz" },
  { seedFile: evaluations, at: "logs/s/study_0/ogbg_jax/trial_1/eval_measurements.csv", score: "logs" },
  { seedFile: study, at: "study/ab12.jsonl", score: "study" },
  { seedFile: fixture("workload_targets.json"), at: "rules.json", score: "fixed.csv", rules: true },
];

type Mutation = (bytes: Uint8Array) => Uint8Array;
const splice = (bytes: Uint8Array, at: number, remove: number, insert: Uint8Array) =>
  Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);

const tokens =
  ',|,,|\n|\r\n|"|""|inf|-inf|nan|NaN|-1|0|1e999|1e-320|0x10|99999999999999999999|submission|workload|\t| |é|𝛽|\0|{|}|[|]|null|true|\\|:|ogbg|__proto__|constructor|'.split(
    "|",
  );

/** Changes at a place given as a share of the length, so that shrinking keeps its meaning. */
const mutation: fc.Arbitrary<Mutation> = fc
  .tuple(
    fc.constantFrom(
      "insert",
      "replace",
      "delete",
      "truncate",
      "flip",
      "repeat",
      "swap lines",
      "drop column",
      "cell",
      "cell",
      "cell",
    ),
    fc.noBias(fc.nat(9999)).map((n) => n / 10_000),
    fc.nat(40),
    fc.constantFrom(...tokens),
  )
  .map(
    ([kind, share, length, token]): Mutation =>
      (bytes) => {
        const at = Math.floor(share * bytes.length);
        if (kind === "insert") return splice(bytes, at, 0, Buffer.from(token));
        if (kind === "replace") return splice(bytes, at, length, Buffer.from(token));
        if (kind === "delete") return splice(bytes, at, length, Buffer.alloc(0));
        if (kind === "truncate") return bytes.subarray(0, at);
        if (kind === "flip")
          return splice(bytes, at, 1, Buffer.from([(bytes[at] ?? 0) ^ (1 << (length % 8))]));
        if (kind === "repeat") return splice(bytes, at, 0, bytes.subarray(at, at + length * 20));
        const lines = Buffer.from(bytes).toString("latin1").split("\n");
        const [i, j] = [Math.floor(share * (lines.length - 1)), length % lines.length];
        if (kind === "cell") {
          const cells = lines[i]!.split(",");
          lines[i] = cells.with(length % cells.length, token).join(",");
          return Buffer.from(lines.join("\n"), "latin1");
        }
        if (kind === "drop column") {
          const dropped = lines.map((line) =>
            line
              .split(",")
              .toSpliced(length % 7, 1)
              .join(","),
          );
          return Buffer.from(dropped.join("\n"), "latin1");
        }
        [lines[i], lines[j]] = [lines[j]!, lines[i]!];
        return Buffer.from(lines.join("\n"), "latin1");
      },
  );

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "steepest-fuzz-"));
  writeFileSync(join(folder, "fixed.csv"), times);
});
afterAll(() => rmSync(folder, { recursive: true }));

test(`${runs} mutated score inputs each give scores in [0, 1] or a clear error, none takes a second`, async () => {
  let [worked, refused] = [0, 0];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...kinds),
      fc.array(mutation, { minLength: 1, maxLength: 2 }),
      async (kind, changes) => {
        const path = join(folder, kind.at);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(
          path,
          changes.reduce((bytes, change) => change(bytes), kind.seedFile),
        );
        const began = process.cpuUsage();
        try {
          const rules = kind.rules ? loadRules(path) : undefined;
          const input = await readScoreInput(join(folder, kind.score), rules);
          const result = scoreInput(input, {
            rule: "index-min",
            tauMax: 4,
            tuning: undefined,
            baseline: undefined,
          });
          for (const { board } of result.clocks) {
            for (const { score, exact } of board.standings) {
              expect(score).toSatisfy((x: number) => x >= 0 && x <= 1 + 1e-9);
              expect(exact).toSatisfy((x: number) => x >= 0 && x <= 1 + 1e-9);
            }
          }
          expect(renderText(result, { ratios: true }) + renderCsv(result)).not.toContain("undefined");
          JSON.parse(renderJson(result, {}));
          worked++;
          if (worked % 50 === 0) expect(profileFigure(result.clocks)).toMatch(/^<svg/);
        } catch (error) {
          if (!(error instanceof ScoreError)) throw error;
          expect(error.message).toContain(folder);
          expect(error.message).not.toMatch(/undefined|\[object/);
          refused++;
        }
        // Not the time on the wall, which other work on the machine stretches.
        const { user, system } = process.cpuUsage(began);
        expect((user + system) / 1000).toBeLessThan(slowestRun);
      },
    ),
    { seed: 20261124, numRuns: runs },
  );
  // Mutations that always fail, or never, would test little.
  expect(worked).toBeGreaterThan(runs / 5);
  expect(refused).toBeGreaterThan(runs / 5);
});
