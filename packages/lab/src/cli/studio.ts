import { type Command, InvalidArgumentError } from "commander";

export interface StudioFlags {
  port: number;
  open: boolean;
}

export function registerStudio(program: Command): void {
  program
    .command("studio")
    .description("open the page where optimizers can be seen and touched, and results explored")
    .argument(
      "[results...]",
      "folders of studies and races, or files of reports, landscapes and animations (default: runs, if there)",
    )
    .option("--port <n>", "port on 127.0.0.1 (default: a free one)", port, 0)
    .option("--no-open", "do not open the browser")
    .addHelpText(
      "after",
      `
The server is reachable from this machine only, reads nothing but the page and the results named here, and writes nothing.

Examples:
  steepest studio
  steepest studio runs/race ../other/report.html
  steepest studio --port 8080 --no-open
`,
    )
    .action(async (results: string[], flags: StudioFlags) => {
      const { studio } = await import("./run-studio.ts");
      await studio(results, flags);
    });
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) {
    throw new InvalidArgumentError("Expected a port from 1 to 65535, or 0 for a free one.");
  }
  return value;
}
