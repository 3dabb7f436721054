import { runSeeds, type SeedsOptions, type SeedsResult } from "./seeds.ts";

/** Gradient descent with step 1/L: every sample at every step. */
export const descend = (
  { problem, start }: Pick<SeedsOptions, "problem" | "start">,
  record: readonly number[],
): Promise<SeedsResult> =>
  runSeeds({
    problem,
    start,
    rate: () => 1 / problem.constants.L,
    batch: problem.samples,
    sampling: "all",
    seeds: 1,
    purpose: "gradient descent",
    record,
  });
