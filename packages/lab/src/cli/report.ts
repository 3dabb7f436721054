import type { Command } from "commander";

export interface ReportFlags {
  json?: string;
}

export function registerReport(program: Command): void {
  program
    .command("report")
    .description("make the report of a study or a race: one HTML page that opens offline")
    .argument("<folder>", "results folder of `steepest study run` or `steepest race`")
    .option("--json <file>", "write the report's data as JSON instead")
    .action(async (folder: string, flags: ReportFlags) => {
      const { report } = await import("./run-report.ts");
      report(folder, flags);
    });
}
