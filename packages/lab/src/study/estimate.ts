import type { TrialSpec } from "../train/spec.ts";

/** How long a study will still take, from what its trials have taken. */
export interface Estimate {
  /** A trial took this long for these steps. */
  took(spec: TrialSpec, steps: number, seconds: number): void;
  /** Seconds that the rest will take with this many workers; undefined before anything was measured. */
  left(rest: Iterable<{ spec: TrialSpec; step: number }>, workers: number): number | undefined;
}

/** Seconds a step are those of the same task and optimizer, or the mean of all where there are none yet. */
export function createEstimate(): Estimate {
  const seen = new Map<string, { steps: number; seconds: number }>();
  const key = ({ task, optimizer }: TrialSpec) => JSON.stringify([task, optimizer]);
  const rate = (name: string) => {
    const own = seen.get(name);
    const all = own === undefined ? [...seen.values()] : [own];
    const sum = (field: "steps" | "seconds") => all.reduce((n, entry) => n + entry[field], 0);
    return sum("seconds") / sum("steps");
  };
  return {
    took(spec, steps, seconds) {
      const entry = seen.get(key(spec)) ?? { steps: 0, seconds: 0 };
      seen.set(key(spec), { steps: entry.steps + steps, seconds: entry.seconds + seconds });
    },
    left(rest, workers) {
      let seconds = 0;
      for (const { spec, step } of rest) seconds += (spec.steps - step) * rate(key(spec));
      return Number.isFinite(seconds) ? seconds / workers : undefined;
    },
  };
}
