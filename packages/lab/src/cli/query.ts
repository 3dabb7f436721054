import { type Command, Option } from "commander";

export type ExportFormat = "csv" | "json" | "parquet" | "tensorboard";

export function registerQuery(program: Command): void {
  program
    .command("query")
    .description("ask the result files of a study or a race in SQL (DuckDB): views trials and records")
    .argument("<sql>", "a statement, for example: FROM trials")
    .argument("[folder]", "results folder", ".")
    .addOption(
      new Option("--format <name>", "how to print").choices(["table", "csv", "json"]).default("table"),
    )
    .addHelpText(
      "after",
      `
Examples:
  steepest query "FROM trials" runs/study
  steepest query "SELECT optimizer, learningRate, median(loss) AS loss FROM records WHERE step = steps
    GROUP BY ALL ORDER BY loss" runs/study
  steepest query "DESCRIBE records" runs/study --format json
`,
    )
    .action(async (sql: string, folder: string, { format }: { format: "table" | "csv" | "json" }) => {
      const { query } = await import("./run-query.ts");
      console.log(await query(sql, folder, format));
    });
  program
    .command("export")
    .description("write the results of a study or a race for other programs")
    .argument("<folder>", "results folder")
    .addOption(
      new Option("--format <name>", "tables of trials and records, or event files")
        .choices(["csv", "json", "parquet", "tensorboard"])
        .makeOptionMandatory(),
    )
    .option("--out <folder>", "where to (default: export/FORMAT in the results folder)")
    .action(async (folder: string, { format, out }: { format: ExportFormat; out?: string }) => {
      const { exportResults } = await import("./run-query.ts");
      for (const line of await exportResults(folder, format, out)) console.log(line);
    });
}
