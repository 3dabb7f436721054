import { type Command, InvalidArgumentError } from "commander";
import { collect, wholeNumber } from "./options.ts";

export interface RunFlags {
  workers?: number;
  memory?: number;
  checkpoint: number;
}
export interface StudyRunFlags extends RunFlags {
  out?: string;
  quick: boolean;
  dryRun: boolean;
}

export interface ResumeFlags extends RunFlags {
  task: string[];
  optimizer: string[];
}

export function registerStudy(program: Command): void {
  const study = program
    .command("study")
    .description("run a file of tasks x optimizers x search spaces x seeds in worker processes");
  study
    .command("init [file]")
    .description("write a commented study file to begin with (.yaml or .ts; default: study.yaml)")
    .action(async (file = "study.yaml") => {
      const { initStudy } = await import("./plan-study.ts");
      initStudy(file);
    });
  study
    .command("schema")
    .description("print the JSON schema of study files, for completion and checks in editors")
    .option("--out <file>", "write it there")
    .action(async ({ out }: { out?: string }) => {
      const { writeSchema } = await import("./plan-study.ts");
      writeSchema(out);
    });
  runOptions(study.command("run <file>"))
    .description("run a study; finished trials found in its folder are not run again")
    .option("--out <folder>", "the study's folder (default: runs/ and the study's name)")
    .option("--quick", "one seed, two settings and a tenth of the budget, to see everything work", false)
    .option("--dry-run", "only say how many trials there are and about how long they take", false)
    .addHelpText("after", example)
    .action(async (file: string, flags: StudyRunFlags) => {
      const { runFile } = await import("./run-study.ts");
      await runFile(file, flags);
    });
  runOptions(study.command("resume <folder>"))
    .description("go on with an interrupted study, its running trials from their checkpoints")
    .option(
      "--task <file>",
      "where the file of a task is now (default: where it was); repeatable",
      collect,
      [],
    )
    .option("--optimizer <file>", "where the file of an optimizer is now; repeatable", collect, [])
    .action(async (folder: string, flags: ResumeFlags) => {
      const { resume } = await import("./run-study.ts");
      await resume(folder, flags);
    });
  study
    .command("status <folder>")
    .description("how far a study is, its best trials, and where its time went")
    .option("--json", "as JSON", false)
    .action(async (folder: string, flags: { json: boolean }) => {
      const { showStatus } = await import("./show-study.ts");
      await showStatus(folder, flags.json);
    });
  study
    .command("clean <folder>")
    .description("remove trials of other code or settings, half-written files and old checkpoints")
    .option("--all", "remove every trial", false)
    .option("--dry-run", "only say what would be removed", false)
    .action(async (folder: string, flags: { all: boolean; dryRun: boolean }) => {
      const { clean } = await import("./show-study.ts");
      await clean(folder, flags);
    });
  study
    .command("worker <folder>", { hidden: true })
    .option("--checkpoint <seconds>", "", seconds, 10)
    .option("--memory <megabytes>", "", wholeNumber(1))
    .action(async (folder: string, { checkpoint, memory }: RunFlags) => {
      const { serveTrials } = await import("../study/worker.ts");
      serveTrials({ out: folder, checkpointSeconds: checkpoint, ...(memory !== undefined && { memory }) });
    });
}

const runOptions = (command: Command): Command =>
  command
    .option("--workers <n>", "worker processes (default: processor cores)", wholeNumber(1))
    .option("--memory <MiB>", "a trial fails whose process grows larger (default: no limit)", wholeNumber(64))
    .option("--checkpoint <seconds>", "save the running trials this often", seconds, 10);

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0))
    throw new InvalidArgumentError("Expected seconds such as 10 or 0.5.");
  return value;
}

const example = `
A study file says what to try; \`steepest study init\` writes one with comments, and it may also be JSON or TypeScript:

  tasks: [a9a-logistic, { name: fashion-cnn, steps: 400 }, ./my-task.ts]
  optimizers:
    - muon                      # at its defaults
    - name: adamw
      search:
        learningRate: { min: 1.0e-4, max: 0.1, scaling: log }
        b1: { feasible_points: [0.9, 0.95] }
      points: 5
  seeds: 6                      # the fewest that can decide a comparison
  budget: 0.5x                  # or steps

Examples:
  steepest study init && steepest study run study.yaml --dry-run
  steepest study run study.yaml --workers 2
  steepest report runs/study --open
`;
