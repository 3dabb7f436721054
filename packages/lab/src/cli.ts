#!/usr/bin/env node
import { Command } from "commander";
import { registerData } from "./cli/data.ts";
import { describeError, Interrupted } from "./cli/errors.ts";
import { registerLandscape } from "./cli/landscape.ts";
import { registerOptimizers } from "./cli/optimizers.ts";
import { registerQuery } from "./cli/query.ts";
import { registerRace } from "./cli/race.ts";
import { registerReport } from "./cli/report.ts";
import { registerStudio } from "./cli/studio.ts";
import { registerStudy } from "./cli/study.ts";
import { registerTasks } from "./cli/tasks.ts";
import { registerTrial } from "./cli/trial.ts";
import { registerLecture } from "./lecture/cli.ts";
import { version } from "./package.ts";
import { registerScore } from "./scoring/cli.ts";

// Whoever reads the output may close it early, as `head` does: nobody is left to write to.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

const program = new Command("steepest")
  .description("An optimizer laboratory: races, studies and reports for stochastic optimizers")
  .version(version)
  .showSuggestionAfterError()
  .showHelpAfterError("(steepest --help lists commands and options)");

registerRace(program);
registerStudy(program);
registerReport(program);
registerLandscape(program);
registerTrial(program);
registerQuery(program);
registerStudio(program);
registerScore(program);
registerLecture(program);
registerTasks(program);
registerOptimizers(program);
registerData(program);

try {
  await program.parseAsync();
} catch (error) {
  console.error(`steepest: ${describeError(error)}`);
  process.exitCode = error instanceof Interrupted ? 130 : 1;
}
