import type { Trial } from "../train/record.ts";

/** A metric after the last step; undefined when the run diverged or was stopped. */
export function finalValue(trial: Trial, metric: string): number | undefined {
  return trial.end?.status === "finished" ? trial.records.at(-1)?.validation[metric] : undefined;
}
