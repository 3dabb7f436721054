import { type Command, InvalidArgumentError, Option } from "commander";
import type { LandscapeMethod } from "../landscape/format.ts";
import { wholeNumber } from "./options.ts";

export interface LandscapeFlags {
  directions?: LandscapeMethod;
  line: boolean;
  grid: number;
  range: number;
  seed: number;
  dropout: "on" | "off";
  examples: number;
  task?: string;
  optimizer?: string;
  learningRate?: number;
  steps?: number;
  out?: string;
  runs: string;
  fresh: boolean;
  figures: boolean;
  quick: boolean;
}

const positive = (text: string): number => {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0) || !Number.isFinite(value)) {
    throw new InvalidArgumentError("Expected a positive number.");
  }
  return value;
};

export function registerLandscape(program: Command): void {
  program
    .command("landscape")
    .description("the loss of a trained network along a line or a plane, with the path of training")
    .argument(
      "<network...>",
      "files of parameters (.safetensors), the folder of a race or study, or a task to train",
    )
    .addOption(
      new Option(
        "--directions <method>",
        "random; filter: normalised by filter; pca: of the path; between: from one network to others",
      )
        .choices(["random", "filter", "pca", "between"])
        .default(undefined, "pca where the path is known or trained, else filter"),
    )
    .option("--line", "a line instead of a plane", false)
    .option("--grid <n>", "points along each axis", wholeNumber(2), 41)
    .option("--range <x>", "widens the picture", positive, 1)
    .option("--seed <n>", "of random directions, dropout's masks and training", wholeNumber(0), 1)
    .addOption(
      new Option("--dropout <on|off>", "the loss with dropout, the same masks everywhere, or without")
        .choices(["on", "off"])
        .default("off"),
    )
    .option("--examples <n>", "training examples that the loss is the mean over", wholeNumber(1), 512)
    .option("--task <name>", "chooses in a folder; says what a file was trained on")
    .option("--optimizer <name>", "chooses in a folder; trains a task (default: adamw)")
    .option("--learning-rate <x>", "for training a task (default: the optimizer's)", positive)
    .option("--steps <n>", "for training a task (default: its budget)", wholeNumber(1))
    .option("--out <file>", "where to (default: runs/landscape/TASK-METHOD.json)")
    .option("--runs <folder>", "where networks that must be trained are kept", "runs/landscape")
    .option("--no-figures", "only the JSON, no SVG and PNG beside it")
    .option("--fresh", "compute everything again, even what the file holds already", false)
    .option("--quick", "15 points along each axis and 64 examples, to see everything work", false)
    .addHelpText(
      "after",
      `
The file opens in the studio's panel of landscapes. Ctrl-C keeps finished rows; the same command goes on from there.

Examples:
  steepest landscape fashion-cnn                                    trains it and shows its path
  steepest landscape fashion-cnn --directions filter --line
  steepest landscape runs/race --task shakespeare-gpt --optimizer muon
  steepest landscape a.safetensors b.safetensors --task fashion-cnn --directions between --line
`,
    )
    .action(async (targets: string[], flags: LandscapeFlags, command: Command) => {
      const { landscape } = await import("./run-landscape.ts");
      const given = (option: string) => command.getOptionValueSource(option) === "cli";
      const quick = {
        ...(!given("grid") && { grid: 15 }),
        ...(!given("examples") && { examples: 64 }),
      };
      await landscape(targets, flags.quick ? { ...flags, ...quick } : flags);
    });
}
