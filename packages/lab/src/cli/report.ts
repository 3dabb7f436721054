import type { Command } from "commander";

export interface ReportFlags {
  out?: string;
  json?: string;
  figures?: string;
  open: boolean;
}

export function registerReport(program: Command): void {
  program
    .command("report")
    .description("make the report of a study or a race: one HTML page that opens offline")
    .argument("<folder>", "results folder of `steepest study run` or `steepest race`")
    .option("--out <file>", "where to write the page (default: report.html in the results folder)")
    .option("--json <file>", "write the report's data as JSON instead of the page")
    .option("--figures <folder>", "also write every figure as SVG and PNG")
    .option("--open", "open the page when it is ready", false)
    .addHelpText(
      "after",
      `
Examples:
  steepest report runs/study --open
  steepest report runs/race --out race.html --figures figures
  steepest report runs/study --json study.json         the data alone; @steepest/lab/format reads it
`,
    )
    .action(async (folder: string, flags: ReportFlags) => {
      const { report } = await import("./run-report.ts");
      await report(folder, flags);
    });
}
