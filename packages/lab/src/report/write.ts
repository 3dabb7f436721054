import { writeOutput } from "../cli/paths.ts";
import { pageScript } from "./bundle.ts";
import type { ReportData } from "./data.ts";
import { renderReport } from "./render.ts";

/** Writes a report's page. Throws an Error that says why it cannot be written. */
export async function writeReport(file: string, data: ReportData): Promise<void> {
  writeOutput(file, renderReport(data, await pageScript()));
}
