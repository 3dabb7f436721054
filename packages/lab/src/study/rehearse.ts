import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findTask } from "../tasks/index.ts";
import { createRunner } from "../train/runner.ts";
import type { TrialSpec } from "../train/spec.ts";
import { evaluationSteps } from "../train/trial.ts";
import { createEstimate } from "./estimate.ts";

/** Steps of a rehearsal: enough to tell the time of a step. */
const steps = 5;

/**
 * About how many seconds trials will take with this many workers, measured on a few steps of one trial for each task and
 * optimizer. Early stopping and divergence make them end sooner; workers that share caches and memory, later.
 *
 * @param onMeasured told the seconds of a whole trial of each program
 */
export async function rehearse(
  specs: readonly TrialSpec[],
  workers: number,
  onMeasured: (spec: TrialSpec, seconds: number) => void,
): Promise<number> {
  const estimate = createEstimate();
  const folder = mkdtempSync(join(tmpdir(), "steepest-rehearsal-"));
  const programs = new Map(
    specs.map((spec) => [JSON.stringify([spec.task, spec.optimizer, spec.steps]), spec]),
  );
  let setup = 0;
  const runner = createRunner({ out: folder });
  try {
    for (const spec of programs.values()) {
      const short = Math.min(steps, spec.steps);
      const { trial } = await runner.run({ ...spec, steps: short });
      const { end } = trial;
      if (end === undefined) continue;
      const { evaluations } = findTask(spec.task);
      const each = end.evaluationSeconds / evaluationSteps(short, evaluations).size;
      const training = (spec.steps * end.seconds) / Math.max(1, end.step);
      const seconds = training + each * evaluationSteps(spec.steps, evaluations).size;
      setup += end.overhead?.setup ?? 0;
      estimate.took(spec, spec.steps, seconds);
      onMeasured(spec, seconds);
    }
  } finally {
    await runner.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
  const left = estimate.left(
    specs.map((spec) => ({ spec, step: 0 })),
    workers,
  );
  // A program is compiled by each worker that runs it, at the same time.
  return (left ?? 0) + setup;
}
