import type { Executor } from "@steepest/compile";
import { type Command, Option } from "commander";
import type { Budget } from "../race/plan.ts";
import { budget, collect, names, wholeNumber } from "./options.ts";

export interface RaceFlags {
  optimizers: string[];
  /** Files of the user's own, or names, beside those above. */
  task: string[];
  optimizer: string[];
  seeds: number;
  tune: number;
  budget: Budget;
  out: string;
  executor: Executor;
  export?: string;
  path: boolean;
  figures: boolean;
  fresh: boolean;
  open: boolean;
  /** Stands for other values of seeds, tune and budget, where they were not given. */
  quick: boolean;
}

/** What is raced on where nothing else is asked for: convex, images, text. */
const defaultTasks = ["a9a-logistic", "fashion-cnn", "shakespeare-gpt"];

/** What --quick stands for: enough to see everything work. */
const quick = { seeds: 2, tune: 1, budget: { scale: 0.1 } } as const;

export function registerRace(program: Command): void {
  program
    .command("race")
    .description("race optimizers on tasks: equal tuning budgets, several seeds, one report")
    .argument("[tasks...]", "tasks to race on; see `steepest tasks`", defaultTasks)
    .option("--optimizers <names>", "comma-separated; see `steepest optimizers`", names, [
      "sgd",
      "adamw",
      "muon",
    ])
    .option("--task <file>", "a task of your own, made by defineTask; repeatable", collect, [])
    .option(
      "--optimizer <file>",
      "an optimizer of your own, made by defineOptimizer; repeatable",
      collect,
      [],
    )
    .option(
      "--seeds <n>",
      "runs of every optimizer at its chosen learning rate; fewer than 6 cannot decide a task",
      wholeNumber(1),
      6,
    )
    .option("--tune <n>", "learning rates tried for every optimizer; 1 takes the default", wholeNumber(1), 3)
    .option("--budget <steps>", "steps for every trial, or a multiple of each task's budget", budget, {
      scale: 1,
    })
    .option("--out <folder>", "results folder; finished trials found there are not run again", "runs/race")
    .addOption(
      new Option("--executor <name>", "what runs the training step")
        .choices(["native", "jax"])
        .default("native"),
    )
    .option("--export <folder>", "also write the best trained models as ONNX and safetensors")
    .option("--path", "also keep every trial's parameters along the way, for `steepest landscape`", false)
    .option("--figures", "also write every figure as SVG and PNG into the results folder", false)
    .option("--fresh", "run every trial again, even if it is there already", false)
    .option("--open", "open the report when it is ready", false)
    .option("--quick", "2 seeds, no tuning and a tenth of the budget, to see everything work", false)
    .addHelpText(
      "after",
      `
Examples:
  steepest race                                       three tasks, three optimizers
  steepest race shakespeare-gpt --optimizers adamw,muon --seeds 5
  steepest race fashion-cnn --budget 0.5x --tune 5 --out runs/cnn --open
  steepest race a9a-logistic --quick --executor jax
  steepest race --task ./my-task.ts --optimizer ./my-optimizer.ts       your own, against sgd, adamw and muon
`,
    )
    .action(async (taskNames: string[], flags: RaceFlags, command: Command) => {
      const { race } = await import("./run-race.ts");
      const only = flags.task.length > 0 && command.args.length === 0;
      await race(only ? [] : taskNames, flags.quick ? quickened(flags, command) : flags);
    });
}

function quickened(flags: RaceFlags, command: Command): RaceFlags {
  const given = (option: string) => command.getOptionValueSource(option) === "cli";
  return { ...flags, ...Object.fromEntries(Object.entries(quick).filter(([option]) => !given(option))) };
}
