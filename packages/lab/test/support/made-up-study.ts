import { plannedTrials, writeStudy } from "../../src/study/folder.ts";
import { planTrials, resolveStudy } from "../../src/study/plan.ts";
import type { TrialLine } from "../../src/train/record.ts";
import type { TrialSpec } from "../../src/train/spec.ts";
import { openWriter } from "../../src/train/store.ts";
import { temporaryFolder } from "../steepest.ts";

/** A study whose trials were not trained but written down, so that everything about it can be computed by hand. */

const study = resolveStudy(
  {
    tasks: ["a9a-logistic", "fashion-cnn"],
    optimizers: ["muon", { name: "sgd", search: { learningRate: { feasible_points: [0.1, 1] } }, points: 2 }],
    seeds: 6,
    budget: 100,
  },
  { where: "study", name: "hand" },
);

/** When a made-up trial reaches its target, in units of 10 steps; undefined: it diverges. */
function arrivalOf({ optimizer, hyperparameters, seed }: TrialSpec): number | undefined {
  if (optimizer === "muon") return 2 + (seed % 2);
  return hyperparameters.learningRate === 1 ? undefined : 5;
}

/** The lines of a made-up trial, from which everything can be computed by hand. */
function linesOf(spec: TrialSpec): TrialLine[] {
  const at = arrivalOf(spec);
  const max = spec.task === "fashion-cnn";
  const worse = max ? 0.5 : 0.7;
  const better = max ? 0.9 : 0.3;
  const count = at === undefined ? 1 : 11;
  const records = Array.from({ length: count }, (_, i): TrialLine => {
    const value = at !== undefined && i >= at ? better : worse;
    const seconds = (spec.optimizer === "muon" ? 0.3 : 0.1) * i;
    const validation = max ? { loss: 1, accuracy: value } : { loss: value };
    return { type: "record", step: 10 * i, seconds, trainLoss: value, validation };
  });
  const status = at === undefined ? "diverged" : "finished";
  const end = { type: "end", status, step: 100, seconds: 1, evaluationSeconds: 0.1, digest: "d" } as const;
  const start = { type: "start", format: 1, trial: "t", spec, started: "2026-01-01T00:00:00Z" } as const;
  return [start, ...records, end];
}

/** Writes it; returns its folder. */
export function madeUpStudy(): string {
  const folder = temporaryFolder();
  writeStudy(folder, study);
  for (const { spec, path } of plannedTrials(folder, planTrials(study, "0.1.0+hand"))) {
    const writer = openWriter(path);
    for (const line of linesOf(spec)) writer.write(line);
    writer.close();
  }
  return folder;
}
