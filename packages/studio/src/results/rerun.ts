import type { ReportTrial } from "@steepest/lab/format";

/** The study file of one trial, and the command that runs it: the same specification, so the same identity. */
export function rerunOf({ id, task, optimizer, seed, spec }: ReportTrial): { file: string; command: string } {
  const given = (key: string) => (spec[key] === undefined ? {} : { [key]: spec[key] });
  const study = {
    tasks: [{ name: task, ...given("steps") }],
    optimizers: [{ name: optimizer, ...given("hyperparameters") }],
    seeds: [seed],
    ...given("executor"),
    ...given("threads"),
    ...given("earlyStopping"),
  };
  return {
    file: JSON.stringify(study, undefined, 2),
    command: `steepest study run trial.json --out runs/trial-${id}`,
  };
}
