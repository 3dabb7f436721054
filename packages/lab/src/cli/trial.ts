import type { Command } from "commander";

export interface TrialFlags {
  out?: string;
  task?: string;
  optimizer?: string;
}

export function registerTrial(program: Command): void {
  program
    .command("trial")
    .description(
      "run one trial again, show every evaluation, and say whether the result is the same bit for bit",
    )
    .argument("<source>", "results folder of a study or a race, or its report (HTML or JSON)")
    .argument("<id>", "the trial's hash, or enough of its beginning")
    .option("--out <folder>", "keep the new trial's files there (default: they are removed)")
    .option("--task <file>", "where the file of its task is now (default: where it was)")
    .option("--optimizer <file>", "where the file of its optimizer is now (default: where it was)")
    .addHelpText(
      "after",
      `
Examples:
  steepest trial runs/race/report.html 9f4f02f1c10af04e
  steepest trial runs/study 9f4f --out runs/again
  steepest trial runs/study 9f4f --task ../elsewhere/my-task.ts
`,
    )
    .action(async (source: string, id: string, flags: TrialFlags) => {
      const { repeatTrial } = await import("./run-trial.ts");
      await repeatTrial(source, id, flags);
    });
}
